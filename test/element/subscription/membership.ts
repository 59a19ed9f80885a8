/**
 * The members of a circuit, as a test wants them.
 */
import type { WaitOptions } from '../../../src/base/bytes.js';
import type { Membership } from '../../../src/element/subscription/subscription.js';
import { Polls } from '../../../src/stream/polls.js';

export class TestMembership implements Membership {
  #ids: readonly string[];
  #version = 0;
  #waiting = new Set<Polls>();

  constructor(...ids: readonly string[]) {
    this.#ids = ids;
  }

  ids(): readonly string[] {
    return this.#ids;
  }

  /** How many wait for a change. */
  get waiting(): number {
    return this.#waiting.size;
  }

  async whenChanged(options: WaitOptions): Promise<void> {
    const since = this.#version;
    const polls = new Polls(() => this.#version !== since);
    this.#waiting.add(polls);
    try {
      await polls.whenReady(options);
    } finally {
      this.#waiting.delete(polls);
    }
  }

  /** These are the members now; resolves when those who waited have seen it. */
  async become(...ids: readonly string[]): Promise<void> {
    this.#ids = ids;
    this.#version++;
    for (const polls of this.#waiting) polls.wake();
    await new Promise(setImmediate);
  }
}
