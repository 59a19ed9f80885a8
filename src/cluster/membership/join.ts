/**
 * Getting in: a seed names some members, one of them hands over its view. Both ends of that are here.
 *
 * A thousand who join at once through three seeds do not fetch a thousand views from the seeds; and they wait a little before they look for
 * random links, so that those who come a moment later are in their views.
 */
import { JOINS_MAX, MEMBERSHIP_RUMORS_MAX, MEMBERSHIP_SEEDS_MAX } from '../../base/limits.js';
import { encodeNote } from './codec.js';
import type { Dials } from './dials.js';
import type { ViewUpdates } from './view-updates.js';
import type { PeerLinks } from './peer-links.js';
import type { HelloNote, ViewChunk } from './gossip-message.js';
import type { Overlay } from './overlay.js';
import type { Token } from './protocol.js';
import type { Rumor } from './record.js';
import type { Self } from './self.js';
import type { Timer } from './timer-queue.js';

/** A join by this server that is under way. */
interface Attempt {
  /** The dial, then the connection. */
  token: Token;
  note: HelloNote | undefined;
  peer: number;
  readonly deadline: Timer;
}

/** One who joins through this server. */
interface Guest {
  readonly deadline: Timer;
}

export class Join {
  readonly #self: Self;
  readonly #links: PeerLinks;
  readonly #dials: Dials;
  readonly #updates: ViewUpdates;
  readonly #overlay: Overlay;
  readonly #guests = new Map<Token, Guest>();
  #seeds: string[] = [];
  #attempt: Attempt | undefined;
  /** Where the view may be fetched from. */
  #sample: Rumor[] = [];
  #retry_ms: number;
  #retry: Timer | undefined;
  /** It has got in once, through the seeds or as the first. */
  #joined = false;
  /** Seeds still to be tried in this round. */
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

