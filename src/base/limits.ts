/**
 * Every bound on what comes from outside, with its unit. A bound is part of the contract: `docs/limits.md` lists them all, and a test compares.
 */

/** Longest anchor name, in bytes of UTF-8 (NAME_MAX of linux/limits.h). */
export const NAME_MAX_BYTES = 255;
/** Deepest anchor below a server, in names. */
export const DEPTH_MAX = 64;
/** Most anchors of one server. */
export const ANCHORS_MAX = 1_000_000;
/** Longest text of one command, JSON included, in bytes. */
export const COMMAND_MAX_BYTES = 1_048_576;
/** Deepest nesting of JSON. */
export const JSON_DEPTH_MAX = 64;
/** Largest capacity of a channel, in messages. */
export const CAPACITY_MAX = 1_000_000;
/** How much of a message a channel takes while nobody receives it, in bytes. */
export const MESSAGE_AHEAD_BYTES = 32 * 1024;
/** How much of a message a channel holds while somebody is receiving it, in bytes. */
export const MESSAGE_FLOW_BYTES = 1_048_576;
/** Longest message in packet mode, in bytes. */
export const PACKET_MAX_BYTES = 64 * 1024;
/** Empty messages made by an open and a close (`: > send`) that may wait in one channel. */
export const PENDING_EMPTY_MAX = 64;
/** Output that is held for readers unless `Buffer` says otherwise, in bytes a stream. */
export const OUTPUT_WINDOW_BYTES = 1_048_576;
/** Largest `Buffer` that a process may ask for, in bytes a stream. */
export const OUTPUT_WINDOW_MAX_BYTES = 268_435_456;
/** What is kept behind each read-only open for programs that seek back, in bytes. */
export const REPLAY_BYTES = 64 * 1024;
/** Operations that the log keeps at least, unless they are more than `LOG_MAX_BYTES`. */
export const LOG_OPERATIONS = 10_000;
/** Most that the log holds, in bytes. */
export const LOG_MAX_BYTES = 8 * 1_048_576;
/** Lines of the daemon's own log that wait for a stderr that is not read, in bytes. */
export const LOG_QUEUE_BYTES = 1_048_576;
/**
 * What the pipes of stdin and stdout hold, in bytes, where the system allows. More gains nothing, and all pipes of an ordinary user share
 * 64 MiB (pipe-user-pages-soft in pipe(7)); beyond that each new one gets two pages.
 */
export const PIPE_BYTES = 256 * 1024;
/** Longest request to start a process, arguments and environment included, in bytes (native/launcher/protocol.h has the same bound). */
export const LAUNCH_MAX_BYTES = 4 * 1_048_576;
/** Most starts that have not been answered yet, in a server. */
export const LAUNCHES_PENDING_MAX = 16_384;
/** Longest datagram of discovery, in bytes; a question always has this length, so that no answer is longer than its question. */
export const DISCOVERY_DATAGRAM_MAX_BYTES = 1_024;
/** Datagrams that discovery looks at in any second, an interface. */
export const DISCOVERY_DATAGRAMS_PER_SECOND = 200;
/** Answers that discovery sends in any second, an interface. */
export const DISCOVERY_ANSWERS_PER_SECOND = 10;
/** Addresses that discovery hands out to be dialled in any second. */
export const DISCOVERY_DIALS_PER_SECOND = 10;
/** Addresses that wait to be dialled. */
export const DISCOVERY_HINTS_PENDING_MAX = 1_024;
/** Keys of other circuits that the log names. */
export const DISCOVERY_OTHER_KEYS_MAX = 16;
/** Longest name of a machine in an announcement, in bytes of UTF-8 (HOST_NAME_MAX of linux/limits.h). */
export const HOST_NAME_MAX_BYTES = 64;
/** Addresses that are taken from a DNS name. */
export const DNS_ADDRESSES_MAX = 64;
/** Servers that the snapshot of the last known ones holds. */
export const SNAPSHOT_SERVERS_MAX = 1_000;
/** Longest snapshot that is read, in bytes. */
export const SNAPSHOT_MAX_BYTES = 1_048_576;
