import { expect } from 'chai';
import { HANDLES_MAX, SESSION_CALLS_BYTES, SESSION_CALLS_MAX, SESSIONS_MAX, SESSIONS_PEER_MAX } from '../../../src/base/limits.js';
import { Handles } from '../../../src/remote/handles.js';
import { VERSIONS, type Welcome } from '../../../src/wire/transport/connection.js';
import { ANSWER, decodeFrames, type EncodedFrame, FAILURE, type Frame } from '../../../src/wire/session/frame.js';
import { ServedCalls } from '../../../src/wire/session/served-calls.js';
import { SessionTable } from '../../../src/wire/session/session-table.js';
import { VirtualClock } from './virtual-clock.js';

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
    handles.addWriter(HANDLES_MAX, () => expect.fail('it was opened'));
    expect(() => handles.writer(HANDLES_MAX)).to.throw('too many open files');
    handles.close(0);
    handles.addReader(HANDLES_MAX, () => end);
    expect(handles.reader(HANDLES_MAX)).to.equal(end);
  });
});

describe('how many sessions there are', () => {
  const begin = (table: SessionTable, peer: number, session: number): Welcome =>
    table.welcome({
      versions: VERSIONS,
      id: `X${peer.toString(16).padStart(16, '0')}`,
      role: 'server',
      purpose: 'session',
      note: { session: session.toString(16).padStart(32, '0'), received: 0, fresh: true },
    });

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
});
