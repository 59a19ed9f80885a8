/**
 * The membership of a circuit: the state machine of one server. Inputs and the time go in through `step`, actions come out through `Effects`.
 *
 * Pure: no clock, socket or timer of its own, and its randomness is seeded, so a run can be replayed. Nothing that a peer sends makes `step` throw.
 *
 * ## The protocol
 *
 * Every server knows every other one: its *view* holds ID, address, incarnation and state of each. Views are kept equal by four mechanisms:
 *
 * - **Overlay** (`overlay`, `link-search`): each server keeps five or six links, TCP connections to peers: one to its successor on the ring of live
 *   IDs, the others to random members. HyParView builds such an overlay from partial views; with a full view its passive view, shuffles and random
 *   walks are unnecessary.
 * - **Dissemination** (`flooding`, `view-updates`): what is new is flooded over the links. Plumtree would prune the flood to a tree; at five links
 *   and 24 bytes a rumor the redundancy costs a few bytes a second and spares the repair of the tree.
 * - **Failure detection** (`heartbeat`, `detector`, `suspicions`): as in SWIM, with helpers that dial as well, suspicions that their subject can
 *   refute, and incarnations that only their owner raises. Unlike SWIM, links are watched, not random members, and the evidence is a fresh TCP dial,
 *   which tells a dead process from an unresponsive one and from an unreachable host. A server whose own timers are late trusts itself less
 *   (`local-health`), as in Lifeguard.
 * - **Anti-entropy** (`reconciliation`): heartbeats carry a digest of the view; where digests keep differing, 64 bucket hashes find what differs.
 *
 * A joiner fetches the view from a random member that a seed names (`join`, `joiners`). Of what discovery finds little is dialled, and one of two
 * strangers dials (`hints`, `turns`). Dials to the dead bring the halves of a partition back together (`partition-healing`). `parameters.ts` has every tunable; the simulator in `test/simulation` runs thousands of these machines.
 *
 * - Leitão, Pereira, Rodrigues: HyParView: a membership protocol for reliable gossip-based broadcast. DSN 2007
 * - Leitão, Pereira, Rodrigues: Epidemic broadcast trees (Plumtree). SRDS 2007
 * - Das, Gupta, Motivala: SWIM: scalable weakly-consistent infection-style process group membership protocol. DSN 2002
 * - Dadgar, Phillips, Currey: Lifeguard: local health awareness for more accurate failure detection. DSN-W 2018
 * - Demers et al.: Epidemic algorithms for replicated database maintenance (anti-entropy, death certificates). PODC 1987
 *
 * ## How a shell drives it (`protocol.ts` has the types)
 *
 * - `start` once, with the addresses to join through; none: it is the first. `ready` is reported when the view is complete.
 * - Effect `dial`: dial with its `id`, `purpose`, `note` and `timeout_ms` in the hello. Feed `connected` at the SYN-ACK, then `established` with the ID
 *   and note of the peer's hello, or `failed`. After that, each message as `message` (`decodeMessage` of its bytes, even if that is `undefined`), and
 *   `closed` if the connection ends by itself. A token given to `close` is forgotten: feed nothing more for it.
 * - A server dialled for one of our purposes: give it an unused number above 0 and feed `accepted`. Within that step comes `accept` with the note for our
 *   hello (welcome it first, then feed what it sends), or `refuse`. Clients do not belong here.
 * - Effect `send`: `encodeMessage`, and send. Effect `close`: flush, then close; a dial in progress: abort it.
 * - Effect `timer`: one timer, replaced each time; feed `timer` when it fires. When a process wakes from a pause, timers may fire before what has arrived
 *   is read; `step` notices by itself that it is late.
 * - `leave` tells all neighbours and closes; give the sockets a moment to drain before the process exits, and meanwhile feed outcomes of dials and
 *   hellos.
 */
import { digestBytes } from './codec.js';
import { type Counters, noCounts } from './counters.js';
import { dispatch } from './dispatch.js';
import { IdentityTable } from './identity-table.js';
import { LocalHealth } from './local-health.js';
import { parametersWith } from './parameters.js';
import { type Parts, partsOf } from './parts.js';
import type { PeerLinks } from './peer-links.js';
import type { Input, MembershipOptions } from './protocol.js';
import { Random } from './random.js';
import type { Member } from './record.js';
import { Self } from './self.js';
import { Ticks } from './ticks.js';
import { TimerQueue } from './timer-queue.js';
import { View } from './view.js';

/** What metrics and the simulator's checks look at. */
export interface MembershipState {
  readonly view: View;
  readonly links: PeerLinks;
  readonly dialling: number;
  /** Of those, for hints. */
  readonly hinted: number;
  readonly verifications: number;
  /** When the oldest verification began; infinity: none runs. */
  readonly oldestVerification_ms: number;
  readonly suspicions: number;
  readonly timers: number;
  readonly health: number;
  readonly leaving: boolean;
}

/** A timer that fires by less than this too early is left as it is. */
const EARLY_MS = 250;

export class Membership {
  readonly #self: Self;
  readonly #parts: Parts;
  readonly #ticks: Ticks;
  /** When the shell's timer fires. */
  #asked_ms = Number.POSITIVE_INFINITY;

