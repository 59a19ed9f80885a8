/**
 * Local health: how far a server trusts its own observations. If its timers are late, the process was not running, and what it missed proves nothing
 * about others (Dadgar, Phillips, Currey: Lifeguard, DSN-W 2018). If it waits for a processor most of the time, everything takes longer, here and as
 * a rule at the others, whose hosts are as busy: what it gave up it would only do again.
 */
import type { Parameters } from './parameters.js';

/** So long one silent process counts. */
const SILENT_MS = 10_000;

export class LocalHealth {
  readonly #parameters: Parameters;
  readonly #askSlowdown: () => number;
  /** 0: healthy. Each point stretches the timeouts granted to others. */
  #score = 0;
  #quietUntil_ms = Number.NEGATIVE_INFINITY;
  #recovered_ms = 0;
  #slowdown = 1;
  /** Addresses where a process was silent lately, and when. */
  readonly #silent = new Map<string, number>();

  /** @param slowdown by what factor things take longer now than they would if this process never waited for a processor */
  constructor(parameters: Parameters, slowdown: () => number) {
    this.#parameters = parameters;
    this.#askSlowdown = slowdown;
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
    this.#look();
    this.#forget(now_ms);
    if (this.#score === 0 || now_ms - this.#recovered_ms < this.#parameters.healthRecovery_ms) return;
    this.#score--;
    this.#recovered_ms = now_ms;
  }

  /** Stretches a timeout for a pong or a suspicion. */
  patience(time_ms: number): number {
    return this.grace(time_ms) * (1 + this.#parameters.healthStretch * this.#score);
  }

  /** Stretches the time in which others are expected to do something, or to tell of it. */
  grace(time_ms: number): number {
    return time_ms * this.#slowdown;
  }

  /** Stretches a timeout for a dial, which the kernel there answers. One silent process says nothing about this one. */
  dial(time_ms: number): number {
    const { healthMax, healthDialStretch } = this.#parameters;
    const points = Math.min(healthMax, this.#score + Math.max(0, this.#silent.size - 1));
    return time_ms * (1 + healthDialStretch * points);
  }

  /** Stretches a timeout for what two processes do in turn. */
  handshake(time_ms: number): number {
    this.#look();
    return this.grace(this.dial(time_ms));
  }

  /** At each tick and handshake, so that what is told is not of hours. */
  #look(): void {
    this.#slowdown = this.#askSlowdown();
  }

  #forget(now_ms: number): void {
    for (const [address, at_ms] of this.#silent) {
      if (now_ms - at_ms < SILENT_MS && this.#silent.size <= this.#parameters.healthMax + 1) return;
      this.#silent.delete(address);
    }
  }
}
