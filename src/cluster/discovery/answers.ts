/**
 * Decides which questions to answer, and when: after a random delay, unless another server was faster (as in RFC 6762 sections 6 and 7.4). Pure.
 *
 * An answer is tied to one question by its nonce, so a replayed answer silences nobody; each question is answered once, so a replayed question
 * triggers nothing.
 */
import { DISCOVERY_ANSWERED_MAX, DISCOVERY_ANSWERS_PENDING_MAX, DISCOVERY_ANSWERS_PER_SECOND } from '../../base/limits.js';
import { RateLimiter } from './rate-limiter.js';

/** Longest delay before an answer; on a busy host, where it takes longer until the others hear that one has answered, it grows. */
export const ANSWER_SPREAD_MS = 100;

export class Answers {
  readonly #random: () => number;
  /** When to answer, by nonce. */
  readonly #pending = new Map<string, number>();
  /** Nonces of questions answered by any server, oldest first. */
  readonly #answered = new Set<string>();
  readonly #pace = new RateLimiter(DISCOVERY_ANSWERS_PER_SECOND, 1_000);

  /** @param random uniform in [0, 1) */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** When to call `due` next; undefined if nothing is pending. */
  get wake_ms(): number | undefined {
    return this.#pending.size === 0 ? undefined : Math.min(...this.#pending.values());
  }

  /** @param slowdown by what factor things take longer here, since this process waits for a processor */
  asked(nonce: string, now_ms: number, slowdown: number): void {
    if (this.#answered.has(nonce) || this.#pending.has(nonce) || this.#pending.size >= DISCOVERY_ANSWERS_PENDING_MAX) return;
    this.#pending.set(nonce, now_ms + this.#random() * ANSWER_SPREAD_MS * slowdown);
  }

  /** Another server answered. */
  answered(nonce: string): void {
    this.#pending.delete(nonce);
    this.#answered.add(nonce);
    for (const oldest of this.#answered) {
      if (this.#answered.size <= DISCOVERY_ANSWERED_MAX) break;
      this.#answered.delete(oldest);
    }
  }

  /** The questions to answer now. Those beyond the rate limit are dropped: askers repeat them. */
  due(now_ms: number): readonly string[] {
    const due = [...this.#pending].filter(([, at_ms]) => at_ms <= now_ms).map(([nonce]) => nonce);
    for (const nonce of due) this.answered(nonce);
    return due.filter(() => this.#pace.take(now_ms));
  }
}
