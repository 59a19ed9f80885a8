import { expect } from 'chai';
import type { WaitOptions } from '../../src/base/bytes.js';
import { CircuitError } from '../../src/base/error.js';
import { Wait } from '../../src/stream/wait.js';
import { WaitQueue } from '../../src/stream/wait-queue.js';
import { PausableWaits } from '../../src/remote/pausable-waits.js';

/** A line of readers, each of which gets one thing. */
class Counter {
  readonly line = new WaitQueue<Wait<string>>();
  taken = 0;

  readonly read = ({ signal }: WaitOptions): Promise<string> => {
    const wait = new Wait<string>();
    const answer = wait.begin(signal, () => void this.line.remove(wait));
    this.line.push(wait);
    return answer;
  };

  give(what: string): boolean {
    const first = this.line.shift();
    first?.answer(what);
    return first !== undefined;
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const call = (controller = new AbortController()): { readonly signal: AbortSignal } => ({ signal: controller.signal });

describe('what waits on behalf of a peer', () => {
  let counter: Counter;
  let offers: PausableWaits;

  beforeEach(() => {
    counter = new Counter();
    offers = new PausableWaits();
  });

  it('is answered at once if it can be, and makes no signal then', () => {
    const unread = {
      get signal(): never {
        throw new Error('a signal was made');
      },
    };
    expect(offers.make(unread, () => 'here')).to.equal('here');
  });

  it('is offered nothing while the connection is down, and stands in line again afterwards', async () => {
    const answer = offers.make(call(), counter.read);
    offers.pause('down');
    await turn();
    expect(counter.give('lost')).to.equal(false);
    offers.resume('down');
    await turn();
    expect(counter.give('kept')).to.equal(true);
    expect(await answer).to.equal('kept');
    expect(counter.line.length).to.equal(0);
  });

  it('is as patient as the session, over many connections', async () => {
    const answer = offers.make(call(), counter.read);
    for (let times = 0; times < 5; times++) {
      offers.pause('down');
      if (times % 2 === 0) await turn();
      offers.resume('down');
      await turn();
    }
    expect(counter.line.length).to.equal(1);
    counter.give('kept');
    expect(await answer).to.equal('kept');
  });

  it('ends when the peer cancels it, or the session is over, with or without a connection', async () => {
    for (const down of [false, true]) {
      const controller = new AbortController();
      const answer = Promise.resolve(offers.make(call(controller), counter.read)).catch((error: unknown) => error);
      if (down) offers.pause('down');
      await turn();
      const reason = new CircuitError('EINTR');
      controller.abort(reason);
      expect(await answer).to.equal(reason);
      expect(counter.line.length).to.equal(0);
    }
  });

  it('fails as the file does', async () => {
    const error = new CircuitError('EIDRM');
    const answer = Promise.resolve(offers.make(call(), () => Promise.reject(error))).catch((reason: unknown) => reason);
    expect(await answer).to.equal(error);
    expect(() => offers.make(call(), () => { throw error; })).to.throw('').with.property('code', 'EIDRM'); // prettier-ignore
  });
});
