import { expect } from 'chai';
import { CircuitError, InterruptedError } from '../../src/base/error.js';
import { RemoteTaker } from '../../src/remote/taker.js';
import type { Caller, CallOptions } from '../../src/wire/session/session-handler.js';

const REQUEST = { handle: 7, target: 'X0123456789abcdef', path: ['a'], file: 'take', credentials: { uid: 0, gid: 0, pid: 1 } } as const;

interface Asked {
  readonly name: string;
  readonly options: CallOptions;
  readonly answer: (answer: unknown) => void;
  readonly fail: (error: unknown) => void;
}

/** The other server, as the test plays it. */
class Peer implements Caller {
  readonly asked: Asked[] = [];
  readonly notes: string[] = [];

  call(name: string, _args: unknown, options: CallOptions = {}): Promise<unknown> {
    return new Promise((answer, fail) => this.asked.push({ name, options, answer, fail }));
  }

  transfer(): never {
    throw new Error('a reader hands nothing over');
  }

  note(name: string): void {
    this.notes.push(name);
  }

  hold(): () => void {
    return () => undefined;
  }

  get names(): readonly string[] {
    return this.asked.map(({ name }) => name);
  }
}

const outcome = (call: Promise<unknown>): Promise<string> => call.then((bytes) => Buffer.from((bytes as Uint8Array | undefined) ?? []).toString(), (error: unknown) => CircuitError.from(error).code); // prettier-ignore
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const message = (text: string, end = true): unknown => [Buffer.from(text), end, 0];

describe('a taker of another server', () => {
  let peer: Peer;
  let taker: RemoteTaker;

  beforeEach(() => {
    peer = new Peer();
    taker = new RemoteTaker(peer, REQUEST);
  });

  /** A read that was interrupted, and told so before its fate is known. */
  async function interrupted(): Promise<void> {
    const signal = new AbortController();
    const read = outcome(taker.read(10, signal));
    signal.abort(new InterruptedError());
    await turn();
    peer.asked[0]?.options.unsettled?.();
    expect(await read).to.equal('EINTR');
  }

  it('gives back a message that comes for nobody, untried', async () => {
    await interrupted();
    peer.asked[0]?.answer(message('job'));
    await turn();
    expect(peer.notes).to.deep.equal(['open', 'requeue']);
    expect([taker.ready(), taker.lost()]).to.deep.equal([false, 0]);
  });

  it('gives it to who reads again, and asks for no other', async () => {
    await interrupted();
    const again = outcome(taker.read(10));
    peer.asked[0]?.answer(message('job'));
    expect(await again).to.equal('job');
    expect(await outcome(taker.read(10))).to.equal('');
    expect(peer.names).to.deep.equal(['take']);
    expect(peer.notes).to.deep.equal(['open', 'ack']);
  });

  it('gives what arrives in time to a caller that is interrupted', async () => {
    const signal = new AbortController();
    const read = outcome(taker.read(10, signal));
    signal.abort(new InterruptedError());
    peer.asked[0]?.answer(message('job'));
    expect(await read).to.equal('job');
  });

  it('says done once, whoever is interrupted in it and says it again, and reads nothing before that is known', async () => {
    const read = outcome(taker.read(10));
    peer.asked[0]?.answer(message('job'));
    expect(await read).to.equal('job');
    const signal = new AbortController();
    const done = outcome(taker.done(signal));
    await turn();
    signal.abort(new InterruptedError());
    expect(await done).to.equal('EINTR');
    const again = outcome(taker.done());
    const next = outcome(taker.read(10));
    await turn();
    expect(peer.names).to.deep.equal(['take', 'done']);
    peer.asked[1]?.answer(null);
    expect(await again).to.equal('');
    await turn();
    peer.asked[2]?.answer(message('next'));
    expect(await next).to.equal('next');
    const last = outcome(taker.done());
    await turn();
    expect(peer.names).to.deep.equal(['take', 'done', 'take', 'done']);
    peer.asked[3]?.answer(null);
    expect(await last).to.equal('');
  });

  it('does not mistake what is read meanwhile for the next message', async () => {
    const read = outcome(taker.read(10));
    peer.asked[0]?.answer(message('begun', false));
    expect(await read).to.equal('begun');
    const more = outcome(taker.read(10));
    const done = outcome(taker.done());
    await turn();
    expect(peer.names).to.deep.equal(['take', 'take']);
    expect(peer.asked[1]?.options.signal?.aborted).to.equal(true);
    peer.asked[1]?.fail(peer.asked[1].options.signal?.reason);
    await turn();
    peer.asked[2]?.answer(null);
    expect(await done).to.equal('');
    await turn();
    expect(peer.names).to.deep.equal(['take', 'take', 'done', 'take']);
    peer.asked[3]?.answer(message('next'));
    expect(await more).to.equal('next');
  });

  it('has an answer of its own for a read that must not wait', async () => {
    const now = outcome(taker.read(10, { nonblock: true }));
    const later = outcome(taker.read(10));
    peer.asked[0]?.fail(new CircuitError('EAGAIN'));
    expect(await now).to.equal('EAGAIN');
    await turn();
    peer.asked[1]?.answer(message('job'));
    expect(await later).to.equal('job');
  });
});
