import { expect } from 'chai';
import { DEAD_MAX, HOLDER_LOST_MS, TAKEN_MAX_BYTES } from '../../../src/base/limits.js';
import { type Channel, makeChannel } from '../../../src/element/channel/channel.js';
import type { ByteReader, ByteWriter, Taking } from '../../../src/base/bytes.js';
import { codeOf, fixture, message, type Opener, outcome, received } from './fixture.js';

const taking = (reader: ByteReader): Taking => reader.taking ?? expect.fail('it takes nothing');
const MB = Buffer.alloc(1_048_576, 'x');

/** All that has come of a message. */
function drain(reader: ByteReader): number {
  let read = 0;
  for (;;) {
    try {
      read += (reader.read(MB.length, { nonblock: true }) as Uint8Array).length;
    } catch {
      return read;
    }
  }
}

/** Writes and reads so many MiB more of a message, or as many as there is room for. Returns how many. */
function grow(writer: ByteWriter, reader: ByteReader, most: number): number {
  for (let grown = 0; grown < most; grown++) {
    if (codeOf(() => writer.write(MB, { nonblock: true })) === 'EAGAIN') return grown;
    drain(reader);
  }
  return most;
}

function arrivedAndClosed(taker: ByteReader): void {
  taker.ack(3);
  taker.close();
}

function arrivedAndRequeued(taker: ByteReader): void {
  taker.ack(3);
  taker.requeue();
  taker.close();
}

