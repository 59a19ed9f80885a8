/**
 * Every tunable of the membership protocol, with its unit, its default and what a larger or smaller value trades.
 *
 * The defaults are for one local network of up to 10,000 servers, and depend on each other: before you change one, run the simulator, which takes
 * any of them as `NAME=VALUE` (`npm run simulate -- 100 heartbeat_ms=2000`) and prints its figures beside the targets.
 */
import { strict as assert } from 'node:assert';

export interface Parameters {
  // Overlay: how many links there are, and how they are found.

  /** Links a server aims for. More links: faster and more robust flooding, more copies of each rumor, more heartbeats. */
  readonly linksTarget: number;
  /** Healthy links up to which a server accepts more; above that it evicts. The gap to `linksTarget` is the slack that lets late joiners in. */
  readonly linksMax: number;
  /** Below this many healthy links a server dials several peers at once and asks even full peers to accept. */
  readonly linksNeedy: number;
  /** A new successor that has joined, not taken the place of a dead one, is dialled when it has been the successor for this long. Longer: fewer dials in a storm. */
  readonly ringSettle_ms: number;
  /** Members one ring walk inspects. Bounds the work of a step after a mass crash. */
  readonly ringStepsMax: number;
  /** Random members one search for links considers before it waits for the next. */
  readonly refillAttempts: number;
  /** Concurrent dials of one kind after a mass crash. More: faster repair, a larger burst of SYNs. */
  readonly parallelMax: number;
  /** Timeout of a dial for a link, whole handshake included. The kernel sends SYNs at 0 and 1 s, so below 1 s one lost SYN fails the dial. */
  readonly dial_ms: number;
  /** When two servers dial each other at once, one of the two links goes. A link older than this is not such a duplicate. */
  readonly crossing_ms: number;
  /** First and longest pause after every peer refused a link. Longer: fewer futile dials in a full circuit, slower repair. */
  readonly refillPauseMin_ms: number;
  readonly refillPauseMax_ms: number;

  // Heartbeat: how silence is noticed.

  /** Interval at which slow conditions are checked. Shorter: earlier detection, more wake-ups while idle. */
  readonly tick_ms: number;
  /** Longest interval between two such checks, while none of them would find anything to do. Shorter: lateness is noticed sooner. */
  readonly tickMax_ms: number;
  /** Interval between pings on a link. Shorter: earlier detection of a lost host, proportionally more idle traffic. */
  readonly heartbeat_ms: number;
  /** How long a ping may stay unanswered. Just under one tick, so that the tick after the ping judges it. */
  readonly pong_ms: number;
  /** How long the pinged end tolerates silence. Must exceed `heartbeat_ms` by the network's jitter, or idle links are verified needlessly. */
  readonly silence_ms: number;
  /** A link that stays silent this long while its peer answers dials is broken, and is dropped. */
  readonly stuck_ms: number;
  /** How long a new link compares hashes more often: rumors in flight while links move are lost. Longer: more traffic after each new link. */
  readonly young_ms: number;
  /** Interval between pings on a young link, drawn at random from this range. */
  readonly youngPingMin_ms: number;
  readonly youngPingMax_ms: number;
  /** A link heard from within this time vouches for its peer against somebody else's suspicion. */
  readonly fresh_ms: number;
  /** A peer heard from this recently need not be dialled to prove that it lives. */
  readonly heardNow_ms: number;

  // Verification: a fresh dial, and helpers, decide.

  /** Timeout of a verification's dial: long enough for the second SYN, at 1 s. */
  readonly verify_ms: number;
  /** Without a SYN-ACK for this long, helpers are asked. Shorter: faster verdicts, more helpers asked for packets merely lost. */
  readonly verifyAlone_ms: number;
  /** Neighbours asked to dial as well. More: fewer false verdicts, more dials per lost host. */
  readonly helpers: number;
  /** How much longer than its own dial a server waits for helpers' answers. */
  readonly helpersGrace_ms: number;
  /** Helpers that must agree that a server is unreachable. */
  readonly witnesses: number;
  /** Rounds of a verification in which no helper could tell. */
  readonly verifyRounds: number;
  /** Pause between two rounds. */
  readonly roundPause_ms: number;
  /** No round starts later than this after the first, so that a verification ends within `verifyEnd_ms` even with every timeout stretched. */
  readonly verifyLastRound_ms: number;
  /** The longest a verification can take, but on a host that is too busy. An invariant that the simulator checks, not a timeout. */
  readonly verifyEnd_ms: number;
  /** This many links lost within a second: the fault may be local, so a refused dial needs a second witness. */
  readonly lossesSuspicious: number;
  /** How long a server that helpers reach and this one does not is not dialled again. */
  readonly badPath_ms: number;

