/**
 * Who is in the circuit: the state machine of one server. Input and time go in with `step`, what is to be done comes out through `Effects`.
 *
 * Pure: no clock, socket or timer, and its randomness is seeded. It knows every other server (a full view), keeps five or six links, floods what
 * happens over them, and lets a fresh dial decide who is dead. Nothing that a peer sends makes `step` throw.
 *
 * How a shell drives it (`protocol.ts` has the types):
 * - `start` once, with the addresses to join through; none: it is the first. `ready` is reported when the view is complete.
 * - Effect `dial`: dial with its `id`, `purpose`, `note` and `timeout_ms` in the hello. Feed `connected` at the SYN-ACK, `established` with the ID and
 *   note of the other's hello, or `failed`. After that, each message as `message` (`decodeMessage` of its bytes, also when that is `undefined`), and
 *   `closed` if the connection ends by itself. A token that was given to `close` is forgotten: feed nothing more for it.
 * - A server has dialled with a purpose of ours: give it a number above 0 that was not used before, feed `accepted`; within that step comes
 *   `accept` with the note for our hello (welcome it first, then feed what it sends), or `refuse`. Clients are not for here.
 * - Effect `send`: `encodeMessage`, and out. Effect `close`: let go out what was sent, then close; of a dial under way: give up.
 * - Effect `timer`: one timer, replaced each time; feed `timer` when it fires. When a process wakes from a pause, timers may fire before what has
 *   arrived is read; `step` finds out by itself that it is late.
 * - `leave` says good-bye to all neighbours and closes; give the sockets a moment to drain before the process ends, and feed meanwhile what comes of
 *   dials and hellos.
 */
import { TimerQueue } from './timer-queue.js';
import { digestBytes } from './codec.js';
import { type Counters, noCounts } from './counters.js';
import { Detector } from './detector.js';
import { Dials } from './dials.js';
import { IdentityTable } from './identity-table.js';
import { Flooding } from './flooding.js';
import { LocalHealth } from './local-health.js';
import { Heartbeat } from './heartbeat.js';
import { Join } from './join.js';
import { ViewUpdates } from './view-updates.js';
import { PeerLinks } from './peer-links.js';
import { Overlay } from './overlay.js';
import { parametersWith } from './parameters.js';
import type { Input, MembershipOptions } from './protocol.js';
import { Probes } from './probes.js';
import { Random } from './random.js';
import { Inbound } from './inbound.js';
import { Reconciliation } from './reconciliation.js';
import type { Member } from './record.js';
import { PartitionHealing } from './partition-healing.js';
import { Self } from './self.js';
import { Suspicions } from './suspicions.js';
import { View } from './view.js';

/** What metrics and the simulator's checks look at. */
export interface MembershipState {
  readonly view: View;
  readonly links: PeerLinks;
  readonly dialling: number;
  readonly verifications: number;
  /** When the oldest verification began; infinity: none runs. */
  readonly oldestVerification_ms: number;
  readonly suspicions: number;
  readonly timers: number;
  readonly health: number;
  readonly leaving: boolean;
}

export class Membership {
  readonly #self: Self;
  readonly #timers = new TimerQueue();
  readonly #links = new PeerLinks();
  readonly #dials: Dials;
  readonly #suspicions: Suspicions;
  readonly #updates: ViewUpdates;
  readonly #detector: Detector;
  readonly #overlay: Overlay;
  readonly #heartbeat: Heartbeat;
  readonly #join: Join;
  readonly #inbound: Inbound;
  readonly #healing: PartitionHealing;
  /** When the next tick is due; infinity: not started, or ended. */
  #tick_ms = Number.POSITIVE_INFINITY;
  #asked_ms = Number.POSITIVE_INFINITY;

