/**
 * How far a server may trust its own observations: one whose timers are late was not running, and what it missed says nothing about others
 * (Dadgar, Phillips, Currey: Lifeguard, 2017).
 */
import type { Parameters } from './parameters.js';

export class LocalHealth {
  readonly #parameters: Parameters;
  /** 0: well; each step stretches what others are given. */
  #score = 0;
  #quietUntil_ms = Number.NEGATIVE_INFINITY;
  #recovered_ms = 0;

  constructor(parameters: Parameters) {
    this.#parameters = parameters;
  }

  get score(): number {
    return this.#score;
  }

  /** Until then no verdict is passed. */
  get quietUntil_ms(): number {
    return this.#quietUntil_ms;
  }

  late(now_ms: number): void {
    this.#score = Math.min(this.#parameters.healthMax, this.#score + 1);
    this.#quietUntil_ms = now_ms + this.#parameters.lateQuiet_ms;
    this.#recovered_ms = now_ms;
  }

  tick(now_ms: number): void {
    if (this.#score === 0 || now_ms - this.#recovered_ms < this.#parameters.healthRecovery_ms) return;
    this.#score--;
    this.#recovered_ms = now_ms;
  }

  /** A time that others are given: for a pong, a suspicion. */
  patience(time_ms: number): number {
    return time_ms * (1 + this.#parameters.healthStretch * this.#score);
  }

  /** A time that a dial is given. */
  dial(time_ms: number): number {
    return time_ms * (1 + this.#parameters.healthDialStretch * this.#score);
  }
}
