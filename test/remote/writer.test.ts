import { expect } from 'chai';
import { CircuitError, InterruptedError } from '../../src/base/error.js';
import { TRUNCATE, type TransferOptions } from '../../src/base/bytes.js';
import { WRITERS_BEHIND_MAX_BYTES } from '../../src/base/limits.js';
import { WritersMemory } from '../../src/remote/ahead-budgets.js';
import { LEAST_BYTES } from '../../src/remote/ahead-budgets.js';
import { TRANSFER } from '../../src/remote/calls.js';
import { EndingWriters, RemoteInputWriter } from '../../src/remote/input-writer.js';
import { RemoteWriter } from '../../src/remote/writer.js';
import type { Caller, CallOptions } from '../../src/wire/session/session-handler.js';

const REQUEST = { handle: 7, target: 'X0123456789abcdef', path: ['a'], file: 'send', credentials: { uid: 0, gid: 0, pid: 1 } } as const;

interface Sent {
  readonly text: string;
  readonly flags: number;
  readonly options: CallOptions;
  readonly answer: (count: number) => void;
  readonly fail: (error: unknown) => void;
}

/** The other server, as the test plays it. */
class Peer implements Caller {
  readonly sent: Sent[] = [];
  readonly told: string[] = [];
  readonly asked: string[] = [];

  call(operation: string): Promise<unknown> {
    this.asked.push(operation);
    return Promise.resolve(undefined);
  }

  transfer(_handle: number, flags: number, bytes: Uint8Array, options: CallOptions = {}): Promise<unknown> {
    return new Promise((answer, fail) => this.sent.push({ text: Buffer.from(bytes).toString(), flags, options, answer, fail }));
  }

  note(operation: string): void {
    this.told.push(operation);
  }

  hold(): () => void {
    return () => undefined;
  }
}

const outcome = (call: number | Promise<number>): Promise<unknown> => Promise.resolve(call).catch((error: unknown) => (error instanceof CircuitError ? error.code : error)); // prettier-ignore
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A writer whose first write, of "job", was interrupted and has been told so before its fate is known. */
async function interrupted(
  options?: TransferOptions,
): Promise<{ readonly peer: Peer; readonly writer: RemoteWriter; readonly first: Sent }> {
  const peer = new Peer();
  const writer = new RemoteWriter(peer, REQUEST, new WritersMemory(WRITERS_BEHIND_MAX_BYTES), TRUNCATE);
  const signal = new AbortController();
  const write = outcome(writer.write(Buffer.from('job'), { ...options, signal: signal.signal }));
  signal.abort(new InterruptedError());
  const [first] = peer.sent;
  if (first === undefined) throw new Error('nothing was sent');
  expect(first.options.signal?.aborted, 'the peer is asked to cancel').to.be.true;
  first.options.unsettled?.();
  expect(await write).to.equal('EINTR');
  return { peer, writer, first };
}

