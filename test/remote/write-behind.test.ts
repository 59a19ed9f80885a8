/**
 * How much a writer has under way on a way of any length: as much as it writes and the other side takes, whether it ever pauses or not.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { WritersMemory } from '../../src/remote/ahead-budgets.js';
import { WriteBehind } from '../../src/remote/write-behind.js';

const KIB = 1024;
const MIB = 1024 * KIB;
const FIRST_BYTES = 256 * KIB;
const MOST_BYTES = 4 * MIB;

/** A way with a time of its own: a trip after trip. What is sent in one is answered in the next, each by itself. */
class LongWay {
  readonly writes: WriteBehind;
  /** What the other side takes in a trip, unless all. */
  takes_bytes = Infinity;
  /** In the last trip. */
  carried_bytes = 0;
  readonly #sent: { readonly length: number; readonly answer: (count: number) => void }[] = [];

  constructor() {
    const send = ({ length }: Uint8Array): Promise<number> => new Promise((answer) => this.#sent.push({ length, answer }));
    this.writes = new WriteBehind({ send, room: () => Promise.resolve(), moved: () => undefined }, new WritersMemory(64 * MIB));
  }

  /** A program that writes without a pause, so many bytes at a time. */
  async write(bytes: Uint8Array): Promise<never> {
    for (;;) {
      await this.writes.write(bytes, undefined);
      await turn();
    }
  }

  async trip(): Promise<void> {
    const arrived = this.#sent.splice(0);
    this.carried_bytes = arrived.reduce((sum, { length }) => sum + length, 0);
    let left = this.takes_bytes;
    for (const { length, answer } of arrived) {
      const taken = Math.min(length, left);
      left = taken < length ? 0 : left - taken;
      answer(taken);
      await turn(); // the writer goes on at each answer
    }
    for (let at = 0; at < 600; at++) await turn();
  }
}

describe('writes under way', () => {
  it('become twice as much each trip, though there are always some, up to 4 MiB', async () => {
    const way = new LongWay();
    way.write(Buffer.alloc(16 * KIB)).catch(() => undefined);
    await way.trip();
    await way.trip();
    expect(way.carried_bytes).to.be.within(FIRST_BYTES, FIRST_BYTES + 16 * KIB);
    for (let trips = 1; trips <= 5; trips++) await way.trip();
    expect(way.carried_bytes).to.be.within(MOST_BYTES, MOST_BYTES + 16 * KIB);
  });

  it('stay as much as they are while the writer writes less', async () => {
    const way = new LongWay();
    for (let trips = 0; trips < 10; trips++) {
      await way.writes.write(Buffer.alloc(64 * KIB), undefined);
      await way.trip();
    }
    way.write(Buffer.alloc(16 * KIB)).catch(() => undefined);
    await turn();
    await way.trip();
    await way.trip();
    expect(way.carried_bytes).to.be.within(FIRST_BYTES, 2 * FIRST_BYTES);
  });

  it('become half as much when not all is taken, and grow little by little from then on', async () => {
    const way = new LongWay();
    way.write(Buffer.alloc(16 * KIB)).catch(() => undefined);
    for (let trips = 0; trips < 4; trips++) await way.trip();
    const before = way.carried_bytes;
    way.takes_bytes = before / 4;
    await way.trip();
    way.takes_bytes = Infinity;
    await way.trip(); // what was not taken
    await way.trip();
    const after = way.carried_bytes;
    expect(after, `of ${before}`).to.be.below(0.75 * before);
    for (let trips = 0; trips < 4; trips++) await way.trip();
    expect(way.carried_bytes).to.be.within(after, after + 5 * 64 * KIB + 16 * KIB);
  });
});
