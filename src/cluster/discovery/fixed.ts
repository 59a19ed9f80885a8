/**
 * Fixed URLs (`-j circuit://HOST:PORT/PID/ID`) as a source of addresses. They are offered repeatedly, with back-off: the server meant may start later
 * than this one, or come back.
 */
import type { ServerUrl } from '../../base/address.js';
import { BackOff } from './back-off.js';
import { type Clock, pass } from '../../base/clock.js';
import type { Hint, Source } from './hint.js';

export class FixedAddresses implements Source {
  readonly #hints: readonly Hint[];
  readonly #clock: Clock;
  readonly #random: () => number;

  /** @param random uniform in [0, 1) */
  constructor(urls: readonly ServerUrl[], clock: Clock, random: () => number) {
    this.#hints = urls.map(({ host, port, id }) => ({ address: { host, port }, id: id === '' ? undefined : id }));
    this.#clock = clock;
    this.#random = random;
  }

  async *addresses(signal: AbortSignal): AsyncGenerator<Hint, void, undefined> {
    const backOff = new BackOff(this.#random);
    while (!signal.aborted && this.#hints.length > 0) {
      yield* this.#hints;
      await pass(this.#clock, backOff.next_ms(), signal);
    }
  }
}