describe('a write to another server that was interrupted', () => {
  it('is settled by its repetition: what was taken is taken once', async () => {
    const { peer, writer, first } = await interrupted();
    const again = outcome(writer.write(Buffer.from('job')));
    first.answer(3);
    expect(await again).to.equal(3);
    expect(peer.sent).to.have.length(1);
    writer.close();
    expect(peer.told).to.deep.equal(['open', 'close']);
  });

  it('is sent again by its repetition if nothing was taken', async () => {
    const { peer, writer, first } = await interrupted();
    const borrowed = Buffer.from('job');
    const again = outcome(writer.write(borrowed));
    borrowed.fill('?'); // as the kernel's next requests do
    first.fail(first.options.signal?.reason);
    await turn();
    expect(peer.sent.map(({ text }) => text)).to.deep.equal(['job', 'job']);
    peer.sent[1]?.answer(3);
    expect(await again).to.equal(3);
  });

  it('fails other bytes with EIO if its own were taken, and lets them through if not', async () => {
    const taken = await interrupted();
    const other = outcome(taken.writer.write(Buffer.from('another')));
    taken.first.answer(3);
    expect(await other).to.equal('EIO');
    const free = await interrupted();
    const through = outcome(free.writer.write(Buffer.from('another')));
    free.first.fail(free.first.options.signal?.reason);
    await turn();
    free.peer.sent[1]?.answer(7);
    expect(await through).to.equal(7);
  });

  it('is withdrawn by a close', async () => {
    const { peer, writer } = await interrupted();
    writer.close();
    expect(peer.told).to.deep.equal(['open', 'withdraw']);
  });

  it('may be interrupted again and again while it is repeated', async () => {
    const { peer, writer, first } = await interrupted();
    for (let time = 0; time < 3; time++) {
      const signal = new AbortController();
      const again = outcome(writer.write(Buffer.from('job'), { signal: signal.signal }));
      signal.abort(new InterruptedError());
      expect(await again).to.equal('EINTR');
    }
    const last = outcome(writer.write(Buffer.from('job')));
    first.answer(3);
    expect([await last, peer.sent.length]).to.deep.equal([3, 1]);
  });

  it('has one fate, however close the answer and the end of its patience come together', async () => {
    for (let between = 0; between < 12; between++) {
      const peer = new Peer();
      const writer = new RemoteWriter(peer, REQUEST, new WritersMemory(WRITERS_BEHIND_MAX_BYTES), TRUNCATE);
      const signal = new AbortController();
      const write = outcome(writer.write(Buffer.from('job'), { signal: signal.signal }));
      signal.abort(new InterruptedError());
      peer.sent[0]?.answer(3);
      for (let turns = 0; turns < between; turns++) await Promise.resolve();
      peer.sent[0]?.options.unsettled?.();
      if ((await write) === 'EINTR') expect(await outcome(writer.write(Buffer.from('job')))).to.equal(3);
      expect(peer.sent, `${between} turns`).to.have.length(1);
    }
  });

  it('leaves no empty message if it was to be the end as well, and had not been sent', async () => {
    const peer = new Peer();
    const writer = new RemoteWriter(peer, REQUEST, new WritersMemory(WRITERS_BEHIND_MAX_BYTES), TRUNCATE);
    const signal = new AbortController();
    const end = outcome(writer.end(Buffer.from('job'), { signal: signal.signal }));
    signal.abort(new InterruptedError());
    peer.sent[0]?.fail(signal.signal.reason);
    expect(await end).to.equal('EINTR');
    writer.close();
    expect(peer.told).to.deep.equal(['open', 'withdraw']);
  });

  it('says again that it resumes, if that may not have been heard', async () => {
    const peer = new Peer();
    const writer = new RemoteWriter(peer, REQUEST, new WritersMemory(WRITERS_BEHIND_MAX_BYTES), TRUNCATE);
    const signal = new AbortController();
    const write = outcome(writer.write(Buffer.from('job'), { signal: signal.signal }));
    peer.sent[0]?.answer(0);
    await turn();
    expect(peer.sent[1]?.flags).to.equal(TRANSFER.RESUME);
    signal.abort(new InterruptedError());
    peer.sent[1]?.fail(peer.sent[1].options.signal?.reason);
    expect(await write).to.equal('EINTR');
    const again = outcome(writer.write(Buffer.from('job'), { nonblock: true }));
    expect(peer.sent[2]?.flags).to.equal(TRANSFER.RESUME | TRANSFER.NONBLOCK);
    peer.sent[2]?.answer(3);
    expect(await again).to.equal(3);
  });

  it('is withdrawn, if it was a packet, only when it is known that it was taken: those before it stay', async () => {
    const taken = await interrupted({ packet: true });
    taken.writer.close();
    expect(taken.peer.told).to.deep.equal(['open']);
    taken.first.answer(3);
    await turn();
    expect(taken.peer.told).to.deep.equal(['open', 'withdraw']);
    const free = await interrupted({ packet: true });
    free.writer.close();
    free.first.fail(free.first.options.signal?.reason);
    await turn();
    expect(free.peer.told).to.deep.equal(['open', 'abort']);
  });
});

/** A writer whose stream has begun: its first byte, of "a", was taken. */
async function begun(
  budget = new WritersMemory(WRITERS_BEHIND_MAX_BYTES),
): Promise<{ readonly peer: Peer; readonly writer: RemoteWriter }> {
  const peer = new Peer();
  const writer = new RemoteWriter(peer, REQUEST, budget, TRUNCATE);
  const first = writer.write(Buffer.from('a'));
  peer.sent[0]?.answer(1);
  await first;
  return { peer, writer };
}

