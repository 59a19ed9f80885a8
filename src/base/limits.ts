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
/** Most servers in a view, the dead of the last hour included. */
export const MEMBERS_MAX = 65_536;
/** Longest message between linked servers, in bytes. */
export const MEMBERSHIP_MESSAGE_MAX_BYTES = 524_288;
/** Most items in any list of such a message. */
export const MEMBERSHIP_ITEMS_MAX = 16_384;
/** Most servers that one message tells of, by their whole records. */
export const MEMBERSHIP_RUMORS_MAX = 512;
/** Entries of a view, ID and incarnation, after which a comparison goes on in another message. */
export const MEMBERSHIP_ENTRIES_MAX = 4096;
/** Most servers that join through one other at a time. */
export const JOINS_MAX = 1024;
