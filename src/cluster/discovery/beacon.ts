/**
 * When a server announces itself on one network, and which questions it answers: Trickle and answers together, without sockets, seals or bytes. Pure.
 */
import type { Announcement } from './announcement.js';
import { Answers } from './answers.js';
import type { Hint, Standing } from './hint.js';
import { Trickle } from './trickle.js';

/** What a server knows, queried anew each time. */
export interface Known {
  /** Digest of this server's view, 8 bytes. */
  digest(): Uint8Array;
  /** Number of live servers in this server's view, itself included. */
  members(): number;
  /** By what factor things take longer here than if this process never waited for a processor. */
  slowdown(): number;
  known(hint: Hint): Standing;
}

export class Beacon {
  readonly #known: Known;
  readonly #trickle: Trickle;
  readonly #answers: Answers;

  /** @param random uniform in [0, 1) */
  constructor(known: Known, random: () => number, now_ms: number) {
    this.#known = known;
    this.#trickle = new Trickle(random, now_ms);
    this.#answers = new Answers(random);
  }

  /** When to call `due` next. */
  get wake_ms(): number {
    return Math.min(this.#trickle.wake_ms, this.#answers.wake_ms ?? Infinity);
  }

  /** This server asks: others are to answer what loops back to it. */
  asks(nonce: string): void {
    this.#answers.answered(nonce);
  }

  /** Another server, or a client, asks. */
  asked(nonce: string, now_ms: number): void {
    this.#answers.asked(nonce, now_ms, this.#known.slowdown());
  }

  /** This server's view changed. */
  changed(now_ms: number): void {
    this.#trickle.inconsistent(now_ms, this.#known.members());
  }

  /** Takes another server's announcement; undefined if it is no hint, since that server has left. */
  heard(hint: Announcement, nonce: string | undefined, now_ms: number): Announcement | undefined {
    if (nonce !== undefined) this.#answers.answered(nonce);
    const standing = this.#known.known(hint);
    if (standing === 'left') return undefined;
    if (standing === 'alive' && Buffer.compare(hint.digest, this.#known.digest()) === 0) this.#trickle.consistent();
    else this.#trickle.inconsistent(now_ms, this.#known.members());
    return hint;
  }

  /** The announcements to make now, each with the nonce of the question that it answers, if it answers one. */
  due(now_ms: number): readonly (string | undefined)[] {
    return [...(this.#trickle.step(now_ms) ? [undefined] : []), ...this.#answers.due(now_ms)];
  }
}
