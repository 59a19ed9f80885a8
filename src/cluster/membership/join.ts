/**
 * Joining, the joiner's side: a seed names some members, one of them hands over its view. (`joiners.ts` has the other side.)
 *
 * A joiner dials one address at a time, and after each looks again at what it knows by then; one that does not answer within a second holds up no
 * other. It waits a little before it looks for random links, so that servers joining a moment later are in its view by then.
 */
import { MEMBERSHIP_HINT_DIALS_MAX, MEMBERSHIP_SEEDS_MAX } from '../../base/limits.js';
import type { Dials } from './dials.js';
import type { HelloNote, ViewChunk } from './gossip-message.js';
import type { Overlay } from './overlay.js';
import type { DialFailed, DialSuccess } from './part-event.js';
import type { PeerLinks } from './peer-links.js';
import type { Hint, Token } from './protocol.js';
import type { Rumor } from './record.js';
import type { Self } from './self.js';
import type { Timer } from './timer-queue.js';
import type { ViewUpdates } from './view-updates.js';

/** One server being asked, for a sample or for its view. */
interface Attempt {
  readonly token: Token;
  /** Whether discovery named it, or the seed that led to it. */
  readonly hinted: boolean;
  readonly deadline: Timer;
  /** Until it fires, nobody else is asked. */
  readonly patience: Timer;
  isOverdue: boolean;
  /** Members left to fetch the view from if this fails. */
  readonly sample: Rumor[];
  note: HelloNote | undefined;
  peer: number;
  /** Members that the view fetched so far names. */
  readonly named: Set<number>;
}

export class Join {
  readonly #self: Self;
  readonly #links: PeerLinks;
  readonly #dials: Dials;
  readonly #updates: ViewUpdates;
  readonly #overlay: Overlay;
  #seeds: string[] = [];
  readonly #attempts = new Map<Token, Attempt>();
  #retry_ms: number;
  #retry: Timer | undefined;
  /** Whether this server has joined once, or is the first. */
  #joined = false;
  /** Seeds not tried yet in this round. */
  #round: string[] = [];

  constructor(self: Self, links: PeerLinks, dials: Dials, updates: ViewUpdates, overlay: Overlay) {
    this.#self = self;
    this.#retry_ms = self.parameters.seedRetryMin_ms;
    this.#links = links;
    this.#dials = dials;
    this.#updates = updates;
    this.#overlay = overlay;
  }

