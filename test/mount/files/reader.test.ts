import { expect } from 'chai';
import { ReaderFile } from '../../../mount/files/reader.js';
import type { Awaitable, ByteReader } from '../../../src/base/bytes.js';
import { CircuitError } from '../../../src/base/error.js';
import { REPLAY_BYTES } from '../../../src/base/limits.js';
import { callOf, codeOf } from '../../lib/mount/calls.js';

/** A stream of the given pieces: what stands in one piece is never answered together with another. */
class Pieces implements ByteReader {
  readonly #pieces: Buffer[];
  readonly #late: boolean;
  closed = false;

  constructor(pieces: readonly string[], { late = false } = {}) {
    this.#pieces = pieces.map((piece) => Buffer.from(piece));
    this.#late = late;
  }

  read(max: number): Awaitable<Uint8Array> {
    const [first = Buffer.alloc(0)] = this.#pieces;
    const answer = first.subarray(0, max);
    if (answer.length === first.length) this.#pieces.shift();
    else this.#pieces[0] = first.subarray(max);
    return this.#late ? Promise.resolve(answer) : answer;
  }

  ready(): boolean {
    return true;
  }

  whenReady(): Promise<void> {
    return Promise.resolve();
  }

  ack(): void {
    // these pieces need no acknowledgement
  }

  requeue(): void {
    // these pieces need no acknowledgement
  }

  close(): void {
    this.closed = true;
  }
}

const text = async (answer: Awaitable<Uint8Array>): Promise<string> => Buffer.from(await answer).toString();

for (const late of [false, true]) {
  describe(`a file that gives a stream, ${late ? 'whose bytes come later' : 'whose bytes are there'}`, () => {
    it('is read on where its reader stands', async () => {
      const file = new ReaderFile(new Pieces(['one\n', 'two\n'], { late }));
      expect(await text(file.read(0, 100, callOf()))).to.equal('one\n');
      expect(await text(file.read(4, 2, callOf()))).to.equal('tw');
      expect(await text(file.read(6, 100, callOf()))).to.equal('o\n');
      expect(await text(file.read(8, 100, callOf()))).to.equal('');
    });

    it('gives back what a program has read too much of, as `head` and `read` do', async () => {
      const file = new ReaderFile(new Pieces(['one\ntwo\nthree\n'], { late }));
      expect(await text(file.read(0, 4096, callOf()))).to.equal('one\ntwo\nthree\n');
      expect(await text(file.read(4, 4096, callOf()))).to.equal('two\nthree\n');
      expect(await text(file.read(14, 4096, callOf()))).to.equal('');
    });

    it('leads who seeks ahead there, as from a file', async () => {
      const file = new ReaderFile(new Pieces(['one\n', 'two\n', 'three\n'], { late }));
      expect(await text(file.read(6, 100, callOf()))).to.equal('o\n');
      expect(await text(file.read(1000, 100, callOf()))).to.equal('');
      expect(await text(file.read(0, 100, callOf()))).to.equal('one\ntwo\nthree\n');
    });

    it('cannot go back further than it remembers', async () => {
      const file = new ReaderFile(new Pieces(['x'.repeat(REPLAY_BYTES), 'y'], { late }));
      await file.read(0, REPLAY_BYTES, callOf());
      await file.read(REPLAY_BYTES, 1, callOf());
      expect(await codeOf(() => file.read(0, 1, callOf()))).to.equal('ESPIPE');
    });

    it('takes each read as the next message in packet mode, whatever the offset', async () => {
      const file = new ReaderFile(new Pieces(['one', 'two', '', 'three'], { late }));
      const packet = callOf({ packet: true });
      expect(await text(file.read(0, 100, packet))).to.equal('one');
      expect(await text(file.read(0, 100, packet))).to.equal('two');
      expect(await text(file.read(0, 100, packet))).to.equal('');
      expect(await text(file.read(6, 100, callOf())), 'after fcntl(F_SETFL)').to.equal('three');
    });
  });
}

describe('a file that gives a stream', () => {
  it('lets go of it at the last close, and cannot be written', async () => {
    const pieces = new Pieces(['x']);
    const file = new ReaderFile(pieces);
    expect(await codeOf(() => file.write())).to.equal('EACCES');
    file.release();
    expect(pieces.closed).to.equal(true);
  });

  it('fails as its stream does, and then goes on', async () => {
    const pieces = new Pieces(['rest']);
    const file = new ReaderFile(pieces);
    const read = pieces.read.bind(pieces);
    pieces.read = () => {
      pieces.read = read;
      throw new CircuitError('EOVERFLOW');
    };
    expect(await codeOf(() => file.read(0, 10, callOf()))).to.equal('EOVERFLOW');
    expect(await text(file.read(0, 10, callOf()))).to.equal('rest');
  });
});
