/**
 * One question under way: is that server alive? It is asked in rounds, each a dial of one's own and, if that is not enough, those of helpers.
 */
import type { Timer } from './timer-queue.js';
import type { Outcome } from './gossip-message.js';
import type { Token } from './protocol.js';

export class Verification {
  readonly peer: number;
  readonly since_ms: number;
  round = 1;
  dial: Token | undefined;
  /** What the own dial came to. */
  own: Outcome | undefined;
  /** Helpers who have not answered yet. */
  asked = new Set<number>();
  answers: Outcome[] = [];
  timers: Timer[] = [];

  constructor(peer: number, since_ms: number) {
    this.peer = peer;
    this.since_ms = since_ms;
  }

  /** The next round begins with nothing known. */
  nextRound(): void {
    this.round++;
    this.own = undefined;
    this.asked = new Set();
    this.answers = [];
    this.timers = [];
  }
}