  start(seeds: readonly string[]): void {
    this.#seeds = seeds.filter((seed) => seed !== this.#self.addressOf(this.#self.number));
    if (this.#seeds.length === 0) this.#done();
    else this.#begin();
  }

  /** Whether one more address may be asked now. */
  get isFree(): boolean {
    if (this.#attempts.size >= MEMBERSHIP_HINT_DIALS_MAX) return false;
    for (const { isOverdue } of this.#attempts.values()) if (!isOverdue) return false;
    return true;
  }

  /** Attempts that hints have caused. */
  get hinted(): number {
    let count = 0;
    for (const { hinted } of this.#attempts.values()) if (hinted) count++;
    return count;
  }

  /** Asks a server that discovery found while this one is alone. */
  hint({ address, id, members }: Hint): void {
    // Those that announce themselves are heard again; any other address is tried again.
    if (members === undefined && this.#seeds.length < MEMBERSHIP_SEEDS_MAX && !this.#seeds.includes(address)) this.#seeds.push(address);
    this.#joined = false;
    // Another server may be there by now, as good as the one before.
    this.#dial({ address, id: members === undefined ? undefined : id, hinted: true, wholeView: false, sample: [] });
  }

  /** Asks the next seed, unless somebody is being asked already. */
  proceed(): void {
    if (this.#self.leaving || !this.isFree) return;
    const seed = this.#round.shift();
    if (seed !== undefined) this.#dial({ address: seed, id: undefined, hinted: false, wholeView: false, sample: [] });
    else if (this.#attempts.size === 0 && !this.#joined) this.#later();
  }

  dialSucceeded({ token, note }: DialSuccess): void {
    const attempt = this.#attempts.get(token);
    if (attempt === undefined) return this.#self.effects.close(token);
    this.#updates.refute(note.you);
    attempt.peer = this.#updates.hear(note.self, undefined);
    attempt.note = note;
    if (note.linked && attempt.peer >= 0) this.#overlay.expect(attempt.peer, true);
    if (note.snapshot) return;
    // A sample: fetches the view from one of its members, or from the seed if none of them answers.
    this.#end(attempt);
    this.#self.effects.close(token);
    const others = note.sample.filter(({ id }) => id !== this.#self.id);
    attempt.sample.unshift(...others.slice(0, this.#self.parameters.joinSamplesTried), note.self);
    this.#next(attempt);
  }

  dialFailed({ token }: DialFailed): void {
    this.#failed(token);
  }

  /** Takes a part of the view that this server fetches. */
  chunk(token: Token, { rumors, last }: ViewChunk): void {
    const attempt = this.#attempts.get(token);
    if (attempt?.note === undefined) return;
    for (const rumor of rumors) attempt.named.add(this.#updates.hear(rumor, undefined));
    if (!last) return;
    this.#end(attempt);
    if (attempt.note.linked && attempt.peer >= 0 && this.#links.to(attempt.peer) === undefined) {
      const link = this.#overlay.add(token, attempt.peer, true, attempt.note);
      this.#overlay.tell(link, attempt.named);
    } else this.#self.effects.close(token);
    this.#done();
  }

  /** The connection broke. */
  closed(token: Token): void {
    this.#failed(token);
  }

  /** A server that has lost everybody asks the seeds again. */
  tick(): void {
    if (this.#self.view.live === 1 && this.#attempts.size === 0 && this.#retry === undefined && this.#seeds.length > 0) this.#later();
  }

  #begin(): void {
    this.#self.timers.cancel(this.#retry);
    this.#retry = undefined;
    if (this.#attempts.size > 0 || (this.#joined && this.#self.view.live > 1)) return;
    this.#round = [...this.#seeds];
    this.#next();
  }

  /** Goes on with the sample of an attempt that has ended; or else with what discovery has found meanwhile, and if that is nothing, the next seed. */
  #next(ended?: Attempt): void {
    const { sample = [], hinted = false } = ended ?? {};
    const member = sample.shift();
    if (member?.identity !== undefined)
      return this.#dial({ address: member.identity.address, id: member.id, hinted, wholeView: true, sample });
    this.#self.emit({ kind: 'joinDue' });
  }

  /** Nobody answers: the server starts alone, can be joined by others, and tries again later. */
  #later(): void {
    const { timers, now_ms, random, parameters } = this.#self;
    if (!this.#overlay.isOpen) this.#open(now_ms);
    if (this.#seeds.length === 0) return;
    this.#retry ??= timers.at(now_ms + this.#retry_ms * random.between(0.75, 1.25), 'join', () => this.#begin());
    this.#retry_ms = Math.min(parameters.seedRetryMax_ms, this.#retry_ms * 2);
  }

  /** `wholeView`: the server's whole view is fetched; else whatever it gives, a sample as a rule. */
  #dial({
    address,
    id,
    hinted,
    wholeView,
    sample,
  }: Pick<Hint, 'address' | 'id'> & Pick<Attempt, 'hinted' | 'sample'> & { readonly wholeView: boolean }): void {
    // prettier-ignore
    const { timers, now_ms, view, health, parameters } = this.#self;
    const peer = id === undefined ? -1 : view.identities.find(id);
    const token = this.#dials.start({
      address,
      id,
      purpose: 'join',
      note: this.#self.note(peer, this.#links.healthy, { snapshot: wholeView }),
      timeout_ms: parameters.join_ms,
      reason: { for: 'join' },
    });
    const deadline = timers.at(now_ms + health.handshake(parameters.join_ms), 'join', () => this.#giveUp(token));
    const patience = timers.at(now_ms + health.handshake(parameters.joinPatience_ms), 'join', () => this.#overdue(token));
    const attempt = { token, hinted, deadline, patience, isOverdue: false, sample, note: undefined, peer: -1, named: new Set<number>() };
    this.#attempts.set(token, attempt);
  }

  /** Somebody else may be asked as well. */
  #overdue(token: Token): void {
    const attempt = this.#attempts.get(token);
    if (attempt === undefined) return;
    attempt.isOverdue = true;
    this.#next();
  }

  #giveUp(token: Token): void {
    const attempt = this.#attempts.get(token);
    if (attempt === undefined) return;
    if (attempt.note === undefined) this.#dials.cancel(token);
    else this.#self.effects.close(token);
    this.#failed(token);
  }

  #failed(token: Token): void {
    const attempt = this.#attempts.get(token);
    if (attempt === undefined) return;
    this.#end(attempt);
    this.#next(attempt);
  }

  #end(attempt: Attempt): void {
    this.#self.timers.cancel(attempt.deadline);
    this.#self.timers.cancel(attempt.patience);
    this.#attempts.delete(attempt.token);
    if (attempt.note?.linked === true && attempt.peer >= 0) this.#overlay.expect(attempt.peer, false);
  }

  #done(): void {
    const { now_ms, random, parameters } = this.#self;
    this.#joined = true;
    this.#round = [];
    this.#retry_ms = parameters.seedRetryMin_ms;
    this.#open(now_ms + random.between(parameters.joinFillMin_ms, parameters.joinFillMax_ms));
    this.#self.emit({ kind: 'joinDue' });
  }

  #open(fill_ms: number): void {
    const isFirst = !this.#overlay.isOpen;
    this.#overlay.open(fill_ms);
    if (isFirst) this.#self.effects.report({ kind: 'ready', members: this.#self.view.live });
  }
}
