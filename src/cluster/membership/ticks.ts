/**
 * The tick of one server's membership: when it looks at conditions that change slowly. A daemon at rest does not wake for nothing, so the next tick is
 * the first one that has something to do.
 *
 * Ticks keep to a grid, lest the phases of servers that started together drift into one.
 */
import type { Heartbeat } from './heartbeat.js';
import type { Overlay } from './overlay.js';
import type { Self } from './self.js';
import type { Timer } from './timer-queue.js';

export interface TickParts {
  readonly heartbeat: Heartbeat;
  readonly overlay: Overlay;
}

export class Ticks {
  readonly #self: Self;
  readonly #parts: TickParts;
  readonly #tick: () => void;
  /** When the next one is due; infinity before the start and after the end. */
  #next_ms = Number.POSITIVE_INFINITY;
  #timer: Timer | undefined;
  /** A point of the grid, and that of the last tick. */
  #phase_ms = 0;
  #last_ms = 0;

  constructor(self: Self, parts: TickParts, tick: () => void) {
    this.#self = self;
    this.#parts = parts;
    this.#tick = tick;
  }

  /** By how much the tick that is due is late; negative if none is due. */
  get late_ms(): number {
    return this.#self.now_ms - this.#next_ms;
  }

  start(): void {
    const { now_ms, random, parameters } = this.#self;
    this.#phase_ms = now_ms + random.between(0, parameters.tick_ms);
    this.#last_ms = this.#phase_ms - parameters.tick_ms;
    this.#at(this.#phase_ms);
  }

  end(): void {
    this.#self.timers.cancel(this.#timer);
    this.#next_ms = Number.POSITIVE_INFINITY;
  }

  /** This server was away, and knows it: the tick that is due is not late any more. */
  forgive(): void {
    this.#next_ms = this.#self.now_ms;
  }

  /** At the end of a step: sets the time of the next one anew. */
  plan(): void {
    if (this.#next_ms === Number.POSITIVE_INFINITY) return;
    const { now_ms, parameters } = this.#self;
    const { tick_ms, tickMax_ms } = parameters;
    const { heartbeat, overlay } = this.#parts;
    const wanted_ms = overlay.isLacking ? this.#last_ms : Math.min(heartbeat.due_ms, this.#last_ms + tickMax_ms);
    // Never in the past: that would look as if this process had not run.
    const least_ms = Math.max(wanted_ms, this.#last_ms + tick_ms / 2, now_ms);
    const at_ms = this.#phase_ms + Math.ceil((least_ms - this.#phase_ms) / tick_ms) * tick_ms;
    if (at_ms !== this.#next_ms) this.#at(at_ms);
  }

  #at(at_ms: number): void {
    const { timers } = this.#self;
    timers.cancel(this.#timer);
    this.#next_ms = at_ms;
    this.#timer = timers.at(at_ms, 'tick', () => {
      this.#last_ms = Math.max(this.#next_ms, this.#self.now_ms - this.#self.parameters.tick_ms / 2);
      this.#tick();
    });
  }
}
