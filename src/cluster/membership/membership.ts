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
 * - `leave` says good-bye to all neighbours and closes; give the sockets a moment to drain before the process ends.
 */
import { Agenda } from './agenda.js';
import { decodeNote, digestBytes, encodeNote } from './codec.js';
import { type Counters, noCounts } from './counters.js';
import { Detector } from './detector.js';
import { Dials } from './dials.js';
import { Directory } from './directory.js';
import { Flooding } from './flooding.js';
import { Health } from './health.js';
import { Heartbeat } from './heartbeat.js';
import { Join } from './join.js';
import { Ledger } from './ledger.js';
import { type Link, Links } from './links.js';
import type { Message } from './message.js';
import { Overlay } from './overlay.js';
import { FAULTS_MAX, LATE_MS, LATE_REFUTE_MS, TICK_MS, TOMBSTONE_MS } from './parameters.js';
import type { Input, MembershipOptions, MembershipState, Token } from './protocol.js';
import { Probes } from './probes.js';
import { Random } from './random.js';
import { Reconciliation } from './reconciliation.js';
import type { Member } from './record.js';
import { Reunion } from './reunion.js';
import { Self } from './self.js';
import { Suspicions } from './suspicions.js';
import { View } from './view.js';

export class Membership {
  readonly #self: Self;
  readonly #agenda = new Agenda();
  readonly #links = new Links();
  readonly #dials: Dials;
  readonly #probes: Probes;
  readonly #suspicions: Suspicions;
  readonly #ledger: Ledger;
  readonly #detector: Detector;
  readonly #overlay: Overlay;
  readonly #reconciliation: Reconciliation;
  readonly #heartbeat: Heartbeat;
  readonly #join: Join;
  readonly #reunion: Reunion;
  /** When the next tick is due; infinity: not started, or ended. */
  #tick_ms = Number.POSITIVE_INFINITY;
  #asked_ms = Number.POSITIVE_INFINITY;

