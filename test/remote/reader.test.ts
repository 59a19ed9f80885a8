import { expect } from 'chai';
import { CircuitError, InterruptedError } from '../../src/base/error.js';
import { SYSTEM_CLOCK } from '../../src/base/clock.js';
import { AheadBudgets } from '../../src/remote/ahead-budgets.js';
import { TRANSFER } from '../../src/remote/calls.js';
import { RemoteReader } from '../../src/remote/reader.js';
import { Data } from '../../src/wire/session/bulk.js';
import type { Caller, CallOptions } from '../../src/wire/session/session-handler.js';

const REQUEST = { handle: 7, target: 'X0123456789abcdef', path: ['a'], file: 'recv', credentials: { uid: 0, gid: 0, pid: 1 } } as const;

interface Asked {
  readonly args: unknown;
  readonly options: CallOptions;
  readonly answer: (data: Data) => void;
  readonly fail: (error: unknown) => void;
}

/** The other server, as the test plays it. */
class Peer implements Caller {
  readonly reads: Asked[] = [];

  call(_operation: string, args: unknown, options: CallOptions = {}): Promise<unknown> {
    return new Promise((answer, fail) => this.reads.push({ args, options, answer, fail }));
  }

  transfer(): never {
    throw new Error('a reader hands nothing over');
  }

  note(): void {
    // nothing is answered to it
  }

  hold(): () => void {
    return () => undefined;
  }
}

const outcome = (call: Uint8Array | Promise<Uint8Array>): Promise<string> => Promise.resolve(call).then((bytes) => Buffer.from(bytes).toString(), (error: unknown) => CircuitError.from(error).code); // prettier-ignore
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a reader of another server', () => {
  it('waits, if it may, also when an interrupted read before it may not', async () => {
    const peer = new Peer();
    const reader = new RemoteReader(peer, REQUEST, { budget: new AheadBudgets().reads, hoards: new Map(), clock: SYSTEM_CLOCK });
    const signal = new AbortController();
    const now = outcome(reader.read(10, { nonblock: true, signal: signal.signal }));
    signal.abort(new InterruptedError());
    peer.reads[0]?.options.unsettled?.();
    expect(await now).to.equal('EINTR');
    const later = outcome(reader.read(10));
    peer.reads[0]?.fail(new CircuitError('EAGAIN'));
    await turn();
    expect(peer.reads).to.have.length(2);
    peer.reads[1]?.answer(new Data(Buffer.from('hello'), true));
    expect(await later).to.equal('hello');
  });

  it('asks for the end with the last bytes, and not again for the end alone', async () => {
    const peer = new Peer();
    const reader = new RemoteReader(peer, REQUEST, { budget: new AheadBudgets().reads, hoards: new Map(), clock: SYSTEM_CLOCK });
    const message = outcome(reader.read(10));
    expect(peer.reads[0]?.args).to.deep.include.members([TRANSFER.END]);
    peer.reads[0]?.answer(new Data(Buffer.from('hello'), true));
    expect([await message, await outcome(reader.read(10))]).to.deep.equal(['hello', '']);
    expect(peer.reads).to.have.length(1);
  });
});
