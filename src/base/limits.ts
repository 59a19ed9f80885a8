/**
 * Every bound on what comes from outside, with its unit. A bound is part of the contract: `docs/limits.md` lists them all, and a test compares.
 *
 * A constant elsewhere is no bound of ours, and is not called MAX or LIMIT: a figure that tunes one algorithm, or what a standard says. The latter
 * is called so, with the standard beside it. `test/architecture.test.ts` holds that.
 */

/** Longest anchor name, in bytes of UTF-8 (NAME_MAX of linux/limits.h). */
export const NAME_MAX_BYTES = 255;
/** Deepest anchor below a server, in names. */
export const DEPTH_MAX = 64;
/** Most anchors of one server. */
export const ANCHORS_MAX = 1_000_000;
/** Longest text of one command, JSON included, in bytes. */
export const COMMAND_MAX_BYTES = 1_048_576;
/** How long who writes a command waits for its result after a signal that does not kill, in ms. */
export const COMMAND_PATIENCE_MS = 1_000;
/** Deepest nesting of JSON. */
export const JSON_DEPTH_MAX = 64;
/** Largest capacity of a channel, in messages. */
export const CAPACITY_MAX = 1_000_000;
/** Most tries that a channel may be made with, after which a message is dead. */
export const TRIES_MAX = 1_000;
/** Dead messages that a channel keeps; while there are as many, those that have come back too often are tried on. */
export const DEAD_MAX = 10_000;
/** Longest message that can be taken: all of it is kept until it is done, in bytes. */
export const TAKEN_MAX_BYTES = 64 * 1_048_576;
/** What all messages that are taken, or have come back, hold together, in bytes, before only one of them grows, in a process. */
export const TAKEN_SHARED_MAX_BYTES = 128 * 1_048_576;
/** Holders of a lock at once. */
export const LOCK_SLOTS_MAX = 10_000;
/** How long a held lock outlives the last sign of life of its server, on the holder's side, in ms. */
export const HOLDER_SILENCE_MS = 45_000;
/** How long it, or a message that is taken, stays with a holder whose server is out of reach, from when no sign of life is sent there any more, in ms: longer than HOLDER_SILENCE_MS. */
export const HOLDER_LOST_MS = 60_000;
/** How long `circuit lock` leaves a program to end by itself when its lock is lost, in ms: less than HOLDER_LOST_MS - HOLDER_SILENCE_MS. */
export const LOCK_GRACE_MS = 10_000;
/** Commands that one `circuit take` runs at once. */
export const WORKERS_MAX = 256;
/** Messages that a topic holds. */
export const TOPIC_KEEP_MAX = 100_000;
/** Longest message of a topic, in bytes. */
export const TOPIC_MESSAGE_MAX_BYTES = 1_048_576;
/** What a topic holds, in bytes. */
export const TOPIC_HELD_MAX_BYTES = 64 * 1_048_576;
/** What all who have begun a message to a topic, and not ended it, have written, in bytes, in a process. */
export const TOPIC_BEGUN_MAX_BYTES = 64 * 1_048_576;
/** Messages of a topic in one answer to another server. */
export const TOPIC_BATCH_MAX = 1_024;
/** Messages of one topic of another server that are held for the subscribers here. */
export const TOPIC_FEED_MAX = 10_000;
/** What those have together, in bytes. */
export const TOPIC_FEED_MAX_BYTES = 4 * 1_048_576;
/** What is held of all topics of other servers, in bytes, before one message each is, in a process. */
export const TOPIC_FEEDS_MAX_BYTES = 32 * 1_048_576;
/** How much of a message a channel takes while nobody receives it, in bytes. */
export const MESSAGE_AHEAD_BYTES = 32 * 1024;
/** How much of a message a channel holds while somebody is receiving it, in bytes. */
export const MESSAGE_FLOW_BYTES = 1_048_576;
/** Longest message in packet mode, in bytes. */
export const PACKET_MAX_BYTES = 64 * 1024;
/** Packets that a writer on another server may send ahead, into room that the channel keeps for them. */
export const PACKET_CREDIT_MAX = 64;
/** Packets that a reader on another server is sent ahead. */
export const PACKETS_AHEAD_MAX = 16;
/** Empty messages made by an open and a close (`: > send`) that may wait in one channel. */
export const PENDING_EMPTY_MAX = 64;
/** Of those who wait at a channel, as many as `peek` shows. */
export const WAITERS_SHOWN_MAX = 100;
/** Longest message that the library collects, in bytes; longer ones are read as streams. */
export const COLLECTED_MAX_BYTES = 64 * 1_048_576;
/** Events that a subscription keeps for who receives them later. */
export const EVENTS_PENDING_MAX = 100_000;
/** Longest event that the library takes, in bytes: more than the path of any server. */
export const EVENT_MAX_BYTES = 4_096;
/** Events of a server that are held for who reads them. */
export const EVENTS_HELD = 1_000;
/** Most that those hold, in bytes. */
export const EVENTS_HELD_MAX_BYTES = 1_048_576;
/** Longest line of `events` that is taken from another server, in bytes: more than an anchor's path, escaped, and what belongs to an event. */
export const EVENT_LINE_MAX_BYTES = 131_072;
/** Clauses of one selection. */
export const SELECTION_CLAUSES_MAX = 1_024;
/** Longest path in a clause, in characters: the names, and a mount point before them. */
export const SELECTION_PATH_MAX = (DEPTH_MAX + 8) * (NAME_MAX_BYTES + 1);
/** Longest answer of a selection's `wait` that the library takes, in bytes: more than what is said of any clause. */
export const WINNER_MAX_BYTES = 1_048_576;
/** Records of one name in a name server, in bytes as they go over the wire: one answer may have to hold all of them. */
export const DNS_NAME_MAX_BYTES = 60_000;
/** All records of a name server, in bytes of text. */
export const DNS_RECORDS_MAX_BYTES = 768 * 1024;
/** Longest query that a name server looks at, in bytes. */
export const DNS_QUERY_MAX_BYTES = 4_096;
/** Records behind the question of a query: EDNS, a cookie in it, a signature. */
export const DNS_ADDITIONALS_MAX = 4;
/** Longest answer of a name server over UDP, in bytes, whatever more the credentials would take: what no network cuts to pieces. */
export const DNS_UDP_MAX_BYTES = 1_232;
/** Answers over UDP that a name server keeps for who asks the same, in bytes with their questions. */
export const DNS_ANSWERS_KEPT_MAX_BYTES = 1_048_576;
/** Answers of a name server over UDP that wait for a slow network, in bytes. */
export const DNS_SEND_QUEUE_MAX_BYTES = 1_048_576;
/** Questions over UDP that a name server answers to one network in a second; those with a valid cookie, and of its own host, do not count. */
export const DNS_ANSWERS_PER_SECOND = 200;
/** Networks that it counts each by itself, in a second. */
export const DNS_NETWORKS_MAX = 4_096;
/** What a name server takes of one turn of the event loop, in ms. */
export const DNS_TURN_MS = 1;
/** Questions over UDP that wait for another turn. */
export const DNS_QUESTIONS_WAITING_MAX = 1_024;
/** TCP connections that a name server holds. */
export const DNS_CONNECTIONS_MAX = 256;
/** Those of one source address. */
export const DNS_CONNECTIONS_PER_SOURCE_MAX = 64;
/** How long such a connection may go without a whole question, in ms. */
export const DNS_IDLE_MS = 10_000;
/** CNAMEs that a name server follows for one question. */
export const DNS_CNAMES_MAX = 8;
/** Free ports of TCP that a name server tries until one is free for UDP as well. */
export const DNS_PORTS_TRIED_MAX = 16;
/** Output that is held for readers unless `Buffer` says otherwise, in bytes a stream. */
export const OUTPUT_WINDOW_BYTES = 1_048_576;
/** What one of them holds at most while its readers wait for more, what is on its way to them included, in bytes. */
export const OUTPUT_WINDOW_GROWN_BYTES = 8 * 1_048_576;
/** What all outputs with that much room hold together before each that grows holds 64 KiB at most, in bytes, in a process. */
export const OUTPUT_SHARED_MAX_BYTES = 32 * 1_048_576;
/** Largest `Buffer` that a process may ask for, in bytes a stream. */
export const OUTPUT_WINDOW_MAX_BYTES = 268_435_456;
/** What is kept behind each read-only open for programs that seek back, in bytes. */
export const REPLAY_BYTES = 64 * 1024;
/** Longest answer of the `wait` of a process or container that the library takes, in bytes: more than any says. */
export const WAIT_MAX_BYTES = 16 * 1_048_576;
/** Operations that the log keeps at least, unless they are more than `LOG_MAX_BYTES`. */
export const LOG_OPERATIONS = 10_000;
/** Most that the log holds, in bytes. */
export const LOG_MAX_BYTES = 8 * 1_048_576;
/** Of what an operation was told, as much as the log repeats, in characters of JSON. */
export const LOG_ARGUMENTS_MAX = 4_096;
/** One file of the operation log on disk, in bytes. */
export const LOG_FILE_MAX_BYTES = 64 * 1_048_576;
/** Files of the operation log on disk, the one that is written included. */
export const LOG_FILES_MAX = 5;
/** Operations that wait for the disk, in bytes. */
export const LOG_FILE_QUEUE_MAX_BYTES = 4 * 1_048_576;
/** Of a command that failed, as much as `error` repeats, in characters. */
export const ERROR_COMMAND_MAX = 200;
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
/** Longest that a call to the Docker engine may take, in ms; as long, a container whose making was not answered is looked for. */
export const ENGINE_CALL_MS = 60_000;
/** Longest that `peek` of a container waits for the Docker engine, in ms. */
export const ENGINE_PEEK_MS = 1_000;
/** How long the Docker engine may be away before nothing more is expected of its containers, in ms. */
export const ENGINE_PATIENCE_MS = 30_000;
/** How long a registry may say nothing while an image is pulled, in ms. */
export const ENGINE_PULL_SILENCE_MS = 60_000;
/** How long a server that stops waits for a Docker engine that does not answer, in ms, besides the grace time. */
export const ENGINE_STOP_MS = 5_000;
/** Longest answer of a Docker engine that `circuit doctor` asks for its version, in bytes. */
export const ENGINE_VERSION_MAX_BYTES = 64 * 1024;
/** Most bytes that one read or write takes between servers. */
export const WIRE_BYTES_MAX = 256 * 1024;
/** What all writers to other servers hold that is not taken there, in bytes, before each holds 64 KiB at most, in a process. */
export const WRITERS_BEHIND_MAX_BYTES = 8 * 1_048_576;
/** What all readers of other servers' files have asked for ahead, or hold, in bytes, before each holds 64 KiB at most, in a process. */
export const READ_AHEAD_MAX_BYTES = 16 * 1_048_576;
/** Most anchors in one answer about a tree. */
export const TREE_ENTRIES_MAX = 20_000;
/** Names in one answer about a tree, together, in bytes (UTF-16 units, near enough). */
export const TREE_NAMES_MAX_BYTES = 512 * 1024;
/** Most anchors that are remembered of one other server. */
export const TREE_CACHE_MAX = 200_000;
/** What a writer to another server has under way, and not yet taken, in bytes. */
export const WRITE_BEHIND_MAX_BYTES = 4 * 1_048_576;
/** Open readers and writers of one session between servers. */
export const HANDLES_MAX = 65_536;
/** Longest message of a connection between servers, in bytes. */
export const WIRE_MESSAGE_MAX_BYTES = 4 * 1_048_576;
/** Most that waits on one connection for a peer that does not read, in bytes. */
export const WIRE_QUEUE_MAX_BYTES = 64 * 1_048_576;
/** Longest hello, as CBOR, in bytes. */
export const HELLO_MAX_BYTES = 64 * 1024;
/** Room for the longest hello in a header, in base64url, and for the other headers, in bytes. */
export const HELLO_HEADERS_MAX_BYTES: number = Math.ceil((HELLO_MAX_BYTES * 4) / 3) + 4_096;
/** Most versions of the protocol that a hello offers. */
export const HELLO_VERSIONS_MAX = 32;
/** Longest reason of a refused hello, in characters. */
export const HELLO_REFUSAL_MAX = 1_000;
/** By what factor, at most, others get more time while this process waits for a processor. */
export const SLOWDOWN_MAX = 8;
/** How long a handshake may take in all, in milliseconds, on a host that is not too busy; see SLOWDOWN_MAX. */
export const HANDSHAKE_MAX_MS = 5_000;
/** Most handshakes that are under way in a listener. */
export const HANDSHAKES_MAX = 256;
/** Most of them from one source address (IPv6: one /64). */
export const HANDSHAKES_PER_SOURCE_MAX = 64;
/** Most connections that a listener holds. */
export const CONNECTIONS_MAX = 4_096;
/** Those of one source address: half of them, so that it keeps no other out. */
export const CONNECTIONS_PER_SOURCE_MAX = 2_048;
/** Longest key file, in bytes. */
export const KEY_FILE_MAX_BYTES = 64 * 1024;
/** Most keys in a key file. */
export const KEYS_MAX = 64;
/** Most kinds of complaint about peers, times source addresses, that the log tells apart. */
export const COMPLAINTS_MAX = 1_024;
/** Longest message of a session, in bytes: a payload of 1 MiB and what goes around it. */
export const SESSION_MESSAGE_MAX_BYTES = 1_048_576 + 64 * 1024;
/** Longest frame in such a message, in bytes: all but what stands before the frames. */
export const FRAME_MAX_BYTES: number = SESSION_MESSAGE_MAX_BYTES - 32;
/** Longest name of a call, of a note, of a command, of a file or of an error, in characters. */
export const FRAME_NAME_MAX = 64;
/** Longest sentence of an error between servers, in characters. */
export const SENTENCE_MAX = 4_096;
/** Deepest nesting of what is sent between servers: JSON, and what goes around it. */
export const WIRE_DEPTH_MAX = 96;
/** Calls of one peer that are open at one moment, in a session. */
export const SESSION_CALLS_MAX = 65_536;
/** What the open calls of one peer hold, in bytes, in a session. */
export const SESSION_CALLS_BYTES = 16 * 1_048_576;
/** What waits for the peer's acknowledgement before nothing big is begun, in bytes, in a session. */
export const SESSION_WINDOW_BYTES = 4 * 1_048_576;
/** What waits for the peer's acknowledgement at most, in bytes, in a session. */
export const SESSION_UNACKED_MAX_BYTES = 64 * 1_048_576;
/** What all sessions of a server hold for their peers, in bytes; a quarter of the memory that it may use if that is less. */
export const SERVER_SESSIONS_MAX_BYTES = 96 * 1_048_576;
/** What the sessions with peers at one source address hold of that, in bytes; half of it if that is less. */
export const SESSIONS_PER_SOURCE_MAX_BYTES = 48 * 1_048_576;
/** How long a session waits for its next connection, in ms. */
export const SESSION_RESUME_MS = 60_000;
/** How long a session in which nothing goes on stays, in ms. */
export const SESSION_IDLE_MS = 30_000;
/** How long the other end may say nothing while something goes on, in ms. */
export const SESSION_SILENCE_MS = 10_000;
/** Frames that are held after a silence, to be looked at as a whole. */
export const CATCH_UP_FRAMES_MAX = 10_000;
/** Sessions that one peer may have at one moment, in a server. */
export const SESSIONS_PEER_MAX = 16;
/** Sessions of all peers, in a server. */
export const SESSIONS_MAX = 20_000;
/** Those that were begun from one source address (IPv6: one /64; all of loopback is one), whatever IDs the peers have. */
export const SESSIONS_PER_SOURCE_MAX = 5_000;
/** Longest datagram of discovery, in bytes; a question always has this length, so that no answer is longer than its question. */
export const DISCOVERY_DATAGRAM_MAX_BYTES = 1_024;
/** Datagrams that look sealed and whose seal discovery checks in a second, a source and interface. */
export const DISCOVERY_DATAGRAMS_PER_SECOND = 200;
/** Further ones for each live member, since all may share one source, */
export const DISCOVERY_DATAGRAMS_PER_MEMBER = 20;
/** but no more than this. */
export const DISCOVERY_DATAGRAMS_MAX_PER_SECOND = 10_000;
/** Sources that it counts each by itself, in a second. */
export const DISCOVERY_SOURCES_MAX = 64;
/** Answers that discovery sends in any second, an interface. */
export const DISCOVERY_ANSWERS_PER_SECOND = 10;
/** Questions that discovery is about to answer, an interface. */
export const DISCOVERY_ANSWERS_PENDING_MAX = 16;
/** Answered questions that discovery remembers, so as not to answer a replayed one, an interface. */
export const DISCOVERY_ANSWERED_MAX = 256;
/** Longest address that a server announces, in bytes. */
export const DISCOVERY_ADDRESS_MAX_BYTES = 200;
/** Addresses found by discovery that are dialled in any second. */
export const DISCOVERY_DIALS_PER_SECOND = 10;
/** Servers found by discovery that wait to be dialled, strangers and members whose views differ each. */
export const DISCOVERY_HINTS_PENDING_MAX = 1_024;
/** Keys of other circuits that the log names. */
export const DISCOVERY_OTHER_KEYS_MAX = 16;
/** Addresses that are taken from a DNS name. */
export const DNS_ADDRESSES_MAX = 64;
/** Servers that the snapshot of the last known ones holds. */
export const SNAPSHOT_SERVERS_MAX = 1_000;
/** Longest snapshot that is read, in bytes. */
export const SNAPSHOT_MAX_BYTES = 1_048_576;
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
/** Addresses that one server joins through, hints included. */
export const MEMBERSHIP_SEEDS_MAX = 64;
/** Dials for hints under way. */
export const MEMBERSHIP_HINT_DIALS_MAX = 2;
/** Commands of the native front that one server runs at a moment. */
export const CONSOLE_CALLERS_MAX = 1_024;
/** Most bytes of a caller's standard streams that are under way in one piece. */
export const CONSOLE_CHUNK_BYTES = 256 * 1024;
/** What a command has printed and its caller has not taken, in bytes, before it may print no more; one piece of output may be longer. */
export const CONSOLE_OUTPUT_MAX_BYTES = 16 * 1_048_576;
/** Words, directory and environment of a caller of the native front, in bytes; a process of its own runs what is longer. */
export const CONSOLE_HELLO_MAX_BYTES = 1_048_576;
/** How long such a caller may take to say what it wants, in ms. */
export const CONSOLE_HELLO_MS = 5_000;
/** How long commands of the native front have to end by themselves when their server stops, in ms. */
export const CONSOLE_STOP_MS = 100;
/** Longest line that `circuit run` prints whole, in bytes; a longer one is cut into several. */
export const TAGGED_LINE_MAX_BYTES = 64 * 1024;
/** Of a cell in a table of the command line, as much as is shown, in characters. */
export const TABLE_CELL_MAX = 4_096;
/** Elements of one server that `circuit top` looks at. */
export const TOP_ELEMENTS_MAX = 5_000;
/** Of a program's output that `circuit top` shows, as many lines are kept to be scrolled back to. */
export const TOP_OUTPUT_LINES_MAX = 5_000;
/** What those have together, in characters. */
export const TOP_OUTPUT_MAX = 1_048_576;
/** Longest of them, in characters; a longer one is cut into several. */
export const TOP_LINE_MAX = 16_384;
/** Longest filter of `circuit top`, in characters. */
export const TOP_FILTER_MAX = 200;
/** Kinds of elements that are told apart where a server's elements are counted for `circuit map`. */
export const KINDS_SHOWN_MAX = 32;
/** Servers that `circuit map` shows. */
export const MAP_SERVERS_MAX = 1_000;
/** Longest time that an option of the command line takes, in s. */
export const OPTION_MAX_S = 3_600;
/** Of the servers that could be meant, as many as an error of the command line names. */
export const SERVERS_TOLD_MAX = 20;
/** Requests that no caller waits for (RELEASE) which the kernel may have unanswered at once, in a mount. */
export const FUSE_BACKGROUND_MAX = 128;
/** Threads of one mount that were sent to walk a path again because a name had changed. Beyond that all are forgotten: they may be sent twice. */
export const STALE_CALLERS_MAX = 1024;
/** Longest configuration file, in bytes. */
export const CONFIG_FILE_MAX_BYTES = 262_144;
/** Connections that the metrics' HTTP server has at once; further ones are closed. */
export const METRICS_CONNECTIONS_MAX = 16;
/** Longest head of a request to it, in bytes. */
export const METRICS_HEADERS_MAX_BYTES = 8_192;
/** How long one of its clients may take for a request, and to take its answer, in ms. */
export const METRICS_REQUEST_MAX_MS = 10_000;
/** Diagnostic reports that a server keeps in the directory of `--var`. */
export const REPORTS_MAX = 5;