  constructor({ identity, effects, seed, patience_ms = 0, directory = new Directory() }: MembershipOptions) {
    const view = new View(directory, directory.retain(identity));
    const self = new Self({
      view,
      random: new Random(seed),
      effects,
      agenda: this.#agenda,
      health: new Health(),
      counters: noCounts(),
      patience_ms,
    });
    const links = this.#links;
    const dials = new Dials(self);
    const suspicions = new Suspicions(self, links, (peer) => this.#ledger.kill(peer));
    const flooding = new Flooding(self, links, (peer) => suspicions.window_s(peer));
    const ledger = new Ledger(self, links, flooding, suspicions, (peer) => this.#turned(peer));
    const reconciliation = new Reconciliation(self, ledger);
    const probes = new Probes(self, links, dials, ledger);
    const detector = new Detector(self, links, probes, ledger, (peer) => this.#overlay.drop(peer));
    const overlay = new Overlay(self, { links, dials, ledger, detector, flooding, suspicions, reconciliation });
    this.#self = self;
    this.#dials = dials;
    this.#probes = probes;
    this.#suspicions = suspicions;
    this.#ledger = ledger;
    this.#detector = detector;
    this.#overlay = overlay;
    this.#reconciliation = reconciliation;
    this.#heartbeat = new Heartbeat(self, links, overlay, detector, reconciliation);
    this.#join = new Join(self, links, dials, ledger, overlay);
    this.#reunion = new Reunion(self, overlay, this.#join);
  }

  /** Everyone in the view, this server and the dead of the last hour included, in no order. */
  *members(): Generator<Member> {
    for (const [number] of this.#self.view.entries()) yield this.#ledger.member(number);
  }

  member(id: string): Member | undefined {
    const number = this.#self.view.directory.find(id);
    return number >= 0 && this.#self.view.version(number) !== 0 ? this.#ledger.member(number) : undefined;
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
      timers: this.#agenda.size,
      health: this.#self.health.score,
      leaving: this.#self.leaving,
    };
  }

  /** Takes one input. `now_ms` is any monotonic clock; it never goes back. */
  step(now_ms: number, input: Input): void {
    const self = this.#self;
    self.now_ms = Math.max(self.now_ms, now_ms);
    if (self.leaving) {
      if (input.kind === 'accepted') self.effects.refuse(input.token, 'this server is leaving');
      return;
    }
    if (self.now_ms - this.#tick_ms > LATE_MS) this.#late(self.now_ms - this.#tick_ms);
    this.#take(input);
    this.#agenda.run(self.now_ms);
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
        return this.#accepted(input);
      case 'message':
        return this.#message(input.token, input.message);
      case 'closed':
        return this.#closed(input.token);
      case 'hint':
        return this.#reunion.hint(input.address, input.id);
      case 'leave':
        return this.#leave();
      case 'timer':
    }
  }

  #start(seeds: readonly string[], view: View | undefined): void {
    const { now_ms, random } = this.#self;
    if (view !== undefined) this.#self.view.adopt(view);
    this.#tick_ms = now_ms + random.between(0, TICK_MS);
    this.#agenda.at(this.#tick_ms, 'tick', () => this.#tick());
    this.#reunion.start();
    this.#join.start(seeds);
  }

  #tick(): void {
    const { now_ms, health, view } = this.#self;
    // The grid is kept, so that the phases of servers that started together do not drift into one.
    this.#tick_ms = Math.max(this.#tick_ms + TICK_MS, now_ms + TICK_MS / 2);
    this.#agenda.at(this.#tick_ms, 'tick', () => this.#tick());
    health.tick(now_ms);
    view.forget(now_ms - TOMBSTONE_MS, Number.POSITIVE_INFINITY);
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
    if (late_ms >= LATE_REFUTE_MS) this.#ledger.reassert();
    effects.report({ kind: 'late', late_ms });
  }

  #accepted(input: Extract<Input, { kind: 'accepted' }>): void {
    const { token, id, purpose } = input;
    const { effects } = this.#self;
    const note = decodeNote(input.note);
    if (note?.self.id !== id || note.self.identity === undefined || id === this.#self.id) {
      this.#misbehaved(id, 'a hello');
      return effects.refuse(token, 'the hello is not understood');
    }
    this.#ledger.refute(note.you);
    const peer = this.#ledger.hear(note.self, undefined);
    if (peer < 0) return effects.refuse(token, 'the view is full');
    this.#detector.heard(peer);
    this.#ledger.vouch(peer);
    if (purpose === 'probe') effects.accept(token, encodeNote(this.#self.note(peer, this.#links.healthy)));
    else if (purpose === 'join') this.#join.accept(token, peer, note);
    else this.#overlay.accept(token, peer, note);
  }

  #message(token: Token, message: Message | undefined): void {
    const link = this.#links.of(token);
    if (message?.kind === 'snapshot') return this.#join.snapshot(token, message);
    if (link === undefined) return;
    if (message === undefined) return this.#garbled(link);
    // It is well again, or its peer needs it no longer: then there may be one too many.
    if (link.doubtful || (link.needed && (message.kind === 'ping' || message.kind === 'pong') && !message.needed)) this.#overlay.look();
    link.heard(this.#self.now_ms);
    this.#detector.heard(link.peer);
    this.#ledger.vouch(link.peer);
    switch (message.kind) {
      case 'ping':
      case 'pong':
        return this.#heartbeat.beat(link, message);
      case 'rumors':
        if (message.compared) this.#reconciliation.found(link, message);
        else for (const rumor of message.rumors) this.#ledger.hear(rumor, link);
        return;
      case 'buckets':
        return this.#reconciliation.buckets(link, message);
      case 'entries':
        return this.#reconciliation.entries(link, message);
      case 'want':
        return this.#reconciliation.want(link, message);
      case 'ask':
        return this.#probes.help(link, message.id);
      case 'answer':
        return this.#detector.helped(link, message);
      case 'bye':
        return this.#overlay.bye(link);
    }
  }

  #closed(token: Token): void {
    const link = this.#links.of(token);
    if (link === undefined) this.#join.closed(token);
    else this.#overlay.lost(link);
  }

  #garbled(link: Link): void {
    this.#misbehaved(this.#self.idOf(link.peer), 'a message');
    if (++link.faults >= FAULTS_MAX) this.#overlay.drop(link.peer);
  }

  #misbehaved(id: string, what: string): void {
    this.#self.counters.misbehaved++;
    this.#self.effects.report({ kind: 'misbehaved', id, what });
  }

  #turned(peer: number): void {
    if (!this.#self.view.isLive(peer)) this.#detector.gone(peer);
    this.#overlay.look();
  }

  #leave(): void {
    const { effects } = this.#self;
    this.#ledger.leave();
    this.#self.leaving = true;
    for (const link of [...this.#links.all()]) {
      effects.close(link.token);
      this.#links.remove(link);
    }
    this.#agenda.clear();
    this.#tick_ms = Number.POSITIVE_INFINITY;
  }

  /** Asks for a timer if the one that was asked for would be too late. */
  #wake(fired: boolean): void {
    const next_ms = this.#agenda.next_ms;
    if (fired) this.#asked_ms = Number.POSITIVE_INFINITY;
    if (next_ms >= this.#asked_ms) return;
    this.#asked_ms = next_ms;
    this.#self.effects.timer(next_ms);
  }
}
