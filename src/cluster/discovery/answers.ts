/**
 * Which questions to answer, and when: after a random moment, and not if somebody else was faster (as RFC 6762 sections 6 and 7.4). Pure.
 *
 * An answer counts for one question only, by its nonce, so that a replayed one silences nobody; a question is answered once, so that a replayed one
 * makes nobody speak.
 */
import { DISCOVERY_ANSWERED_MAX, DISCOVERY_ANSWERS_PENDING_MAX, DISCOVERY_ANSWERS_PER_SECOND } from '../../base/limits.js';
import { RateLimiter } from './rate-limiter.js';

/** The longest wait before an answer. */
export const ANSWER_DELAY_MAX_MS = 100;

export class Answers {
  readonly #random: () => number;
  /** When to answer, by nonce. */
  readonly #pending = new Map<string, number>();
  /** Nonces that were answered, by whomever; oldest first. */
  readonly #answered = new Set<string>();
  readonly #pace = new RateLimiter(DISCOVERY_ANSWERS_PER_SECOND, 1_000);

  /** @param random uniform in [0, 1) */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** When to call `due` next, if ever. */
  get wake_ms(): number | undefined {
    return this.#pending.size === 0 ? undefined : Math.min(...this.#pending.values());
  }

  asked(nonce: string, now_ms: number): void {
    if (this.#answered.has(nonce) || this.#pending.has(nonce) || this.#pending.size >= DISCOVERY_ANSWERS_PENDING_MAX) return;
    this.#pending.set(nonce, now_ms + this.#random() * ANSWER_DELAY_MAX_MS);
  }

  /** Somebody else has answered. */
  answered(nonce: string): void {
    this.#pending.delete(nonce);
    this.#answered.add(nonce);
    for (const oldest of this.#answered) {
      if (this.#answered.size <= DISCOVERY_ANSWERED_MAX) break;
      this.#answered.delete(oldest);
    }
  }

  /** The questions to answer now. Too many in a second: those who ask will ask again. */
  due(now_ms: number): readonly string[] {
    const due = [...this.#pending].filter(([, at_ms]) => at_ms <= now_ms).map(([nonce]) => nonce);
    for (const nonce of due) this.answered(nonce);
    return due.filter(() => this.#pace.take(now_ms));
  }
}
