import { expect } from 'chai';
import { HANDLES_MAX, SESSION_CALLS_BYTES, SESSION_CALLS_MAX, SESSIONS_MAX, SESSIONS_PEER_MAX, SESSIONS_PER_SOURCE_MAX } from '../../../src/base/limits.js'; // prettier-ignore
import { MemoryBudget } from '../../../src/base/memory-budget.js';
import { MemoryShares } from '../../../src/base/memory-shares.js';
import { Handles } from '../../../src/remote/handles.js';
import { VERSIONS, type Welcome } from '../../../src/wire/transport/connection.js';
import { ANSWER, decodeFrames, type EncodedFrame, FAILURE, type Frame } from '../../../src/wire/session/frame.js';
import type { ServedSession, SessionHandler } from '../../../src/wire/session/session-handler.js';
import { ServedCalls } from '../../../src/wire/session/served-calls.js';
import { SessionTable } from '../../../src/wire/session/session-table.js';
import { VirtualClock } from '../../lib/virtual-clock.js';

/** An end that is asked and does not answer by itself. */
class Asked {
  readonly posted: Frame[] = [];
  readonly calls = new ServedCalls((frame) => this.posted.push(decoded(frame)), undefined);
  readonly answers: (() => void)[] = [];
  #id = 0;

  ask(size_bytes = 10): void {
    const handle = (): Promise<unknown> => new Promise((resolve) => this.answers.push(() => resolve('late')));
    this.calls.serve(++this.#id, size_bytes, handle);
  }
}

function decoded({ head, payload }: EncodedFrame): Frame {
  const [frame] = decodeFrames(Buffer.concat([head, payload]), 0);
  if (frame === undefined) throw new Error('no frame');
  return frame;
}

const begin = (table: SessionTable, peer: number, session: number, host = `10.0.${peer >> 8}.${peer & 0xff}`): Welcome =>
  table.welcome(
    {
      versions: VERSIONS,
      id: `X${peer.toString(16).padStart(16, '0')}`,
      role: 'server',
      purpose: 'session',
      note: { session: session.toString(16).padStart(32, '0'), received: 0, fresh: true },
    },
    { host, port: 1 },
  );

describe('what a peer may leave open', () => {
  it('is so many calls that wait; the next one is answered EAGAIN, and one more when one has ended', async () => {
    const asked = new Asked();
    for (let count = 0; count < SESSION_CALLS_MAX; count++) asked.ask();
    expect(asked.posted).to.deep.equal([]);
    asked.ask();
    expect(asked.posted[0]?.slice(0, 3)).to.deep.equal([FAILURE, SESSION_CALLS_MAX + 1, 'EAGAIN']);
    asked.answers[0]?.();
    await Promise.resolve();
    expect(asked.posted[1]).to.deep.equal([ANSWER, 1, 'late']);
    asked.ask();
    expect([asked.calls.size, asked.posted.length]).to.deep.equal([SESSION_CALLS_MAX, 2]);
  });

  it('is so many bytes in calls that wait', async () => {
    const asked = new Asked();
    asked.ask(SESSION_CALLS_BYTES - 5);
    asked.ask(6);
    expect(asked.posted[0]?.slice(0, 3)).to.deep.equal([FAILURE, 2, 'EAGAIN']);
    asked.ask(5);
    asked.answers[0]?.();
    await Promise.resolve();
    asked.ask(6);
    expect(asked.posted.map(([kind]) => kind)).to.deep.equal([FAILURE, ANSWER]);
  });

  it('is so many files', () => {
    const handles = new Handles();
    const end = { close: () => undefined } as unknown as ReturnType<Handles['reader']>;
    for (let handle = 0; handle < HANDLES_MAX; handle++) handles.addReader(handle, () => end);
    handles.addWriter(HANDLES_MAX, () => expect.fail('it was opened'), () => Promise.resolve()); // prettier-ignore
    expect(() => handles.writer(HANDLES_MAX)).to.throw('too many open files');
    handles.close(0);
    handles.addReader(HANDLES_MAX, () => end);
    expect(handles.reader(HANDLES_MAX)).to.equal(end);
  });
});

describe('how many sessions there are', () => {
  it('is bounded for one peer, and for all together', async () => {
    const clock = new VirtualClock();
    const table = new SessionTable({ clock, serve: () => ({ handle: () => null }) });
    for (let session = 0; session < SESSIONS_MAX; session++) begin(table, Math.floor(session / SESSIONS_PEER_MAX), session);
    expect(table.size).to.equal(SESSIONS_MAX);
    expect(begin(table, SESSIONS_MAX, SESSIONS_MAX)).to.deep.equal({ refused: 'there are too many sessions' });
    table.peerDied('X0000000000000000');
    expect(begin(table, 1, SESSIONS_MAX)).to.deep.equal({ refused: 'there are too many sessions' });
    expect(begin(table, SESSIONS_MAX, SESSIONS_MAX)).to.have.property('note');
    table.close();
    await clock.advance(2000);
    expect([table.size, clock.timers]).to.deep.equal([0, 0]);
  });

  it('is bounded for one address, whatever IDs it makes up: the others, and this host, have room', async () => {
    const clock = new VirtualClock();
    const table = new SessionTable({ clock, serve: () => ({ handle: () => null }) });
    const crowd = (from: string, first: number): number => {
      for (let n = 0; ; n++) if ('refused' in begin(table, first + n, first + n, from)) return n;
    };
    expect(crowd('192.0.2.1', 0)).to.equal(SESSIONS_PER_SOURCE_MAX);
    expect(begin(table, 100_000, 100_000, '192.0.2.1')).to.deep.equal({ refused: 'there are too many sessions from this address' });
    expect(begin(table, 100_001, 100_001, '192.0.2.2')).to.have.property('note');
    expect(crowd('2001:db8::1', 200_000), 'a /64 is one').to.equal(SESSIONS_PER_SOURCE_MAX);
    expect(begin(table, 300_000, 300_000, '2001:db8::2')).to.have.property('refused');
    expect(begin(table, 300_001, 300_001, '127.0.0.1')).to.have.property('note');
    table.peerDied('X0000000000000000');
    expect(begin(table, 300_002, 300_002, '192.0.2.1'), 'one has gone').to.have.property('note');
    table.close();
    await clock.advance(2000);
    expect([table.size, clock.timers]).to.deep.equal([0, 0]);
  });
});

describe('the memory that the sessions of a server share', () => {
  it('is half for one holder alone, and an equal part for each while all is used up', () => {
    const total = new MemoryBudget(1000);
    const shares = new MemoryShares(total);
    const [a, b, c, late] = ['a', 'b', 'c', 'late'].map((holder) => shares.of(holder));
    a?.add(499);
    expect(a?.exhausted).to.equal(false);
    a?.add(1);
    expect([a?.exhausted, total.exhausted, b?.exhausted]).to.deep.equal([true, false, false]);
    b?.add(450);
    c?.add(50);
    expect([total.exhausted, b?.exhausted]).to.deep.equal([true, true]);
    expect([c?.exhausted, late?.exhausted], 'those that hold little').to.deep.equal([false, false]);
    late?.add(250);
    expect(late?.exhausted).to.equal(true);
    expect(shares.of('a').exhausted, 'it is one share by whatever session').to.equal(true);
    a?.add(-500);
    expect([a?.exhausted, b?.exhausted]).to.deep.equal([false, false]);
    for (const [share, bytes] of [[b, 450], [c, 50], [late, 250]] as const) share?.add(-bytes); // prettier-ignore
    expect(total.used_bytes).to.equal(0);
  });

  it('is shared by the sessions of one address, under whatever IDs, and one that has its share holds up no other', async () => {
    const clock = new VirtualClock();
    const shares = new MemoryShares(new MemoryBudget(1000));
    const sessions: ServedSession[] = [];
    const serve = (session: ServedSession): SessionHandler => {
      sessions.push(session);
      return { handle: () => null };
    };
    const table = new SessionTable({ clock, serve, budgetFor: (address) => shares.of(address) });
    for (const [n, from] of ['192.0.2.1', '192.0.2.1', '192.0.2.2'].entries()) begin(table, n, n, from);
    shares.of('192.0.2.1').add(500);
    expect(sessions.map(({ congested }) => congested)).to.deep.equal([true, true, false]);
    shares.of('192.0.2.1').add(-500);
    expect(sessions.map(({ congested }) => congested)).to.deep.equal([false, false, false]);
    table.close();
    await clock.advance(2000);
  });

  it('has a bound for one holder that is not half of very much', () => {
    const share = new MemoryShares(new MemoryBudget(1_000_000), 1000).of('a');
    share.add(1000);
    expect(share.exhausted).to.equal(true);
  });
});