  constructor({ identity, effects, seed, slowdown = () => 1, parameters = {}, identities = new IdentityTable() }: MembershipOptions) {
    const all = parametersWith(parameters);
    this.#self = new Self({
      view: new View(identities, identities.retain(identity)),
      random: new Random(seed),
      effects,
      timers: new TimerQueue(),
      health: new LocalHealth(all, slowdown),
      counters: noCounts(),
      parameters: all,
    });
    this.#parts = partsOf(this.#self);
    this.#ticks = new Ticks(this.#self, this.#parts, () => this.#tick());
  }

  /** Every server in the view, this one and recently dead ones included, in no particular order. */
  *members(): Generator<Member> {
    for (const [number] of this.#self.view.entries()) yield this.#parts.updates.member(number);
  }

  member(id: string): Member | undefined {
    const number = this.#self.view.identities.find(id);
    return number >= 0 && this.#self.view.version(number) !== 0 ? this.#parts.updates.member(number) : undefined;
  }

  /** Number of live members, this server included. */
  get size(): number {
    return this.#self.view.live;
  }

  /** A hash of the live view, 8 bytes: equal for servers that agree. For announcements. */
  get digest(): Uint8Array {
    return digestBytes(this.#self.view.digest);
  }

  /** IDs of the servers with which this one keeps a link, in no particular order. */
  get links(): readonly string[] {
    return Array.from(this.#parts.links.all(), ({ peer }) => this.#self.idOf(peer));
  }

  get counters(): Readonly<Counters> {
    return this.#self.counters;
  }

  /** For metrics and checks. */
  get state(): MembershipState {
    const { view, timers, health, leaving } = this.#self;
    const { links, dials, detector, suspicions, hints } = this.#parts;
    return {
      view,
      links,
      dialling: dials.size,
      hinted: hints.underWay,
      verifications: detector.running,
      oldestVerification_ms: detector.oldest_ms,
      suspicions: suspicions.size,
      timers: timers.size,
      health: health.score,
      leaving,
    };
  }

  /**
   * Takes one input, then every timer that is due. After each, the events that the parts emitted are dispatched until none is left.
   * @param now_ms of any monotonic clock
   */
  step(now_ms: number, input: Input): void {
    const self = this.#self;
    self.now_ms = Math.max(self.now_ms, now_ms);
    if (self.leaving) return this.#takeAtEnd(input);
    if (this.#ticks.late_ms > self.parameters.late_ms) this.#late(this.#ticks.late_ms);
    let act: (() => void) | undefined = () => this.#take(input);
    for (; act !== undefined; act = self.timers.take(self.now_ms)) {
      act();
      for (let events = self.takeEvents(); events.length > 0; events = self.takeEvents()) {
        for (const event of events) dispatch(this.#parts, event);
      }
    }
    this.#parts.overlay.settle();
    this.#ticks.plan();
    this.#wake(input.kind === 'timer');
  }

  #take(input: Input): void {
    const { dials, inbound, hints } = this.#parts;
    switch (input.kind) {
      case 'start':
        return this.#start(input.seeds, input.view);
      case 'connected':
        return dials.connected(input.token);
      case 'established':
        return dials.established(input.token, input.id, input.note);
      case 'failed':
        return dials.failed(input.token, input.failure);
      case 'accepted':
        return inbound.accepted(input);
      case 'message':
        return inbound.message(input.token, input.message);
      case 'closed':
        return inbound.closed(input.token);
      case 'hint':
        return hints.heard(input);
      case 'leave':
        return this.#leave();
      case 'timer':
    }
  }

  #start(seeds: readonly string[], view: View | undefined): void {
    if (view !== undefined) this.#self.view.adopt(view);
    this.#ticks.start();
    this.#parts.healing.start();
    this.#parts.join.start(seeds);
  }

  #tick(): void {
    const { now_ms, health, view, parameters } = this.#self;
    health.tick(now_ms);
    view.forget(now_ms - parameters.tombstone_ms, Number.POSITIVE_INFINITY);
    this.#parts.heartbeat.tick();
    this.#parts.join.tick();
    this.#parts.overlay.look();
  }

  /** This process was not running: what it missed proves nothing about others. */
  #late(late_ms: number): void {
    const { health, now_ms, counters, effects, parameters } = this.#self;
    counters.late++;
    health.late(now_ms);
    this.#ticks.forgive();
    this.#parts.detector.forgive();
    this.#parts.heartbeat.forgive();
    if (late_ms >= parameters.lateRefute_ms) this.#parts.updates.reassert();
    effects.report({ kind: 'late', late_ms });
  }

  #leave(): void {
    const { effects, timers } = this.#self;
    const { links, updates } = this.#parts;
    updates.leave();
    this.#self.leaving = true;
    for (const link of [...links.all()]) {
      effects.close(link.token);
      links.remove(link);
    }
    this.#ticks.end();
    timers.clear();
  }

  /** After leaving: admits nobody, and tells a peer whose answer to a dial arrives only now, lest it believe in a link. */
  #takeAtEnd(input: Input): void {
    const { effects, number } = this.#self;
    if (input.kind === 'accepted') effects.refuse(input.token, 'this server is leaving');
    if (input.kind !== 'established') return;
    effects.send(input.token, { kind: 'rumors', rumors: [this.#self.rumor(number, true)], compared: false });
    effects.close(input.token);
  }

  /** Sets the shell's timer if the one set before would fire too late, or for nothing. */
  #wake(fired: boolean): void {
    const { timers, effects } = this.#self;
    const { next_ms } = timers;
    if (fired) this.#asked_ms = Number.POSITIVE_INFINITY;
    if (next_ms >= this.#asked_ms && next_ms - this.#asked_ms < EARLY_MS) return;
    this.#asked_ms = next_ms;
    effects.timer(next_ms);
  }
}
