/**
 * A verification in progress: is that server alive? It runs in rounds, each a dial by this server and, if that does not settle it, dials by helpers.
 */
import type { OwnOutcome } from './dials.js';
import type { Outcome } from './gossip-message.js';
import type { Token } from './protocol.js';
import type { Timer } from './timer-queue.js';

export class Verification {
  readonly peer: number;
  readonly since_ms: number;
  round = 1;
  /** When this round began. */
  round_ms: number;
  dial: Token | undefined;
  /** Outcome of this server's dial. */
  own: OwnOutcome | undefined;
  /** Helpers that have not answered. */
  asked = new Set<number>();
  answers: Outcome[] = [];
  /** They are not waited for any more; the own dial may take longer. */
  isLast = false;
  /** Asks helpers, unless a SYN-ACK arrives first. */
  alone: Timer | undefined;
  timers: Timer[] = [];

  constructor(peer: number, since_ms: number) {
    this.peer = peer;
    this.since_ms = since_ms;
    this.round_ms = since_ms;
  }

  /** Forgets what this round found. */
  nextRound(): void {
    this.round++;
    this.own = undefined;
    this.asked = new Set();
    this.answers = [];
    this.isLast = false;
    this.alone = undefined;
    this.timers = [];
  }
}