describe('a writer to another server', () => {
  it('sends what was not taken when there is room, in order, and says that it resumes', async () => {
    const { peer, writer } = await begun();
    await Promise.all([writer.write(Buffer.from('bcd')), writer.write(Buffer.from('efg'))]);
    peer.sent[1]?.answer(1);
    peer.sent[2]?.answer(0);
    await turn();
    expect(peer.asked).to.deep.equal(['room']);
    await turn();
    expect(peer.sent.slice(3).map(({ text, flags }) => [text, flags])).to.deep.equal([['cd', TRANSFER.RESUME], ['efg', 0]]); // prettier-ignore
    writer.close();
    expect(peer.told).to.deep.equal(['open']);
    for (const { text, answer } of peer.sent.slice(3)) answer(text.length);
    await turn();
    expect(peer.told).to.deep.equal(['open', 'close']);
  });

  it('takes little of a write, and waits soon, while all writers together hold much', async () => {
    const budget = new WritersMemory(WRITERS_BEHIND_MAX_BYTES);
    const { peer, writer } = await begun(budget);
    budget.add(WRITERS_BEHIND_MAX_BYTES); // of the others
    expect(writer.write(Buffer.alloc(1_048_576))).to.equal(LEAST_BYTES);
    const next = writer.write(Buffer.from('b'));
    expect(next).to.be.a('promise');
    peer.sent[1]?.answer(LEAST_BYTES);
    expect(await next).to.equal(1);
    peer.sent[2]?.answer(1);
    await turn();
    budget.add(-WRITERS_BEHIND_MAX_BYTES);
    expect(budget.acquire(WRITERS_BEHIND_MAX_BYTES), 'nothing is counted any more').to.equal(true);
  });

  it('has half as much under way after what was sent was not taken, so that little is sent twice', async () => {
    const { peer, writer } = await begun();
    const part = Buffer.alloc(64 * 1024);
    /** How many writes return before one waits. */
    const returned = async (): Promise<number> => {
      for (let count = 0; ; count++) if ((await Promise.race([writer.write(part), turn()])) === undefined) return count;
    };
    const before = await returned();
    for (const { answer } of peer.sent.slice(1)) answer(0);
    await turn();
    const after = peer.sent.slice(before + 1);
    expect(after.map(({ text }) => text.length)).to.deep.equal(Array.from({ length: before }, () => part.length));
    for (const { text, answer } of after) answer(text.length);
    await turn();
    for (const { text, answer } of peer.sent.slice(2 * before + 1)) answer(text.length); // the one that had waited
    await turn();
    expect(await returned()).to.be.at.most(before); // halved, and a little more since all was taken
  });

  it('waits in the line of the other server for room to begin a message: through a third server, too, nobody is woken in vain', async () => {
    const peer = new Peer();
    const writer = new RemoteWriter(peer, REQUEST, new WritersMemory(WRITERS_BEHIND_MAX_BYTES), TRUNCATE);
    await writer.whenRoom();
    expect(peer.asked).to.deep.equal(['room']);
    const begun = writer.write(Buffer.from('a'));
    peer.sent[0]?.answer(1);
    await begun;
    await writer.whenRoom();
    expect(await writer.write(Buffer.alloc(256 * 1024))).to.equal(256 * 1024);
    const room = writer.whenRoom();
    expect(await Promise.race([room.then(() => 'room'), turn()])).to.equal(undefined);
    peer.sent[1]?.answer(256 * 1024);
    await room;
    expect(peer.asked, 'what there is here is known here').to.deep.equal(['room']);
  });

  it('sends nothing of a write that is interrupted while it waits for those before it, nor of those behind it out of turn', async () => {
    const { peer, writer } = await begun();
    const full = Buffer.alloc(256 * 1024);
    expect(await writer.write(full)).to.equal(full.length);
    const interest = new AbortController();
    const waiting = Promise.resolve(writer.write(Buffer.from('b'), { signal: interest.signal }));
    const behind = Promise.resolve(writer.write(Buffer.from('c')));
    interest.abort(new Error('interrupted'));
    expect(await waiting.catch(String)).to.equal('Error: interrupted');
    expect(peer.sent.length).to.equal(2);
    peer.sent[1]?.answer(full.length);
    expect(await behind).to.equal(1);
    expect(peer.sent.slice(2).map(({ text }) => text)).to.deep.equal(['c']);
    writer.close();
    expect(peer.told).to.deep.equal(['open']);
    peer.sent[2]?.answer(1);
    await turn();
    expect(peer.told).to.deep.equal(['open', 'close']);
  });

  it('does not say that it resumes with bytes that are behind others which were not taken', async () => {
    const { peer, writer } = await begun();
    const half = Buffer.alloc(128 * 1024, 'b');
    expect([await writer.write(half), await writer.write(half)]).to.deep.equal([half.length, half.length]);
    const waiting = writer.write(Buffer.from('c'));
    peer.sent[1]?.answer(half.length);
    peer.sent[2]?.answer(0);
    expect(await waiting).to.equal(1);
    expect(peer.sent.slice(3).map(({ text, flags }) => [text, flags])).to.deep.equal([['c', 0]]);
    peer.sent[3]?.answer(0);
    await turn();
    expect(peer.sent.slice(4).map(({ text, flags }) => [text[0], flags])).to.deep.equal([['b', TRANSFER.RESUME], ['c', 0]]); // prettier-ignore
  });

  it('takes all of a write behind which others may come before it is answered, however much all writers hold', async () => {
    const budget = new WritersMemory(WRITERS_BEHIND_MAX_BYTES);
    const { peer, writer } = await begun(budget);
    budget.add(WRITERS_BEHIND_MAX_BYTES); // of the others
    const [first, second] = [Buffer.alloc(200_000, '1'), Buffer.alloc(200_000, '2')];
    const writes = [first, second].map((bytes) => Promise.resolve(writer.write(bytes, { whole: true })));
    expect(await writes[0]).to.equal(first.length);
    peer.sent[1]?.answer(first.length);
    expect(await writes[1]).to.equal(second.length);
    expect(peer.sent.slice(1).map(({ text }) => [text[0], text.length])).to.deep.equal([['1', first.length], ['2', second.length]]); // prettier-ignore
  });
});

