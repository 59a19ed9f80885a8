import { expect } from 'chai';
import fc from 'fast-check';
import type { Credentials, ByteReader } from '../../src/base/bytes.js';
import { CircuitError } from '../../src/base/error.js';
import { type Overflow, OutputWindow } from '../../src/stream/window.js';

const credentials = (pid: number): Credentials => ({ uid: 0, gid: 0, pid });
const ann = credentials(1);
const bob = credentials(2);

class Told {
  rooms = 0;
  drains = 0;
  room(): void {
    this.rooms++;
  }
  drained(): void {
    this.drains++;
  }
}

function makeWindow(capacity_bytes: number, overflow: Overflow = 'hold'): { window: OutputWindow; told: Told } {
  const told = new Told();
  return { window: new OutputWindow(capacity_bytes, overflow, told), told };
}

const put = (window: OutputWindow, text: string): number => window.append(Buffer.from(text));

/** What a reader gives now, or the code of its error. */
function now(reader: ByteReader, max = 1000): string {
  try {
    const bytes = reader.read(max, { nonblock: true });
    if (bytes instanceof Promise) throw new Error('it waits');
    return Buffer.from(bytes).toString();
  } catch (error) {
    return CircuitError.from(error).code;
  }
}

/** What a waiting call comes to: its bytes, or its error's code. */
async function outcome(call: Uint8Array | Promise<Uint8Array>): Promise<string> {
  try {
    return Buffer.from(await call).toString();
  } catch (error) {
    return error instanceof CircuitError ? error.code : String(error);
  }
}

