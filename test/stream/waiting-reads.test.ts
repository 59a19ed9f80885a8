import { expect } from 'chai';
import { type ReadSource, WaitingReads } from '../../src/stream/waiting-reads.js';
import type { CircuitError } from '../../src/base/error.js';

/** Words that are read one at a time; with a packet flag in capitals. */
class Words implements ReadSource {
  readonly reads = new WaitingReads(this);
  readonly told: string[] = [];
  words: string[] = [];
  /** Called as a word is taken. */
  taken: () => void = () => undefined;

  put(...words: string[]): void {
    this.words.push(...words);
    this.reads.wake();
  }

  take(max: number, packet: boolean): Uint8Array | undefined {
    const word = this.words.shift();
    if (word === undefined) return undefined;
    this.taken();
    if (word === 'fail') throw new Error(word);
    return Buffer.from((packet ? word.toUpperCase() : word).slice(0, max));
  }

  ready(): boolean {
    return this.reads.closed || this.words.length > 0;
  }

  refusal(nonblock: boolean): string | undefined {
    return nonblock ? 'no word' : undefined;
  }

  waiting(): void {
    this.told.push('waiting');
  }

  idle(): void {
    this.told.push('idle');
  }
}

const outcome = async (read: () => Uint8Array | Promise<Uint8Array>): Promise<string> => {
  try {
    return Buffer.from(await read()).toString();
  } catch (error) {
    return (error as Partial<CircuitError>).code ?? (error as Error).message;
  }
};

describe('the reads of one reader', () => {
  it('are answered at once if something is there', () => {
    const source = new Words();
    source.put('one');
    expect(source.reads.read(2, undefined)).to.deep.equal(Buffer.from('on'));
    expect(source.told).to.deep.equal([]);
  });

  it('wait in order, each with its own length and mode', async () => {
    const source = new Words();
    const answers = [outcome(() => source.reads.read(3, undefined)), outcome(() => source.reads.read(9, { packet: true }))];
    source.put('first');
    source.put('second');
    expect(await Promise.all(answers)).to.deep.equal(['fir', 'SECOND']);
  });

  it('fail one by one: the next goes on', async () => {
    const source = new Words();
    const answers = [1, 2].map(() => outcome(() => source.reads.read(9, undefined)));
    source.put('fail', 'word');
    expect(await Promise.all(answers)).to.deep.equal(['fail', 'word']);
  });

  it('do not wait if they must not', async () => {
    const source = new Words();
    expect(await outcome(() => source.reads.read(9, { nonblock: true }))).to.equal('EAGAIN');
    expect(source.told).to.deep.equal([]);
  });

  it('consume nothing when they are interrupted, and tell the reader when the last one is', async () => {
    const source = new Words();
    const [first, second] = [new AbortController(), new AbortController()];
    const answers = [first, second].map(({ signal }) => outcome(() => source.reads.read(9, { signal })));
    first.abort(new Error('one'));
    expect(source.told).to.deep.equal(['waiting', 'waiting']);
    second.abort(new Error('two'));
    expect(source.told.at(-1)).to.equal('idle');
    expect(await Promise.all(answers)).to.deep.equal(['one', 'two']);
    source.put('kept');
    expect(await outcome(() => source.reads.read(9, undefined))).to.equal('kept');
  });

  it('are each answered once, also when taking brings more', async () => {
    const source = new Words();
    const answers = [1, 2].map(() => outcome(() => source.reads.read(9, undefined)));
    source.taken = () => {
      source.taken = () => undefined;
      source.put('second');
    };
    source.put('first');
    expect(await Promise.all(answers)).to.deep.equal(['first', 'second']);
  });

  it('can be polled for', async () => {
    const source = new Words();
    const ready = source.reads.whenReady(undefined);
    expect(source.reads.polling).to.equal(1);
    source.put('word');
    await ready;
    expect(source.reads.polling).to.equal(0);
    await source.reads.whenReady(undefined);
  });

  it('end with EBADF when the reader is closed, once', async () => {
    const source = new Words();
    const read = outcome(() => source.reads.read(9, undefined));
    const ready = source.reads.whenReady(undefined);
    expect([source.reads.close(), source.reads.close()]).to.deep.equal([true, false]);
    await ready;
    source.put('late');
    expect(await read).to.equal('EBADF');
    expect(await outcome(() => source.reads.read(9, undefined))).to.equal('EBADF');
  });
});