  // Suspicion: how long a suspect has to refute. Longer: fewer false deaths, slower detection.

  /** After enough witnesses called the server unreachable. */
  readonly suspect_ms: number;
  /** After no helper could tell. */
  readonly suspectAlone_ms: number;
  /** For a death learned through anti-entropy, which may be an old one. */
  readonly suspectLearned_ms: number;
  /** Added to the first two for every server that cannot be reached: rides out hosts that pause, such as virtual machines being moved. */
  readonly patience_ms: number;
  /** A bystander waits this many times the suspector's window, */
  readonly bystanderFactor: number;
  /** and a random time from this range longer, so that normally one server alone passes the verdict. */
  readonly bystanderSlackMin_ms: number;
  readonly bystanderSlackMax_ms: number;
  /** How long a peer may accept TCP without responding before it is suspected. Longer: tolerates paused processes, keeps dead-locked ones listed. */
  readonly unresponsive_ms: number;
  /** How long such a suspect then has to refute. */
  readonly unresponsiveSuspect_ms: number;
  /** Interval between dials that check whether it responds again. */
  readonly unresponsiveRetry_ms: number;

  // Local health (Lifeguard): how far a server trusts its own observations.

  /** Own timers later than this: the process was not running, and what it missed proves nothing. */
  readonly late_ms: number;
  /** How long no verdict is passed after that. */
  readonly lateQuiet_ms: number;
  /** Away for longer than this: others may suspect, so the incarnation is raised unasked. */
  readonly lateRefute_ms: number;
  /** Highest score. Each point stretches what others are granted. */
  readonly healthMax: number;
  /** How long without lateness takes one point off. */
  readonly healthRecovery_ms: number;
  /** By how much one point stretches heartbeat and suspicion timeouts. */
  readonly healthStretch: number;
  /** By how much one point stretches dial timeouts. */
  readonly healthDialStretch: number;

  // Dissemination and anti-entropy.

  /** Least time between two frames of rumors on a link. Longer: more rumors coalesce, slower spread of a burst. */
  readonly flood_ms: number;
  /** More new servers than this, told of in a second or waiting to be told to a peer, are a storm: */
  readonly floodStorm: number;
  /** least time between two frames that tell of new servers only, in a storm. Longer: fewer copies of each record, slower spread of a storm. */
  readonly floodStorm_ms: number;
  /** A bucket changed this recently is not compared: the rumor is still under way. Longer: less needless traffic, slower repair. */
  readonly settled_ms: number;
  /** Malformed messages on a link before it is closed. */
  readonly faultsMax: number;

  // Joining.

  /** Timeout of a join, handshake and view included, at both ends. */
  readonly join_ms: number;
  /** A dial to join that takes longer than this holds up no other one. Shorter: less harm by silent hosts, more dials under load. */
  readonly joinPatience_ms: number;
  /** Members a seed names to a joiner, which fetches the view from one of them: spares the seeds. At most this many members: the seed hands over. */
  readonly joinSample: number;
  /** Members of the sample a joiner tries before it falls back to the seed. */
  readonly joinSamplesTried: number;
  /** A joiner looks for random links after a random time from this range, so that servers joining a moment later are candidates too. */
  readonly joinFillMin_ms: number;
  readonly joinFillMax_ms: number;
  /** First and longest pause before all seeds are tried again; doubles each time. */
  readonly seedRetryMin_ms: number;
  readonly seedRetryMax_ms: number;

  // Partition healing.

  /** How often each server considers dialling a dead one. Shorter: halves of a partition meet sooner, more dials to hosts that are gone. */
  readonly retryDead_ms: number;
  /** Expected number of such dials in the whole circuit in that time, whatever its size. */
  readonly retryDeadDials: number;
  /** How long the dead and departed are remembered. Longer: late rumors about them are recognised, and partitions heal, for longer; more memory. */
  readonly tombstone_ms: number;

