/**
 * Joining, the joiner's side: a seed names some members, one of them hands over its view. (`joiners.ts` has the other side.)
 *
 * A joiner waits a little before it looks for random links, so that servers joining a moment later are in its view by then.
 */
import { MEMBERSHIP_SEEDS_MAX } from '../../base/limits.js';
import type { Dials } from './dials.js';
import type { HelloNote, ViewChunk } from './gossip-message.js';
import type { Overlay } from './overlay.js';
import type { DialSuccess } from './part-event.js';
import type { PeerLinks } from './peer-links.js';
import type { Token } from './protocol.js';
import type { Rumor } from './record.js';
import type { Self } from './self.js';
import type { Timer } from './timer-queue.js';
import type { ViewUpdates } from './view-updates.js';

/** One server being asked, for a sample or for its view. */
interface Attempt {
  /** The dial, then the connection. */
  token: Token;
  note: HelloNote | undefined;
  peer: number;
  readonly deadline: Timer;
}

export class Join {
  readonly #self: Self;
  readonly #links: PeerLinks;
  readonly #dials: Dials;
  readonly #updates: ViewUpdates;
  readonly #overlay: Overlay;
  #seeds: string[] = [];
  #attempt: Attempt | undefined;
  /** Members that may hand over their view. */
  #sample: Rumor[] = [];
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

  /** Takes an address that discovery found while this server is alone. */
  hint(address: string): void {
    if (this.#seeds.length >= MEMBERSHIP_SEEDS_MAX || this.#seeds.includes(address)) return;
    this.#seeds.push(address);
    this.#joined = false;
    if (this.#attempt === undefined) this.#begin();
  }

  dialSucceeded({ token, note }: DialSuccess): void {
    const attempt = this.#attempt;
    if (attempt === undefined) return this.#self.effects.close(token);
    this.#updates.refute(note.you);
    attempt.peer = this.#updates.hear(note.self, undefined);
    attempt.token = token;
    attempt.note = note;
    if (note.snapshot) return;
    // A sample: fetches the view from one of its members, or from the seed if none of them answers.
    this.#end(attempt);
    this.#self.effects.close(token);
    const others = note.sample.filter(({ id }) => id !== this.#self.id);
    this.#sample = [...others.slice(0, this.#self.parameters.joinSamplesTried), note.self];
    this.#next();
  }

  dialFailed(): void {
    if (this.#attempt !== undefined) this.#end(this.#attempt);
    this.#next();
  }

  /** Takes a part of the view that this server fetches. */
  chunk(token: Token, { rumors, last }: ViewChunk): void {
    const attempt = this.#attempt;
    if (attempt?.token !== token || attempt.note === undefined) return;
    for (const rumor of rumors) this.#updates.hear(rumor, undefined);
    if (!last) return;
    this.#end(attempt);
    if (attempt.note.linked && attempt.peer >= 0 && this.#links.to(attempt.peer) === undefined)
      this.#overlay.add(token, attempt.peer, true, attempt.note);
    else this.#self.effects.close(token);
    this.#done();
  }

  /** The connection broke. */
  closed(token: Token): void {
    if (this.#attempt?.token !== token) return;
    this.#end(this.#attempt);
    this.#next();
  }

  /** A server that has lost everybody asks the seeds again. */
  tick(): void {
    if (this.#self.view.live === 1 && this.#attempt === undefined && this.#retry === undefined && this.#seeds.length > 0) this.#later();
  }

  #begin(): void {
    this.#self.timers.cancel(this.#retry);
    this.#retry = undefined;
    if (this.#attempt !== undefined || (this.#joined && this.#self.view.live > 1)) return;
    this.#round = [...this.#seeds];
    this.#next();
  }

  #next(): void {
    if (this.#self.leaving) return;
    const member = this.#sample.shift();
    if (member?.identity !== undefined) return this.#dial(member.identity.address, member.id);
    const seed = this.#round.shift();
    if (seed === undefined) this.#later();
    else this.#dial(seed, undefined);
  }

  /** Nobody answers: the server starts alone, can be joined by others, and tries again later. */
  #later(): void {
    const { timers, now_ms, random, parameters } = this.#self;
    this.#open(now_ms);
    this.#retry ??= timers.at(now_ms + this.#retry_ms * random.between(0.75, 1.25), 'join', () => this.#begin());
    this.#retry_ms = Math.min(parameters.seedRetryMax_ms, this.#retry_ms * 2);
  }

  /** @param id the member whose whole view is fetched; undefined: whichever server is at that address, which sends a sample of its own */
  #dial(address: string, id: string | undefined): void {
    const { timers, now_ms, view, parameters } = this.#self;
    const deadline = timers.at(now_ms + parameters.join_ms, 'join', () => this.#giveUp());
    const peer = id === undefined ? -1 : view.identities.find(id);
    const token = this.#dials.start({
      address,
      id,
      purpose: 'join',
      note: this.#self.note(peer, this.#links.healthy, { snapshot: id !== undefined }),
      timeout_ms: parameters.join_ms,
      reason: { for: 'join' },
    });
    this.#attempt = { token, note: undefined, peer: -1, deadline };
  }

  #giveUp(): void {
    const attempt = this.#attempt;
    if (attempt === undefined) return;
    this.#end(attempt);
    if (attempt.note === undefined) this.#dials.cancel(attempt.token);
    else this.#self.effects.close(attempt.token);
    this.#next();
  }

  #end(attempt: Attempt): void {
    this.#self.timers.cancel(attempt.deadline);
    this.#attempt = undefined;
  }

  #done(): void {
    const { now_ms, random, parameters } = this.#self;
    this.#joined = true;
    this.#sample = [];
    this.#round = [];
    this.#retry_ms = parameters.seedRetryMin_ms;
    this.#open(now_ms + random.between(parameters.joinFillMin_ms, parameters.joinFillMax_ms));
  }

  #open(fill_ms: number): void {
    if (this.#overlay.isOpen) return this.#overlay.look();
    this.#overlay.open(fill_ms);
    this.#self.effects.report({ kind: 'ready', members: this.#self.view.live });
  }
}
