/**
 * Local health: how far a server trusts its own observations. If its timers are late, the process was not running, and what it missed proves nothing
 * about others (Dadgar, Phillips, Currey: Lifeguard, DSN-W 2018).
 */
import type { Parameters } from './parameters.js';

/** So long one silent process counts. */
const SILENT_MS = 10_000;

export class LocalHealth {
  readonly #parameters: Parameters;
  /** 0: healthy. Each point stretches the timeouts granted to others. */
  #score = 0;
  #quietUntil_ms = Number.NEGATIVE_INFINITY;
  #recovered_ms = 0;
  /** Addresses where a process was silent lately, and when. */
  readonly #silent = new Map<string, number>();

  constructor(parameters: Parameters) {
    this.#parameters = parameters;
  }

  get score(): number {
    return this.#score;
  }

  /** No verdict is passed until then. */
  get quietUntil_ms(): number {
    return this.#quietUntil_ms;
  }

  late(now_ms: number): void {
    this.#score = Math.min(this.#parameters.healthMax, this.#score + 1);
    this.#quietUntil_ms = now_ms + this.#parameters.lateQuiet_ms;
    this.#recovered_ms = now_ms;
  }

  /** A dial of that address was answered by the kernel there and not by the process. */
  silent(address: string, now_ms: number): void {
    this.#silent.delete(address);
    this.#silent.set(address, now_ms);
    this.#forget(now_ms);
  }

  tick(now_ms: number): void {
    this.#forget(now_ms);
    if (this.#score === 0 || now_ms - this.#recovered_ms < this.#parameters.healthRecovery_ms) return;
    this.#score--;
    this.#recovered_ms = now_ms;
  }

  /** Stretches a timeout for a pong or a suspicion. */
  patience(time_ms: number): number {
    return time_ms * (1 + this.#parameters.healthStretch * this.#score);
  }

  /** Stretches a timeout for a dial. One silent process says nothing about this one. */
  dial(time_ms: number): number {
    const { healthMax, healthDialStretch } = this.#parameters;
    const points = Math.min(healthMax, this.#score + Math.max(0, this.#silent.size - 1));
    return time_ms * (1 + healthDialStretch * points);
  }

  #forget(now_ms: number): void {
    for (const [address, at_ms] of this.#silent) {
      if (now_ms - at_ms < SILENT_MS && this.#silent.size <= this.#parameters.healthMax + 1) return;
      this.#silent.delete(address);
    }
  }
}
