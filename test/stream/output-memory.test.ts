import { expect } from 'chai';
import fc from 'fast-check';
import type { ByteReader } from '../../src/base/bytes.js';
import { OUTPUT_WINDOW_GROWN_BYTES } from '../../src/base/limits.js';
import { OutputMemory } from '../../src/stream/output-memory.js';
import { OutputWindow } from '../../src/stream/window.js';

const CAPACITY_BYTES = 1_048_576;
const SHORT_BYTES = 64 * 1024;
const someone = { uid: 0, gid: 0, pid: 1 };

/** A window, and how often its producer was told to go on. */
function makeWindow(memory: OutputMemory): { readonly window: OutputWindow; readonly told: { rooms: number } } {
  const told = { rooms: 0 };
  const events = {
    room: () => {
      told.rooms++;
    },
    drained: () => undefined,
  };
  return { window: new OutputWindow(CAPACITY_BYTES, 'hold', events, memory), told };
}

const fill = (window: OutputWindow): number => window.append(Buffer.alloc(CAPACITY_BYTES));

function readAll(reader: ByteReader, count: number): void {
  for (let read = 0; read < count;) read += (reader.read(count - read, { nonblock: true }) as Uint8Array).length;
}

describe('the memory of all outputs', () => {
  it('is shared: when it is short a window takes little, and its producer goes on when there is plenty again', () => {
    const memory = new OutputMemory(2 * CAPACITY_BYTES);
    const [first, second] = [makeWindow(memory), makeWindow(memory)];
    expect([fill(first.window), fill(second.window)]).to.deep.equal([CAPACITY_BYTES, CAPACITY_BYTES]);
    const late = makeWindow(memory);
    expect(fill(late.window)).to.equal(SHORT_BYTES);
    late.window.hold(0);
    second.window.fail(new Error('scrubbed') as never);
    expect(late.told.rooms).to.equal(1);
    expect(fill(late.window)).to.equal(CAPACITY_BYTES - SHORT_BYTES);
  });

  it('loses nothing that an open reader has not read, and keeps little of what it has', () => {
    const memory = new OutputMemory(CAPACITY_BYTES);
    const { window } = makeWindow(memory);
    const reader = window.openReader(someone);
    fill(window);
    expect(memory.exhausted).to.equal(true);
    expect(window.room()).to.equal(0);
    readAll(reader, CAPACITY_BYTES);
    expect(window.append(Buffer.from('more'))).to.equal(4);
    expect(Buffer.from(reader.read(100, { nonblock: true }) as Uint8Array).toString()).to.equal('more');
    reader.close();
    expect((window.openReader(someone).read(CAPACITY_BYTES, { nonblock: true }) as Uint8Array).length).to.be.at.most(SHORT_BYTES);
  });

  it('lets a producer go on that was held back before it was short, and whose reader has passed while it was', () => {
    const memory = new OutputMemory(1.5 * CAPACITY_BYTES);
    const { window, told } = makeWindow(memory);
    const reader = window.openReader(someone);
    fill(window);
    window.hold(0);
    const other = makeWindow(memory);
    fill(other.window);
    expect(memory.exhausted).to.equal(true);
    readAll(reader, 256 * 1024);
    expect(told.rooms).to.equal(0);
    other.window.fail(new Error('scrubbed') as never);
    expect(told.rooms).to.equal(1);
  });

  describe('while there is plenty of it', () => {
    const KIB = 1024;
    /** Reads all that is there, and waits for more; what it was given stays unacknowledged. */
    function wantMore(reader: ByteReader): void {
      const more = reader.read(CAPACITY_BYTES);
      if (!(more instanceof Promise)) wantMore(reader);
      else void more.then(() => wantMore(reader), () => undefined); // prettier-ignore
    }

    it('lets a window grow for a reader that waits for more, while what it was given is on its way', async () => {
      const memory = new OutputMemory(100 * CAPACITY_BYTES);
      const { window, told } = makeWindow(memory);
      const reader = window.openReader(someone, { unacked: true });
      fill(window);
      expect(window.room()).to.equal(0);
      window.hold(0);
      wantMore(reader);
      expect(told.rooms, 'its producer goes on').to.equal(1);
      let held = CAPACITY_BYTES;
      for (let taken = fill(window); taken > 0; taken = fill(window)) {
        held += taken;
        await Promise.resolve().then(() => undefined); // the reader asks again
      }
      expect(held).to.equal(OUTPUT_WINDOW_GROWN_BYTES);
      window.hold(0);
      reader.ack(64 * KIB);
      expect([told.rooms, window.room()]).to.deep.equal([2, 64 * KIB]);
      reader.close();
      expect(window.room(), 'for nobody it holds no more than its capacity').to.equal(0);
    });

    it('lets none grow behind a reader that does not come for more, nor for a passive one, nor for nobody', () => {
      const memory = new OutputMemory(100 * CAPACITY_BYTES);
      const { window } = makeWindow(memory);
      wantMore(window.openReader(someone, { unacked: true, passive: true }));
      fill(window);
      expect(window.room(), 'nobody').to.equal(0);
      wantMore(window.openReader(someone, { unacked: true }));
      expect(window.room(), 'one who wants more').to.equal(CAPACITY_BYTES);
      const slow = window.openReader(someone, { unacked: true });
      readAll(slow, CAPACITY_BYTES);
      expect(window.room(), 'one who does not').to.equal(0);
      slow.close();
      expect(window.room()).to.equal(CAPACITY_BYTES);
    });

    it('lets none grow whose size somebody has set, and none when half of the memory is used', () => {
      const told = { room: () => undefined, drained: () => undefined };
      const memory = new OutputMemory(4 * CAPACITY_BYTES);
      const windows = [new OutputWindow(CAPACITY_BYTES, 'hold', told), makeWindow(memory).window];
      for (const window of windows) {
        fill(window);
        wantMore(window.openReader(someone, { unacked: true }));
      }
      expect(windows.map((window) => window.room())).to.deep.equal([0, CAPACITY_BYTES]);
      const other = makeWindow(memory);
      fill(other.window);
      expect(windows.map((window) => window.room())).to.deep.equal([0, 0]);
      other.window.fail(new Error('scrubbed') as never);
      expect(windows.map((window) => window.room())).to.deep.equal([0, CAPACITY_BYTES]);
    });

    it('never lets a reader miss a byte, nor holds more than it may, whatever happens in whatever order', async () => {
      const size = fc.integer({ min: 1, max: CAPACITY_BYTES });
      const who = fc.nat(2);
      const step = fc.oneof(
        fc.record({ does: fc.constant('put' as const), size }),
        fc.record({ does: fc.constant('want' as const), who, size }),
        fc.record({ does: fc.constant('ack' as const), who, size }),
        fc.record({ does: fc.constant('requeue' as const), who }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
          const { window } = makeWindow(new OutputMemory(100 * CAPACITY_BYTES));
          const readers = [0, 1, 2].map(() => ({
            reader: window.openReader(someone, { unacked: true }),
            given: 0,
            acked: 0,
            waits: false,
          }));
          let end = 0;
          const wrong: unknown[] = [];
          for (const action of steps) {
            if (action.does === 'put') {
              const bytes = new Uint32Array(Math.ceil(action.size / 4)).map((_, i) => end / 4 + i);
              // Whole words, so that each can be known.
              if (window.room() >= bytes.byteLength) end += window.append(new Uint8Array(bytes.buffer));
              await new Promise(setImmediate);
              expect(end - Math.min(...readers.map(({ acked }) => acked))).to.be.at.most(OUTPUT_WINDOW_GROWN_BYTES);
              continue;
            }
            const state = readers[action.who];
            if (state === undefined || state.waits) continue;
            if (action.does === 'ack') {
              const count = Math.min(action.size & ~3, state.given - state.acked);
              if (count > 0) state.reader.ack(count);
              state.acked += count;
            } else if (action.does === 'requeue') {
              state.reader.requeue();
              state.given = state.acked;
            } else {
              state.waits = true;
              void Promise.resolve(state.reader.read(Math.max(4, action.size & ~3))).then((bytes) => {
                state.waits = false;
                const first = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
                if (first !== state.given / 4) wrong.push([first, state.given / 4]);
                state.given += bytes.length;
              });
              await new Promise(setImmediate);
            }
          }
          expect(wrong).to.deep.equal([]);
        }),
        { numRuns: 60 },
      );
    });
  });

  it('bounds as many windows as there are', () => {
    const memory = new OutputMemory(4 * CAPACITY_BYTES);
    let held = 0;
    for (let i = 0; i < 100; i++) held += fill(makeWindow(memory).window);
    expect(held).to.equal(4 * CAPACITY_BYTES + 96 * SHORT_BYTES);
  });
});
