import type { CancelSignal } from '../../../src/base/cancellation.js';
import { expect } from 'chai';
import { CircuitError, InterruptedError } from '../../../src/base/error.js';
import { SESSION_SILENCE_MS, SESSION_WINDOW_BYTES } from '../../../src/base/limits.js';
import type { IncomingCall, SessionHandler } from '../../../src/wire/session/session-handler.js';
import { Pair } from './pair.js';

const NOBODY: SessionHandler = { handle: () => expect.fail('nobody calls this end') };

/** Serves: `echo`, `fail`, `wait` until `release`, and keeps what it was told. */
class Served implements SessionHandler {
  readonly heard: string[] = [];
  readonly release: ((value: unknown) => void)[] = [];
  readonly calls: IncomingCall[] = [];
  reason: CircuitError | undefined = undefined;

  handle(op: string, args: unknown, call: IncomingCall): unknown {
    this.heard.push(op);
    this.calls.push(call);
    if (op === 'fail') throw new CircuitError('EBUSY', 'not now');
    if (op === 'break') throw new TypeError('a fault of ours');
    if (op === 'wait') return this.#wait(call.signal);
    return args;
  }

  noted(op: string): void {
    this.heard.push(op);
  }

  ended(reason: CircuitError): void {
    this.reason = reason;
  }