  // Hints: what discovery found.

  /** Longest random delay before a hint is followed: many servers hear the same announcement. 10 ms a member, up to this. */
  readonly hintMax_ms: number;
  /** Of two that do not know each other, the one whose turn it is not waits this long. Longer: fewer double dials, slower if the other is deaf. */
  readonly hintTurn_ms: number;
  /** The other one, if it is not alone, waits this long for the news that the stranger has joined already. */
  readonly hintNews_ms: number;
  /** A known server whose view differs is dialled after this time, in which links compare by themselves. */
  readonly hintCompare_ms: number;
  /** Least time between two dials of one address for hints. */
  readonly hintPause_ms: number;
}

export const DEFAULT_PARAMETERS: Parameters = {
  linksTarget: 5,
  linksMax: 6,
  linksNeedy: 2,
  ringSettle_ms: 1000,
  ringStepsMax: 256,
  refillAttempts: 16,
  parallelMax: 16,
  dial_ms: 1800,
  crossing_ms: 1000,
  refillPauseMin_ms: 250,
  refillPauseMax_ms: 30_000,
  tick_ms: 1000,
  tickMax_ms: 5000,
  heartbeat_ms: 5000,
  pong_ms: 950,
  silence_ms: 5700,
  stuck_ms: 2500,
  young_ms: 6000,
  youngPingMin_ms: 500,
  youngPingMax_ms: 1500,
  fresh_ms: 2000,
  heardNow_ms: 100,
  verify_ms: 1800,
  verifyAlone_ms: 300,
  helpers: 3,
  helpersGrace_ms: 800,
  witnesses: 2,
  verifyRounds: 3,
  roundPause_ms: 1000,
  verifyLastRound_ms: 5500,
  verifyEnd_ms: 12_000,
  lossesSuspicious: 2,
  badPath_ms: 300_000,
  suspect_ms: 2000,
  suspectAlone_ms: 3000,
  suspectLearned_ms: 3000,
  patience_ms: 0,
  bystanderFactor: 2,
  bystanderSlackMin_ms: 1000,
  bystanderSlackMax_ms: 3000,
  unresponsive_ms: 30_000,
  unresponsiveSuspect_ms: 30_000,
  unresponsiveRetry_ms: 5000,
  late_ms: 500,
  lateQuiet_ms: 2000,
  lateRefute_ms: 4000,
  healthMax: 8,
  healthRecovery_ms: 10_000,
  healthStretch: 0.5,
  healthDialStretch: 0.25,
  flood_ms: 50,
  floodStorm: 20,
  floodStorm_ms: 200,
  settled_ms: 1000,
  faultsMax: 3,
  join_ms: 5000,
  joinPatience_ms: 1000,
  joinSample: 50,
  joinSamplesTried: 3,
  joinFillMin_ms: 200,
  joinFillMax_ms: 500,
  seedRetryMin_ms: 1000,
  seedRetryMax_ms: 10_000,
  retryDead_ms: 60_000,
  retryDeadDials: 20,
  tombstone_ms: 3_600_000,
  hintMax_ms: 5000,
  hintTurn_ms: 3000,
  hintNews_ms: 1000,
  hintCompare_ms: 10_000,
  hintPause_ms: 10_000,
};

/** The defaults, but for what is given. Throws an AssertionError for values with which the protocol cannot work. */
export function parametersWith(given: Partial<Parameters>): Parameters {
  const all = { ...DEFAULT_PARAMETERS, ...given };
  for (const [name, value] of Object.entries(all)) assert(Number.isFinite(value) && value >= 0, `parameter ${name}: ${value}`);
  assert(all.tick_ms > 0, 'time must pass between two ticks');
  assert(all.linksTarget >= 1 && all.linksTarget <= all.linksMax, 'a server must accept as many links as it aims for');
  assert(all.pong_ms < all.heartbeat_ms && all.heartbeat_ms < all.silence_ms, 'a pong is due before the next ping, a ping before silence');
  assert(all.verifyAlone_ms < all.verify_ms, 'helpers are asked while the own dial lasts');
  assert(all.verifyLastRound_ms < all.verifyEnd_ms, 'the last round has time to end');
  return all;
}