  /** An address that discovery has found, while this server is alone. */
  hint(address: string): void {
    if (this.#seeds.length >= MEMBERSHIP_SEEDS_MAX || this.#seeds.includes(address)) return;
    this.#seeds.push(address);
    this.#joined = false;
    if (this.#attempt === undefined) this.#begin();
  }

  /** Somebody joins through this server. */
  accept(token: Token, peer: number, note: HelloNote): void {
    if (this.#guests.size >= JOINS_MAX) return this.#self.effects.refuse(token, 'too many join at once');
    const { view, effects, timers, now_ms } = this.#self;
    const snapshot = note.snapshot || view.live <= this.#self.parameters.joinSample;
    const linked = snapshot && this.#links.to(peer) === undefined && this.#overlay.hasRoom(peer, note);
    const sample = snapshot ? [] : this.#pick();
    effects.accept(
      token,
      encodeNote(this.#self.note(peer, this.#links.healthy, { snapshot, linked, sample, needed: linked && this.#overlay.needs(peer) })),
    );
    if (snapshot) this.#hand(token);
    if (linked) this.#overlay.add(token, peer, false, note);
    else this.#guests.set(token, { deadline: timers.at(now_ms + this.#self.parameters.join_ms, 'guest', () => this.#dismiss(token)) });
  }

  /** A part of the view that this server fetches. */
  snapshot(token: Token, { rumors, last }: ViewChunk): void {
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

  /** The connection has broken. */
  closed(token: Token): void {
    const guest = this.#guests.get(token);
    if (guest !== undefined) {
      this.#self.timers.cancel(guest.deadline);
      this.#guests.delete(token);
    }
    if (this.#attempt?.token !== token) return;
    this.#end(this.#attempt);
    this.#next();
  }

  /** One who has lost everybody asks the seeds again. */
  tick(): void {
    if (this.#self.view.live === 1 && this.#attempt === undefined && this.#retry === undefined && this.#seeds.length > 0) this.#later();
  }

  #next(): void {
    if (this.#self.leaving) return;
    const member = this.#sample.shift();
    if (member?.identity !== undefined) return this.#dial(member.identity.address, member.id);
    const seed = this.#round.shift();
    if (seed === undefined) this.#later();
    else this.#dial(seed, undefined);
  }

  #begin(): void {
    this.#self.timers.cancel(this.#retry);
    this.#retry = undefined;
    if (this.#attempt !== undefined || (this.#joined && this.#self.view.live > 1)) return;
    this.#round = [...this.#seeds];
    this.#next();
  }

  /** Nobody answers: it is alone for now, reachable for others, and tries again. */
  #later(): void {
    const { timers, now_ms, random } = this.#self;
    this.#open(now_ms);
    this.#retry ??= timers.at(now_ms + this.#retry_ms * random.between(0.75, 1.25), 'join', () => this.#begin());
    this.#retry_ms = Math.min(this.#self.parameters.seedRetryMax_ms, this.#retry_ms * 2);
  }

  #dial(address: string, id: string | undefined): void {
    const { timers, now_ms, view } = this.#self;
    const deadline = timers.at(now_ms + this.#self.parameters.join_ms, 'join', () => this.#giveUp());
    const fetches = id !== undefined;
    const token = this.#dials.start({
      address,
      id,
      purpose: 'join',
      note: this.#self.note(id === undefined ? -1 : view.identities.find(id), this.#links.healthy, { snapshot: fetches }),
      timeout_ms: this.#self.parameters.join_ms,
      established: (made, _id, note) => this.#established(made, note),
      failed: () => {
        if (this.#attempt !== undefined) this.#end(this.#attempt);
        this.#next();
      },
    });
    this.#attempt = { token, note: undefined, peer: -1, deadline };
  }

  #established(token: Token, note: HelloNote): void {
    const attempt = this.#attempt;
    if (attempt === undefined) return this.#self.effects.close(token);
    this.#updates.refute(note.you);
    attempt.peer = this.#updates.hear(note.self, undefined);
    attempt.token = token;
    attempt.note = note;
    if (note.snapshot) return;
    // A sample: the view itself comes from one of these, or from the seed if none of them answers.
    this.#end(attempt);
    this.#self.effects.close(token);
    this.#sample = [...note.sample.filter(({ id }) => id !== this.#self.id).slice(0, this.#self.parameters.joinSamplesTried), note.self];
    this.#next();
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
    this.#joined = true;
    this.#sample = [];
    this.#round = [];
    this.#retry_ms = this.#self.parameters.seedRetryMin_ms;
    this.#open(this.#self.now_ms + this.#self.random.between(this.#self.parameters.joinFillMin_ms, this.#self.parameters.joinFillMax_ms));
  }

  #open(fill_ms: number): void {
    if (this.#overlay.isOpen) return this.#overlay.look();
    this.#overlay.open(fill_ms);
    this.#self.effects.report({ kind: 'ready', members: this.#self.view.live });
  }

  /** Random members, by their whole records. */
  #pick(): readonly Rumor[] {
    const { view, random, number } = this.#self;
    const picked = new Set<number>();
    for (let count = 0; count < this.#self.parameters.joinSample; count++) {
      const peer = view.randomLive(random);
      if (peer >= 0 && peer !== number) picked.add(peer);
    }
    return [...picked].map((peer) => this.#self.rumor(peer, true));
  }

  #hand(token: Token): void {
    const { view, effects } = this.#self;
    let rumors: Rumor[] = [];
    for (const [number] of view.entries()) {
      if (!view.isLive(number)) continue;
      rumors.push(this.#self.rumor(number, true));
      if (rumors.length < MEMBERSHIP_RUMORS_MAX) continue;
      effects.send(token, { kind: 'snapshot', rumors, last: false });
      rumors = [];
    }
    effects.send(token, { kind: 'snapshot', rumors, last: true });
  }

  /** One who does not hang up is hung up on. */
  #dismiss(token: Token): void {
    this.#guests.delete(token);
    this.#self.effects.close(token);
  }
}