describe('writers to the standard input of a process elsewhere', () => {
  const APPEND = { truncate: false, append: true };
  let peer: Peer;
  let ending: EndingWriters;
  const open = (): RemoteInputWriter => {
    const shared = { budget: new WritersMemory(WRITERS_BEHIND_MAX_BYTES), ending, input: 'a' };
    return new RemoteInputWriter(peer, { ...REQUEST, file: 'stdin' }, shared, APPEND);
  };
  const texts = (): readonly string[] => peer.sent.map(({ text }) => text);

  /** One that has closed with `two` under way. */
  async function closedEarly(): Promise<Sent> {
    const writer = open();
    const first = outcome(writer.write(Buffer.from('one')));
    peer.sent[0]?.answer(3);
    expect(await first).to.equal(3);
    expect(writer.write(Buffer.from('two'))).to.equal(3);
    writer.close();
    const [, under_way] = peer.sent;
    if (under_way === undefined) throw new Error('nothing is under way');
    return under_way;
  }

  beforeEach(() => {
    peer = new Peer();
    ending = new EndingWriters();
  });

  it('write behind those who have closed it, though their bytes are still under way, and never wait again', async () => {
    const earlier = await closedEarly();
    const writer = open();
    const borrowed = Buffer.from('three');
    const write = outcome(writer.write(borrowed));
    borrowed.fill('?');
    await turn();
    expect(texts()).to.deep.equal(['one', 'two']);
    expect(writer.ready()).to.equal(false);
    expect(await outcome((async () => writer.write(Buffer.from('x'), { nonblock: true }))())).to.equal('EAGAIN');
    earlier.answer(3);
    await turn();
    expect(texts()).to.deep.equal(['one', 'two', 'three']);
    peer.sent[2]?.answer(5);
    expect(await write).to.equal(5);
    const another = open();
    void outcome(another.write(Buffer.from('x')));
    expect(texts()).to.deep.equal(['one', 'two', 'three', 'x']);
  });

  it('write nothing when they are interrupted before, and a close is not the end of the input then', async () => {
    const earlier = await closedEarly();
    const writer = open();
    const signal = new AbortController();
    const write = outcome(writer.write(Buffer.from('three'), { signal: signal.signal }));
    signal.abort(new InterruptedError());
    expect(await write).to.equal('EINTR');
    writer.close();
    expect(peer.told).to.deep.equal(['open', 'open', 'withdraw']);
    earlier.answer(3);
    await turn();
    expect(peer.told).to.deep.equal(['open', 'open', 'withdraw', 'close']);
    expect(texts()).to.deep.equal(['one', 'two']);
  });

  it('go on when what was under way is lost', async () => {
    const earlier = await closedEarly();
    const write = outcome(open().write(Buffer.from('three')));
    earlier.fail(new CircuitError('EPIPE'));
    await turn();
    peer.sent[2]?.fail(new CircuitError('EPIPE'));
    expect(await write).to.equal('EPIPE');
  });
});