describe('a message that is taken', () => {
  let channel: Channel;
  let open: Opener;

  beforeEach(() => ({ channel, open } = fixture(2)));

  it('fills the channel until it is done, but does not keep takers from meeting senders', async () => {
    await message(open, 'one');
    await message(open, 'two');
    const takers = [open.reader('take'), open.reader('take'), open.reader('take')] as const;
    expect([await outcome(takers[0].read(9)), await outcome(takers[1].read(9))]).to.deep.equal(['one', 'two']);
    expect(channel.peek()).to.include({ NumTaken: 2, Buffered: 2, NumRecv: 0 });
    expect(codeOf(() => open.writer('trysend', { truncate: true }))).to.equal('EAGAIN');
    const third = outcome(takers[2].read(9));
    await message(open, 'three');
    expect(await third).to.equal('three');
    void taking(takers[0]).done();
    void taking(takers[1]).done();
    expect(channel.peek()).to.include({ NumTaken: 1, NumRecv: 2 });
    await message(open, 'room');
    expect(codeOf(() => open.writer('trysend', { truncate: true }))).to.equal('EAGAIN');
  });

  it('admits a sender that waits when it is done', async () => {
    for (const text of ['one', 'two']) await message(open, text);
    const taker = open.reader('take');
    await outcome(taker.read(9));
    const waits = message(open, 'three');
    expect(channel.peek()).to.include({ WaitingSenders: 1 });
    void taking(taker).done();
    await waits;
  });

  it('meets a sender in a channel without capacity', async () => {
    ({ channel, open } = fixture(0));
    const takers = [open.reader('take'), open.reader('take')];
    const texts = takers.map((taker) => outcome(taker.read(9)));
    await message(open, 'one');
    await message(open, 'two');
    expect(await Promise.all(texts)).to.deep.equal(['one', 'two']);
  });

  it('is let go with what was not read of it, and its sender told', async () => {
    const writer = open.writer('send');
    await writer.write(Buffer.from('begun'));
    const taker = open.reader('take');
    expect(await outcome(taker.read(2))).to.equal('be');
    void taking(taker).done();
    expect(await outcome(() => writer.write(Buffer.from('more')))).to.equal('EPIPE');
    await message(open, 'next');
    expect(await outcome(taker.read(9))).to.equal('next');
  });

  it('goes on for the next taker while it is being written', async () => {
    const writer = open.writer('send');
    await writer.write(Buffer.from('begun '));
    const taker = open.reader('take');
    expect(await outcome(taker.read(9))).to.equal('begun ');
    void taking(taker).back();
    await writer.write(Buffer.from('and ended'));
    writer.close();
    expect(await received(open.reader('take'))).to.equal('begun and ended');
  });

  it('is told to one taker alone if its sender aborts it', async () => {
    const writer = open.writer('send');
    await writer.write(Buffer.from('half'));
    const taker = open.reader('take');
    await outcome(taker.read(9));
    writer.abort();
    expect(await outcome(() => taker.read(9))).to.equal('EPIPE');
    expect(codeOf(() => void taking(taker).done())).to.equal('EINVAL');
    expect(channel.peek()).to.include({ NumTaken: 0, Buffered: 0 });
  });

  it('comes back, with a try only if somebody has had it to work on', async () => {
    await message(open, 'job');
    const steps: readonly [() => ByteReader, (taker: ByteReader) => void, number][] = [
      [() => open.reader('take'), (taker) => void taking(taker).back(), 1],
      [() => open.reader('take'), (taker) => taker.close(), 2],
      [() => open.unacked('take'), (taker) => taker.close(), 2],
      [() => open.unacked('take'), (taker) => taker.requeue(), 2],
      [() => open.unacked('take'), arrivedAndClosed, 3],
      [() => open.unacked('take'), arrivedAndRequeued, 4],
      [() => channel.openReader('take', { uid: 0, gid: 0, pid: 1 }, { unacked: false, passive: true }), (taker) => taker.close(), 4],
    ];
    for (const [take, giveBack, tries] of steps) {
      const taker = take();
      expect(await outcome(taker.read(9))).to.equal('job');
      giveBack(taker);
      expect(channel.peek()).to.include({ NumTaken: 0, Buffered: 1 });
      const next = open.unacked('take');
      await outcome(next.read(9));
      expect(channel.peek().Taken).to.have.nested.property('[0].Tries', tries);
      next.close();
    }
  });

  it('stays with a holder that is out of reach, unless it has not arrived or is only looked at', async () => {
    await message(open, 'job');
    const taker = open.unacked('take');
    expect(taker.lost?.()).to.equal(0);
    await outcome(taker.read(9));
    expect(taker.lost?.()).to.equal(0);
    taker.ack(3);
    expect(taker.lost?.()).to.equal(HOLDER_LOST_MS);
    expect(channel.peek().Taken[0]).to.include.keys('Pid', 'Since', 'Tries', 'Lost');
  });

  it('keeps a closed channel from ending, for recv, take and dead', async () => {
    await message(open, 'job');
    channel.perform('close', []);
    const taker = open.reader('take');
    await outcome(taker.read(9));
    const waits = [open.reader('take'), open.reader('recv'), open.reader('dead')].map((reader) => outcome(reader.read(9)));
    expect(channel.peek()).to.include({ WaitingReceivers: 2 });
    void taking(taker).done();
    expect(await Promise.all(waits)).to.deep.equal(['ENODATA', 'ENODATA', 'ENODATA']);
    expect(await outcome(() => taker.read(9))).to.equal('ENODATA');
  });

  it('is gone with the channel', async () => {
    await message(open, 'job');
    const taker = open.reader('take');
    await outcome(taker.read(9));
    const waits = [open.reader('take'), open.reader('dead')].map((reader) => outcome(reader.read(9)));
    channel.scrub();
    expect(await Promise.all(waits)).to.deep.equal(['EIDRM', 'EIDRM']);
    expect(codeOf(() => void taking(taker).back())).to.equal('EIDRM');
    taker.close();
    expect(channel.peek()).to.include({ NumTaken: 0, Buffered: 0 });
  });

  it('is dead after so many tries, in order, and stays so if its receiver dies', async () => {
    const events = { changed: () => undefined, happened: () => undefined, gone: () => undefined };
    const who = { uid: 0, gid: 0, pid: 1 };
    channel = makeChannel({ Capacity: 3, Tries: 2 }, events);
    const open_ = (file: 'take' | 'dead', unacked = false): ByteReader => channel.openReader(file, who, { unacked });
    const send = (text: string): void => {
      const writer = channel.openWriter('send', { truncate: true, append: false }, who);
      void writer.write(Buffer.from(text));
      writer.close();
    };
    for (const text of ['a', 'b', 'c']) send(text);
    const taker = open_('take');
    for (let n = 0; n < 4; n++) {
      await outcome(taker.read(9));
      void taking(taker).back();
    }
    expect(channel.peek()).to.include({ Tries: 2, Dead: 2, Buffered: 1, NumRecv: 0 });
    const lost = open_('dead', true);
    expect(await outcome(lost.read(9))).to.equal('a');
    lost.close();
    expect([await received(open_('dead')), await received(open_('dead'))]).to.deep.equal(['a', 'b']);
  });

  it('is tried on while too many are dead', async () => {
    const events = { changed: () => undefined, happened: () => undefined, gone: () => undefined };
    channel = makeChannel({ capacity: 1, tries: 1 }, events);
    const who = { uid: 0, gid: 0, pid: 1 };
    const taker = channel.openReader('take', who);
    for (let n = 0; n <= DEAD_MAX; n++) {
      const writer = channel.openWriter('send', { truncate: true, append: false }, who);
      void writer.write(Buffer.from('bad'));
      writer.close();
      await taker.read(9);
      void taking(taker).back();
    }
    expect(channel.peek()).to.include({ Dead: DEAD_MAX, Buffered: 1 });
  });

  it('is of a bounded length: its sender and its taker are told', async () => {
    const writer = open.writer('send');
    await writer.write(Buffer.from('x'));
    const taker = open.reader('take');
    await outcome(taker.read(9));
    let code = '0';
    for (let left = TAKEN_MAX_BYTES / MB.length + 2; left > 0 && code !== 'EMSGSIZE'; left--) {
      code = await outcome(() => writer.write(MB));
      drain(taker);
    }
    expect(code).to.equal('EMSGSIZE');
    expect(channel.peek()).to.include({ NumTaken: 0, Buffered: 0 });
    await message(open, 'next');
    expect(await outcome(taker.read(9))).to.equal('next');
  });

  it('shares memory with all others: beyond it only one grows, and the others when there is room again', async () => {
    ({ channel, open } = fixture(10));
    const pairs: { readonly writer: ByteWriter; readonly taker: ByteReader }[] = [];
    for (let n = 0; n < 4; n++) {
      const writer = open.writer('send');
      await writer.write(Buffer.from('x'));
      const taker = open.reader('take');
      await outcome(taker.read(9));
      pairs.push({ writer, taker });
    }
    const [a, b, c, d] = pairs as [(typeof pairs)[0], (typeof pairs)[0], (typeof pairs)[0], (typeof pairs)[0]];
    const grown = [a, b, c].map(({ writer, taker }) => grow(writer, taker, 50));
    expect(grown).to.deep.equal([50, 50, 50]);
    expect([a, b, d].map(({ writer, taker }) => grow(writer, taker, 5))).to.deep.equal([0, 0, 0]);
    expect(grow(c.writer, c.taker, 5)).to.equal(5);
    const waits = outcome(d.writer.write(Buffer.from('more')));
    void taking(a.taker).done();
    expect(grow(b.writer, b.taker, 5)).to.equal(5);
    void taking(c.taker).done();
    expect(await waits).to.equal('4');
    expect([b, d].map(({ writer, taker }) => grow(writer, taker, 5))).to.deep.equal([5, 5]);
    channel.scrub();
  });
});