describe('an output window', () => {
  it('shows a short output to every reader, also twice and after the end', () => {
    const { window } = makeWindow(100);
    put(window, 'hello ');
    const first = window.openReader(ann);
    expect(now(first)).to.equal('hello ');
    expect(now(first)).to.equal('EAGAIN');
    put(window, 'world');
    window.end();
    expect([now(first), now(first)]).to.deep.equal(['world', '']);
    first.close();
    const second = window.openReader(bob);
    expect([now(second, 3), now(second), now(second)]).to.deep.equal(['hel', 'lo world', '']);
  });

  it('lets readers wait for bytes and for the end', async () => {
    const { window } = makeWindow(100);
    const readers = [window.openReader(ann), window.openReader(bob)];
    const reads = readers.map((reader) => outcome(reader.read(100)));
    put(window, 'news');
    expect(await Promise.all(reads)).to.deep.equal(['news', 'news']);
    const ends = readers.map((reader) => outcome(reader.read(100)));
    window.end();
    expect(await Promise.all(ends)).to.deep.equal(['', '']);
  });

  it('gives nothing to a read that was aborted, nor to one whose reader was closed', async () => {
    const { window } = makeWindow(100);
    const reader = window.openReader(ann);
    const abort = new AbortController();
    const read = outcome(reader.read(100, { signal: abort.signal }));
    const next = outcome(reader.read(100));
    abort.abort('interrupted');
    put(window, 'x');
    expect([await read, await next]).to.deep.equal(['interrupted', 'x']);
    const last = outcome(reader.read(100));
    reader.close();
    expect(await last).to.equal('EBADF');
  });

  it('fails blocked and later reads when it is scrubbed, and throws away what still comes', async () => {
    const { window } = makeWindow(4);
    put(window, 'held');
    const [waiting, late] = [window.openReader(ann), window.openReader(bob)];
    now(waiting);
    const read = outcome(waiting.read(10));
    window.fail(new CircuitError('EIDRM'));
    expect([await read, now(late), now(window.openReader(bob))]).to.deep.equal(['EIDRM', 'EIDRM', 'EIDRM']);
    expect([put(window, 'more'), put(window, 'and more'), window.room()]).to.deep.equal([4, 4, 4]);
  });

  it('tells when it is ready', async () => {
    const { window } = makeWindow(100);
    const reader = window.openReader(ann);
    expect(reader.ready()).to.equal(false);
    const abort = new AbortController();
    const left = reader.whenReady({ signal: abort.signal }).catch((error: unknown) => error);
    const ready = reader.whenReady();
    abort.abort('gone');
    expect(await left).to.equal('gone');
    put(window, 'x');
    await ready;
    now(reader);
    expect(reader.ready()).to.equal(false);
    window.end();
    expect(reader.ready()).to.equal(true);
  });

  it('knows whether all who were there have read to the end or gone', () => {
    const { window, told } = makeWindow(100);
    const [reader, leaver] = [window.openReader(ann), window.openReader(bob)];
    put(window, 'x');
    window.end();
    leaver.close();
    now(reader);
    expect([window.drained, told.drains], 'the last byte is not the end').to.deep.equal([false, 0]);
    now(reader);
    now(reader);
    reader.close();
    expect([window.drained, told.drains]).to.deep.equal([true, 1]);
  });

  describe('that holds', () => {
    it('takes no more than its capacity while nobody reads, and keeps it for the first who comes', () => {
      const { window } = makeWindow(10);
      expect([put(window, '0123456'), put(window, '789abc'), put(window, 'x')]).to.deep.equal([7, 3, 0]);
      expect(now(window.openReader(ann))).to.equal('0123456789');
    });

    it('makes room behind the slowest open reader', () => {
      const { window } = makeWindow(10);
      put(window, '0123456789');
      const [fast, slow] = [window.openReader(ann), window.openReader(bob)];
      now(fast);
      now(slow, 3);
      expect(window.room()).to.equal(3);
      slow.close();
      expect(window.room()).to.equal(10);
    });

    it('makes room for what an earlier reader has passed when nobody reads', () => {
      const { window } = makeWindow(10);
      put(window, '0123456789');
      const earlier = window.openReader(ann);
      now(earlier, 4);
      earlier.close();
      expect([window.room(), put(window, 'abcdef')]).to.deep.equal([4, 4]);
      expect(now(window.openReader(bob))).to.equal('456789abcd');
    });

    it('keeps what was read until room is needed', () => {
      const { window } = makeWindow(10);
      put(window, '01234567');
      expect(now(window.openReader(ann))).to.equal('01234567');
      put(window, 'abc');
      expect(now(window.openReader(bob))).to.equal('1234567abc');
    });

    it('tells the producer when to go on, and meanwhile who is to blame', () => {
      const { window, told } = makeWindow(10);
      put(window, '0123456789');
      const [fast, slow] = [window.openReader(ann), window.openReader(bob)];
      now(fast);
      window.hold(5000);
      window.hold(6000);
      expect(window.held).to.deep.equal({ since_ms: 5000, readers: 2, slowestPid: bob.pid });
      now(slow, 1);
      expect([told.rooms, window.held !== undefined], 'one byte is not worth it').to.deep.equal([0, true]);
      now(slow);
      expect([told.rooms, window.held]).to.deep.equal([1, undefined]);
    });

    it('has nobody to blame while nobody reads', () => {
      const { window } = makeWindow(1);
      put(window, 'x');
      window.hold(1);
      expect(window.held).to.deep.equal({ since_ms: 1, readers: 0, slowestPid: undefined });
    });
  });

  describe('that drops', () => {
    it('always has room, and tells a reader once that it was overtaken', () => {
      const { window } = makeWindow(10, 'drop');
      put(window, '01234');
      const reader = window.openReader(ann);
      now(reader, 2);
      put(window, '56789abcd');
      expect([now(reader), now(reader), now(reader)]).to.deep.equal(['EOVERFLOW', '456789abcd', 'EAGAIN']);
    });

    it('tells a reader once that it came late', () => {
      const { window } = makeWindow(4, 'drop');
      put(window, '0123');
      put(window, '45');
      const reader = window.openReader(ann);
      expect([now(reader), now(reader)]).to.deep.equal(['EOVERFLOW', '2345']);
    });

    it('frees a producer that was held back', () => {
      const { window, told } = makeWindow(4);
      const reader = window.openReader(ann);
      put(window, '0123');
      window.hold(1);
      window.drain();
      expect([told.rooms, window.held, put(window, '45')]).to.deep.equal([1, undefined, 2]);
      expect([now(reader), now(reader)]).to.deep.equal(['EOVERFLOW', '2345']);
    });
  });

  describe('that is only tried', () => {
    it('gives what is there and then the end, without waiting', () => {
      const { window } = makeWindow(100);
      expect(now(window.tryReader(ann))).to.equal('');
      put(window, 'hello');
      const reader = window.tryReader(ann);
      expect(now(reader)).to.equal('hello');
      put(window, ' world');
      expect([now(reader), now(reader)]).to.deep.equal([' world', '']);
    });

    it('does not complain of what it could not have seen', () => {
      const { window } = makeWindow(4, 'drop');
      put(window, '0123');
      put(window, '45');
      expect(now(window.tryReader(ann))).to.equal('2345');
    });

    it('ends after a whole window, however fast the producer is', () => {
      const { window } = makeWindow(4);
      put(window, '0123');
      const reader = window.tryReader(ann);
      let seen = '';
      for (let got = now(reader); got !== ''; got = now(reader)) {
        seen += got;
        put(window, 'more');
      }
      expect(seen).to.equal('0123');
    });
  });

  describe('with a passive reader', () => {
    it('takes no notice of it: not for room, not as having read, not at the end', () => {
      const { window, told } = makeWindow(10);
      const passive = window.openReader(ann, { unacked: false, passive: true });
      put(window, '0123456789');
      expect(now(passive)).to.equal('0123456789');
      expect(window.room(), 'for having read').to.equal(0);
      window.hold(1);
      expect(window.held).to.deep.equal({ since_ms: 1, readers: 0, slowestPid: undefined });
      const reader = window.openReader(bob);
      expect(now(reader)).to.equal('0123456789');
      expect([window.room(), told.rooms]).to.deep.equal([10, 1]);
      reader.close();
      window.end();
      expect([window.drained, window.consumed, told.drains]).to.deep.equal([true, true, 2]);
      passive.close();
      expect(told.drains).to.equal(2);
    });

    it('is not consumed by it', () => {
      const { window } = makeWindow(10);
      put(window, 'all');
      window.end();
      const passive = window.openReader(ann, { unacked: false, passive: true });
      expect([now(passive), now(passive)]).to.deep.equal(['all', '']);
      passive.close();
      expect(window.consumed).to.equal(false);
    });

    it('tells it once that it was overtaken, and wakes it like any other', async () => {
      const { window } = makeWindow(10);
      const passive = window.openReader(ann, { unacked: false, passive: true });
      const reader = window.openReader(bob);
      put(window, '0123456789');
      expect(now(reader)).to.equal('0123456789');
      put(window, 'abcde');
      expect([now(passive), now(passive)]).to.deep.equal(['EOVERFLOW', '56789abcde']);
      const waiting = outcome(passive.read(10));
      put(window, 'f');
      expect(await waiting).to.equal('f');
      const end = outcome(passive.read(10));
      window.end();
      expect(await end).to.equal('');
    });
  });

  it('fills its storage again, but not in the turn in which a reader may still look at it', () => {
    const { window } = makeWindow(1_048_576);
    const chunk = Buffer.alloc(262_144);
    const reader = window.openReader(ann);
    const storages = new Set<ArrayBufferLike>();
    for (let turn = 0; turn < 100; turn++) {
      window.begin();
      const seen: [Uint8Array, number][] = [];
      for (let value = 0; value < 9; value++) {
        window.append(chunk.fill(value));
        for (let left = chunk.length; left > 0; left -= seen.at(-1)?.[0].length ?? 0) seen.push([reader.read(left) as Uint8Array, value]);
      }
      for (const [bytes, value] of seen) {
        expect(bytes.indexOf(value ^ 1), 'overwritten in its turn').to.equal(-1);
        expect([bytes[0], bytes.at(-1)]).to.deep.equal([value, value]);
        storages.add(bytes.buffer);
      }
    }
    expect(storages.size, 'of 900').to.be.lessThan(600);
  });

  it('never lets an open reader miss a byte without telling, whatever happens in whatever order', () => {
    const step = fc.oneof(
      fc.record({ does: fc.constant('put' as const), size: fc.integer({ min: 1, max: 30_000 }) }),
      fc.record({ does: fc.constant('read' as const), who: fc.nat(3), size: fc.integer({ min: 1, max: 30_000 }) }),
      fc.record({ does: fc.constant('open' as const), who: fc.nat(3) }),
      fc.record({ does: fc.constant('close' as const), who: fc.nat(3) }),
      fc.record({ does: fc.constant('drain' as const) }),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40_000 }),
        fc.constantFrom<Overflow>('hold', 'drop'),
        fc.array(step, { maxLength: 100 }),
        (capacity, overflow, steps) => {
          const { window } = makeWindow(capacity, overflow);
          let [end, dropping] = [0, overflow === 'drop'];
          const readers: ({ reader: ByteReader; at: number | undefined } | undefined)[] = [];
          for (const action of steps) {
            if (action.does === 'put') {
              const bytes = new Uint8Array(action.size).map((_, i) => (end + i) % 251);
              const taken = window.append(bytes);
              if (dropping) expect(taken).to.equal(Math.min(action.size, capacity));
              end += taken;
            } else if (action.does === 'drain') {
              window.drain();
              dropping = true;
            } else if (action.does === 'open') {
              readers[action.who] ??= { reader: window.openReader(ann), at: undefined };
            } else if (action.does === 'close') {
              readers[action.who]?.reader.close();
              readers[action.who] = undefined;
            } else {
              const state = readers[action.who];
              if (state !== undefined) state.at = readOn(state.reader, state.at, action.size, { end, dropping });
            }
          }
        },
      ),
    );
  });

  describe('a reader that acknowledges', () => {
    it('has read only what it acknowledged: the rest stays for others, and holds the producer back', () => {
      const { window } = makeWindow(8);
      put(window, '12345678');
      const reader = window.openReader(ann, { unacked: true });
      expect(now(reader)).to.equal('12345678');
      expect(window.room()).to.equal(0);
      reader.ack(3);
      expect(window.room()).to.equal(3);
      reader.close();
      expect(window.room()).to.equal(3);
      put(window, 'abc');
      expect(now(window.openReader(bob))).to.equal('45678abc');
    });

    it('can requeue what is unacknowledged, and read it again', () => {
      const { window } = makeWindow(8);
      put(window, '1234');
      const reader = window.openReader(ann, { unacked: true });
      expect(now(reader)).to.equal('1234');
      reader.ack(1);
      reader.requeue();
      expect(now(reader)).to.equal('234');
      reader.ack(100); // never more than was given
      expect(reader).to.have.property('position', 4);
    });
  });
});

/** Reads and compares with what was put at that position; returns where the reader stands now, undefined if that is not known. */
function readOn(reader: ByteReader, at: number | undefined, max: number, model: { end: number; dropping: boolean }): number | undefined {
  try {
    const bytes = reader.read(max, { nonblock: true }) as Uint8Array;
    expect(bytes.length).to.be.within(1, max);
    const first = bytes[0] ?? 0;
    if (at !== undefined) expect(first).to.equal(at % 251);
    for (let i = 1; i < bytes.length; i++) if (bytes[i] !== (first + i) % 251) throw new Error(`byte ${String(i)} is out of order`);
    return at === undefined ? undefined : at + bytes.length;
  } catch (error) {
    if (!(error instanceof CircuitError)) throw error;
    if (error.code === 'EAGAIN') return model.end;
    expect(error.code).to.equal('EOVERFLOW');
    expect(model.dropping).to.equal(true);
    return undefined;
  }
}