  constructor({ identity, effects, seed, parameters = {}, identities = new IdentityTable() }: MembershipOptions) {
    const all = parametersWith(parameters);
    const view = new View(identities, identities.retain(identity));
    const self = new Self({
      view,
      random: new Random(seed),
      effects,
      timers: this.#timers,
      health: new LocalHealth(all),
      counters: noCounts(),
      parameters: all,
    });
    const links = this.#links;
    const dials = new Dials(self);
    const suspicions = new Suspicions(self, links, (peer) => this.#updates.kill(peer));
    const flooding = new Flooding(self, links, (peer) => suspicions.window_s(peer));
    const updates = new ViewUpdates(self, links, flooding, suspicions, (peer) => this.#turned(peer));
    const reconciliation = new Reconciliation(self, updates);
    const probes = new Probes(self, links, dials, updates);
    const detector = new Detector(self, links, probes, updates, (peer) => this.#overlay.drop(peer));
    const overlay = new Overlay(self, { links, dials, updates, detector, flooding, suspicions, reconciliation });
    const heartbeat = new Heartbeat(self, links, overlay, detector, reconciliation);
    const join = new Join(self, links, dials, updates, overlay);
    this.#self = self;
    this.#dials = dials;
    this.#suspicions = suspicions;
    this.#updates = updates;
    this.#detector = detector;
    this.#overlay = overlay;
    this.#heartbeat = heartbeat;
    this.#join = join;
    this.#inbound = new Inbound(self, { links, probes, updates, detector, overlay, reconciliation, heartbeat, join });
    this.#healing = new PartitionHealing(self, overlay, join);
  }

  /** Everyone in the view, this server and the dead of the last hour included, in no order. */
  *members(): Generator<Member> {
    for (const [number] of this.#self.view.entries()) yield this.#updates.member(number);
  }

  member(id: string): Member | undefined {
    const number = this.#self.view.identities.find(id);
    return number >= 0 && this.#self.view.version(number) !== 0 ? this.#updates.member(number) : undefined;
  }

  /** Live members, this server included. */
  get size(): number {
    return this.#self.view.live;
  }

  /** A hash of the live view, 8 bytes: servers with equal ones agree. For announcements. */
  get digest(): Uint8Array {
    return digestBytes(this.#self.view.digest);
  }

  get counters(): Readonly<Counters> {
    return this.#self.counters;
  }

  /** For metrics and checks. */
  get state(): MembershipState {
    return {
      view: this.#self.view,
      links: this.#links,
      dialling: this.#dials.size,
      verifications: this.#detector.running,
      oldestVerification_ms: this.#detector.oldest_ms,
      suspicions: this.#suspicions.size,
      timers: this.#timers.size,
      health: this.#self.health.score,
      leaving: this.#self.leaving,
    };
  }

  /** Takes one input. `now_ms` is any monotonic clock; it never goes back. */
  step(now_ms: number, input: Input): void {
    const self = this.#self;
    self.now_ms = Math.max(self.now_ms, now_ms);
    if (self.leaving) return this.#takeAtEnd(input);
    if (self.now_ms - this.#tick_ms > this.#self.parameters.late_ms) this.#late(self.now_ms - this.#tick_ms);
    this.#take(input);
    this.#timers.run(self.now_ms);
    this.#overlay.settle();
    this.#wake(input.kind === 'timer');
  }

  #take(input: Input): void {
    switch (input.kind) {
      case 'start':
        return this.#start(input.seeds, input.view);
      case 'connected':
        return this.#dials.connected(input.token);
      case 'established':
        return this.#dials.established(input.token, input.id, input.note);
      case 'failed':
        return this.#dials.failed(input.token, input.failure);
      case 'accepted':
        return this.#inbound.accepted(input);
      case 'message':
        return this.#inbound.message(input.token, input.message);
      case 'closed':
        return this.#inbound.closed(input.token);
      case 'hint':
        return this.#healing.hint(input.address, input.id);
      case 'leave':
        return this.#leave();
      case 'timer':
    }
  }

  #start(seeds: readonly string[], view: View | undefined): void {
    const { now_ms, random } = this.#self;
    if (view !== undefined) this.#self.view.adopt(view);
    this.#tick_ms = now_ms + random.between(0, this.#self.parameters.tick_ms);
    this.#timers.at(this.#tick_ms, 'tick', () => this.#tick());
    this.#healing.start();
    this.#join.start(seeds);
  }

  #tick(): void {
    const { now_ms, health, view } = this.#self;
    // The grid is kept, so that the phases of servers that started together do not drift into one.
    this.#tick_ms = Math.max(this.#tick_ms + this.#self.parameters.tick_ms, now_ms + this.#self.parameters.tick_ms / 2);
    this.#timers.at(this.#tick_ms, 'tick', () => this.#tick());
    health.tick(now_ms);
    view.forget(now_ms - this.#self.parameters.tombstone_ms, Number.POSITIVE_INFINITY);
    this.#heartbeat.tick();
    this.#join.tick();
    this.#overlay.look();
  }

  /** This server was not running: what it missed says nothing about the others. */
  #late(late_ms: number): void {
    const { health, now_ms, counters, effects } = this.#self;
    counters.late++;
    health.late(now_ms);
    this.#tick_ms = now_ms;
    this.#detector.forgive();
    this.#heartbeat.forgive();
    if (late_ms >= this.#self.parameters.lateRefute_ms) this.#updates.reassert();
    effects.report({ kind: 'late', late_ms });
  }

  #turned(peer: number): void {
    if (!this.#self.view.isLive(peer)) this.#detector.gone(peer);
    this.#overlay.look();
  }

  #leave(): void {
    const { effects } = this.#self;
    this.#updates.leave();
    this.#self.leaving = true;
    for (const link of [...this.#links.all()]) {
      effects.close(link.token);
      this.#links.remove(link);
    }
    this.#timers.clear();
    this.#tick_ms = Number.POSITIVE_INFINITY;
  }

  /** After the good-bye: nobody is let in any more, and who was dialled before and believes in a link is told as well. */
  #takeAtEnd(input: Input): void {
    const { effects, number } = this.#self;
    if (input.kind === 'accepted') effects.refuse(input.token, 'this server is leaving');
    if (input.kind !== 'established') return;
    effects.send(input.token, { kind: 'rumors', rumors: [this.#self.rumor(number, true)], compared: false });
    effects.close(input.token);
  }

  /** Asks for a timer if the one that was asked for would be too late. */
  #wake(fired: boolean): void {
    const next_ms = this.#timers.next_ms;
    if (fired) this.#asked_ms = Number.POSITIVE_INFINITY;
    if (next_ms >= this.#asked_ms) return;
    this.#asked_ms = next_ms;
    this.#self.effects.timer(next_ms);
  }
}