  #wait(signal: CancelSignal): Promise<unknown> {
    return new Promise((resolve, reject: (reason: Error) => void) => {
      this.release.push(resolve);
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
  }
}

function connected(handler: SessionHandler = NOBODY): { readonly pair: Pair; readonly served: Served } {
  const served = new Served();
  const pair = new Pair(handler, served);
  pair.connect();
  return { pair, served };
}

/** What a promise came to, for comparing. */
async function outcome(promise: Promise<unknown>): Promise<unknown> {
  try {
    return await promise;
  } catch (error) {
    return error instanceof CircuitError ? `${error.code}: ${error.message}` : error;
  }
}

describe('a session', () => {
  it('answers calls with plain data, bytes included', async () => {
    const { pair } = connected();
    const values = [undefined, null, true, -1.5, 2 ** 40, 'x\u{1f600}', Buffer.from('bytes'), Buffer.alloc(100_000, 7), [1, { a: [] }]];
    const answers = Promise.all(values.map((value) => pair.a.session.call('echo', value)));
    await pair.settle();
    expect(await answers).to.deep.equal(values);
  });

  it('sends the calls of one turn in one message', async () => {
    const { pair } = connected();
    for (let i = 0; i < 100; i++) void pair.a.session.call('echo', i);
    pair.a.flush();
    expect(pair.b.inbox).to.have.length(1);
    await pair.settle();
  });

  it('starts calls and notes in the order in which they were made', async () => {
    const { pair, served } = connected();
    void pair.a.session.call('one', 1);
    pair.a.session.note('two', Buffer.alloc(100_000));
    void pair.a.session.call('three', Buffer.alloc(100_000));
    pair.a.session.note('four', 4);
    await pair.settle();
    expect(served.heard).to.deep.equal(['one', 'two', 'three', 'four']);
  });

  it('hands errors on as code and message, and our own faults as EIO', async () => {
    const { pair } = connected();
    const calls = Promise.all(['fail', 'break'].map((op) => outcome(pair.a.session.call(op, null))));
    await pair.settle();
    expect(await calls).to.deep.equal(['EBUSY: not now', 'EIO: an error inside the server; its log has the details']);
  });

  it('lets both ends call', async () => {
    const own = new Served();
    const { pair } = connected(own);
    const calls = Promise.all([pair.a.session.call('echo', 'to b'), pair.b.session.call('echo', 'to a')]);
    await pair.settle();
    expect(await calls).to.deep.equal(['to b', 'to a']);
  });

  it('refuses what is no plain data, or too much, and goes on', async () => {
    const { pair } = connected();
    const circle: unknown[] = [];
    circle.push(circle);
    const bad = [new Date(0), new Set([1]), circle, () => 1, { a: new Map([[1, 2]]) }, Buffer.alloc(1_200_000)];
    const calls = Promise.all([...bad, 'good'].map((value) => outcome(pair.a.session.call('echo', value))));
    await pair.settle();
    const codes = (await calls).map((answer) => String(answer).split(':', 1)[0]);
    expect(codes).to.deep.equal(['EINVAL', 'EINVAL', 'EINVAL', 'EINVAL', 'EINVAL', 'EMSGSIZE', 'good']);
  });

  it('goes on over the next connection as if nothing had been', async () => {
    const { pair, served } = connected();
    const before = pair.a.session.call('before', 1);
    pair.a.flush();
    pair.disconnect();
    const meanwhile = pair.a.session.call('meanwhile', 2);
    pair.connect();
    pair.a.flush();
    pair.b.arrive();
    pair.tick(0);
    pair.b.arrive();
    pair.b.flush();
    pair.disconnect();
    expect(served.heard, 'the calls came, the answers did not').to.deep.equal(['before', 'meanwhile']);
    pair.connect();
    await pair.settle();
    expect(await Promise.all([before, meanwhile])).to.deep.equal([1, 2]);
    expect(served.heard).to.deep.equal(['before', 'meanwhile']);
  });

  it('is idle when all is answered and confirmed, and nobody holds it', async () => {
    const { pair } = connected();
    const release = pair.a.session.hold();
    expect(pair.a.session.idle).to.be.false;
    release();
    release();
    expect(pair.a.session.idle).to.be.true;
    const call = pair.a.session.call('echo', 1);
    expect(pair.a.session.idle).to.be.false;
    await pair.settle();
    await call;
    expect(pair.b.session.idle, 'the answer is not confirmed').to.be.false;
    pair.tick();
    await pair.settle();
    expect([pair.a.session.idle, pair.b.session.idle]).to.deep.equal([true, true]);
  });

  it('ends at both ends: own calls fail, those of the peer are aborted', async () => {
    const own = new Served();
    const { pair, served } = connected(own);
    const calls = Promise.all([pair.a.session.call('wait', 1), pair.b.session.call('wait', 2)].map(outcome));
    await pair.settle();
    pair.a.session.end(new CircuitError('EHOSTDOWN', 'told so'));
    await pair.settle();
    expect(await calls).to.deep.equal(['EHOSTDOWN: told so', 'EHOSTDOWN: told so']);
    expect([own.calls[0]?.signal.aborted, served.calls[0]?.signal.aborted]).to.deep.equal([true, true]);
    expect([own.reason?.message, served.reason?.message]).to.deep.equal(['told so', 'told so']);
    expect(await outcome(pair.b.session.call('echo', 1))).to.equal('EHOSTDOWN: told so');
  });

  it('can fail its own calls before the peer knows that it ends; answers that come after that reach nobody', async () => {
    const { pair, served } = connected();
    const call = pair.a.session.call('wait', 1);
    await pair.settle();
    pair.a.session.forsake(new CircuitError('EHOSTDOWN', 'it stops'));
    expect(await outcome(call)).to.equal('EHOSTDOWN: it stops');
    expect(String(await outcome(pair.a.session.call('echo', 1)))).to.match(/^EHOSTDOWN/);
    await pair.settle();
    expect([served.calls[0]?.signal.aborted, served.reason]).to.deep.equal([false, undefined]);
    served.release[0]?.('done');
    await pair.settle();
    expect(pair.a.session.reason).to.equal(undefined);
    pair.a.session.end(new CircuitError('EHOSTDOWN', 'it stops'));
    await pair.settle();
    expect(served.reason?.message).to.equal('it stops');
  });

  it('finishes when what is open has been answered', async () => {
    const { pair, served } = connected();
    const call = pair.a.session.call('wait', 1);
    await pair.settle();
    pair.b.session.finish();
    await pair.settle();
    expect([pair.a.session.open, pair.a.session.reason]).to.deep.equal([false, undefined]);
    served.release[0]?.('done');
    await pair.settle();
    expect(await call).to.equal('done');
    expect(served.reason?.code).to.equal('EHOSTDOWN');
    expect(pair.a.session.reason?.code).to.equal('EHOSTDOWN');
  });

  it('ends when the peer sends what is no message', async () => {
    const { pair, served } = connected();
    const call = outcome(pair.a.session.call('wait', 1));
    await pair.settle();
    pair.b.session.receive(Buffer.from([1, 2, 3]));
    await pair.settle();
    expect(served.reason?.message).to.match(/does not keep to the protocol/);
    expect(await call).to.match(/^EHOSTDOWN: .*does not keep to the protocol/);
  });

  it('is congested while the peer confirms nothing, and says when it flows', async () => {
    const { pair } = connected();
    let flowing = false;
    for (let sent_bytes = 0; sent_bytes <= SESSION_WINDOW_BYTES; sent_bytes += 1_000_000)
      pair.a.session.note('bulk', Buffer.alloc(1_000_000));
    expect(pair.a.session.congested).to.be.true;
    const wait = pair.a.session.whenFlowing().then(() => (flowing = true));
    const interrupted = outcome(pair.a.session.whenFlowing({ signal: AbortSignal.abort('enough') }));
    expect(await interrupted).to.equal('enough');
    expect(flowing).to.be.false;
    await pair.settle();
    await wait;
    expect(pair.a.session.congested).to.be.false;
  });

  it('hands bytes over in order, also small ones behind large ones that wait until it flows', async () => {
    const handed: number[] = [];
    const served: SessionHandler = {
      handle: () => null,
      transfer: (_handle, _flags, bytes) => {
        handed.push(bytes.length);
        return bytes.length;
      },
    };
    const pair = new Pair(NOBODY, served);
    pair.connect();
    for (let sent_bytes = 0; sent_bytes <= SESSION_WINDOW_BYTES; sent_bytes += 1_000_000)
      pair.a.session.note('bulk', Buffer.alloc(1_000_000));
    const abort = new AbortController();
    const gone = outcome(pair.a.session.transfer(1, 0, Buffer.alloc(5_000), { signal: abort.signal }));
    const transfers = [4_000, 10, 3_000, 20].map((length) => pair.a.session.transfer(1, 0, Buffer.alloc(length)));
    abort.abort('enough');
    expect(await gone).to.equal('enough');
    await pair.settle();
    expect(await Promise.all(transfers)).to.deep.equal([4_000, 10, 3_000, 20]);
    expect(handed).to.deep.equal([4_000, 10, 3_000, 20]);
    const last = pair.a.session.transfer(1, 0, Buffer.alloc(30));
    await pair.settle();
    expect(await last).to.equal(30);
  });

  it('asks for a sign of life while something goes on, and gives a silent connection up', async () => {
    const { pair } = connected();
    const call = outcome(pair.a.session.call('wait', 1));
    await pair.settle();
    for (let waited_ms = 0; waited_ms < 3 * SESSION_SILENCE_MS; waited_ms += 500) {
      expect(pair.tick(500)).to.deep.equal([true, true]);
      await pair.settle();
    }
    const echo = pair.a.session.call('echo', 1);
    await pair.settle();
    await echo;
    pair.tick(0);
    let alive = true;
    let waited_ms = 0;
    for (; alive; waited_ms += 500) [alive] = pair.tick(500);
    expect(waited_ms).to.be.within(SESSION_SILENCE_MS, SESSION_SILENCE_MS + 1000);
    pair.a.session.end(new CircuitError('EHOSTDOWN'));
    await call;
  });

  it('does not take its own pause for the silence of the peer', async () => {
    const { pair } = connected();
    void outcome(pair.a.session.call('wait', 1));
    await pair.settle();
    pair.tick();
    pair.tick();
    expect(pair.tick(60_000)).to.deep.equal([true, true]);
  });
});

describe('a cancelled call', () => {
  it('fails with the reason of its signal when it has done nothing', async () => {
    const { pair, served } = connected();
    const abort = new AbortController();
    const call = outcome(pair.a.session.call('wait', 1, { signal: abort.signal }));
    await pair.settle();
    abort.abort('interrupted');
    await pair.settle();
    expect(await call).to.equal('interrupted');
    expect(served.calls[0]?.signal.reason).to.have.property('code', 'EINTR');
  });

  it('succeeds all the same when the answer was faster', async () => {
    const { pair, served } = connected();
    const abort = new AbortController();
    const call = outcome(pair.a.session.call('wait', 1, { signal: abort.signal }));
    await pair.settle();
    served.release[0]?.('was faster');
    abort.abort('interrupted');
    await pair.settle();
    expect(await call).to.equal('was faster');
  });

  it('is not made at all if it was not sent', async () => {
    const { pair, served } = connected();
    pair.disconnect();
    const abort = new AbortController();
    const call = outcome(pair.a.session.call('wait', 1, { signal: abort.signal }));
    abort.abort('interrupted');
    expect(await call).to.equal('interrupted');
    pair.connect();
    await pair.settle();
    expect(served.heard).to.deep.equal([]);
    expect(pair.a.session.idle).to.be.true;
  });

  for (const when of ['before', 'after'] as const) {
    it(`is abandoned at once on a broken connection (cancelled ${when} it broke), and its answer comes to nobody`, async () => {
      const { pair, served } = connected();
      const abort = new AbortController();
      const call = outcome(pair.a.session.call('wait', 'args', { signal: abort.signal, abandon: true }));
      await pair.settle();
      if (when === 'before') abort.abort('interrupted');
      pair.disconnect();
      if (when === 'after') abort.abort('interrupted');
      expect(await call).to.equal('interrupted');
      served.release[0]?.('done');
      pair.connect();
      pair.tick();
      await pair.settle();
      expect(pair.a.session.idle).to.be.true;
    });
  }

  it('is told to be unsettled when the peer says nothing, and settled by its answer', async () => {
    const { pair, served } = connected();
    const abort = new AbortController();
    let unsettled = 0;
    const call = outcome(pair.a.session.call('wait', 1, { signal: abort.signal, unsettled: () => unsettled++ }));
    await pair.settle();
    pair.disconnect();
    abort.abort('interrupted');
    expect(unsettled).to.equal(1);
    served.release[0]?.('done');
    pair.connect();
    await pair.settle();
    pair.tick();
    await pair.settle();
    expect([await call, unsettled]).to.deep.equal(['done', 1]);
  });

  it('waits for nobody when its caller is being killed', async () => {
    const { pair } = connected();
    const abort = new AbortController();
    const call = outcome(pair.a.session.call('wait', 1, { signal: abort.signal, abandon: true }));
    await pair.settle();
    abort.abort(new InterruptedError('killed', { fatal: true }));
    expect(await call).to.equal('EINTR: killed');
  });

  it('fails when the peer has been silent for its limit, and no sooner', async () => {
    const { pair } = connected();
    const call = outcome(pair.a.session.call('wait', 1, { silence_ms: 1000 }));
    await pair.settle();
    let settled = false;
    void call.then(() => (settled = true));
    for (let i = 0; i < 19; i++) pair.tick();
    await Promise.resolve();
    expect(settled).to.be.false;
    for (let i = 0; i < 3; i++) pair.tick();
    expect(await call).to.match(/^EHOSTDOWN: Xb has not been heard of for 1 s/);
  });

  it('does not count the time in which this process was stopped as the silence of the peer', async () => {
    const { pair } = connected();
    const call = outcome(pair.a.session.call('wait', 1, { silence_ms: 1000 }));
    await pair.settle();
    pair.tick();
    pair.a.session.stalled();
    pair.tick(60_000);
    let settled = false;
    void call.then(() => (settled = true));
    for (let i = 0; i < 19; i++) pair.tick();
    await Promise.resolve();
    expect(settled).to.be.false;
    for (let i = 0; i < 3; i++) pair.tick();
    expect(await call).to.match(/^EHOSTDOWN/);
  });

  it('is abandoned soon when the peer says nothing', async () => {
    const { pair } = connected();
    const abort = new AbortController();
    const call = outcome(pair.a.session.call('wait', 1, { signal: abort.signal, abandon: true }));
    await pair.settle();
    abort.abort('interrupted');
    for (let i = 0; i < 22; i++) pair.tick();
    expect(await call).to.equal('interrupted');
    await pair.settle();
  });
});
