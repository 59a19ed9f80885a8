/**
 * The figures of the protocol. They hang together: change one and run the simulator (`npm run simulate`), which has all of them as gates.
 */

/** Links that a server aims at, and up to which it accepts more. Ring links are accepted beyond that. */
export const LINKS_TARGET = 5;
export const LINKS_MAX = 6;
/** Below so few healthy links a server is in need: it dials several at once, and is accepted by those who are full. */
export const LINKS_NEEDY = 2;

/** Everything slow is looked at once in a tick. */
export const TICK_MS = 1000;
/** The dialling end pings; the other one expects to hear something in `SILENCE_MS`. */
export const HEARTBEAT_MS = 5000;
/** Just under a tick, so that a ping is judged in the tick after the one that sent it. */
export const PONG_MS = 950;
export const SILENCE_MS = 5700;
/** A link that stays silent so long although its peer answers dials is given up. */
export const STUCK_MS = 2500;
/** A new link compares hashes more often, for so long: what was flooded while links moved is lost. */
export const YOUNG_MS = 6000;
/** A link on which so little time has passed since the peer was heard vouches for the peer. */
export const FRESH_MS = 2000;
/** Heard so recently is as good as a dial. */
export const HEARD_NOW_MS = 100;

/** A verdict's dial: the kernel sends SYN at 0 and at 1 s. */
export const VERIFY_MS = 1800;
/** No SYN-ACK until then: helpers are asked. */
export const VERIFY_ALONE_MS = 300;
/** How much longer than the own dial the helpers' answers are waited for. */
export const HELPERS_GRACE_MS = 800;
export const HELPERS = 3;
export const VERIFY_ROUNDS = 3;
export const ROUND_PAUSE_MS = 1000;
/** No round begins later than that, so a verification ends within 12 s even when all is stretched. */
export const VERIFY_LAST_ROUND_MS = 5500;
export const VERIFY_END_MS = 12_000;
/** So many links lost within a second: the fault may be here, so a second witness is asked for. */
export const LOSSES_SUSPICIOUS = 2;

/** From the suspicion to the death: by three witnesses; by one alone; learnt by comparing hashes. */
export const SUSPECT_MS = 2000;
export const SUSPECT_ALONE_MS = 3000;
export const SUSPECT_LEARNT_MS = 3000;
/** A kernel that answers for a process that does not: silent for so long, then suspected for so long. */
export const SLOW_SILENT_MS = 30_000;
export const SLOW_SUSPECT_MS = 30_000;
export const SLOW_RETRY_MS = 5000;
/** A peer that others reach and I do not is not dialled for so long. */
export const BAD_PATH_MS = 300_000;

/** Own timers later than that: this server was not running, and knows nothing about others. */
export const LATE_MS = 500;
export const LATE_QUIET_MS = 2000;
/** Away for longer than that: others may have begun to doubt. */
export const LATE_REFUTE_MS = 4000;
export const HEALTH_MAX = 8;
export const HEALTH_RECOVERY_MS = 10_000;

/** Least time between two frames of records on a link. */
export const FLOOD_MS = 50;
/** A bucket that has changed so recently is not compared: the change is still under way. */
export const SETTLED_MS = 1000;
/** Most dials of one kind at a time, when many died at once. */
export const PARALLEL_MAX = 16;

/** When nobody has room for another link: how long the next try waits. */
export const REFILL_PAUSE_MIN_MS = 250;
export const REFILL_PAUSE_MAX_MS = 30_000;

/** A dial for a link or a join: the whole handshake. */
export const DIAL_MS = 1800;
export const JOIN_MS = 5000;
/** Members that a seed names to one who joins: it fetches the view from one of them. */
export const JOIN_SAMPLE = 50;
export const JOIN_FILL_MIN_MS = 200;
export const JOIN_FILL_MAX_MS = 500;
export const SEED_RETRY_MIN_MS = 1000;
export const SEED_RETRY_MAX_MS = 10_000;

/** Dials to the dead: each server in so much time, and about so many in the whole circuit. */
export const RETRY_DEAD_MS = 60_000;
export const RETRY_DEAD_DIALS = 20;
export const TOMBSTONE_MS = 3_600_000;
/** A hint is followed after a random time up to the members over 100, in seconds, and at most this. */
export const HINT_MAX_MS = 5000;

/** Messages on one link that were not understood, before it is closed. */
export const FAULTS_MAX = 3;
