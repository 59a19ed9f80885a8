import { expect } from 'chai';
import { unlessAborted, unlessLate, within } from '../../src/base/within.js';

const never = new Promise<string>(() => undefined);

async function failureOf(call: Promise<unknown>): Promise<unknown> {
  try {
    await call;
  } catch (error) {
    return error;
  }
  return expect.fail('did not fail');
}

describe('a deadline', () => {
  it('gives the answer that comes in time, whose signal is never aborted then', async () => {
    let given: AbortSignal | undefined;
    const answer = await within(10_000, async (signal) => {
      given = signal;
      return Promise.resolve('here');
    });
    expect(answer).to.equal('here');
    expect(given?.aborted).to.equal(false);
  });

  it('may be infinite, or longer than a timer of Node can be', async () => {
    for (const limit_ms of [Infinity, 2 ** 40]) {
      const slow = new Promise<string>((answer) => setTimeout(answer, 50, 'here'));
      expect(await within(limit_ms, () => slow)).to.equal('here');
    }
  });

  it('ends the waiting with what it was told to fail with, and tells who is asked', async () => {
    const late = new Error('late');
    let given: AbortSignal | undefined;
    const ask = (signal: AbortSignal): Promise<string> => {
      given = signal;
      return never;
    };
    expect(await failureOf(within(1, ask, { late: () => late }))).to.equal(late);
    expect(given?.reason).to.equal(late);
  });

  it('ends earlier by a signal, with its reason', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const failure = failureOf(within(10_000, () => never, { signal: controller.signal }));
    controller.abort(reason);
    expect(await failure).to.equal(reason);
    expect(await failureOf(within(10_000, () => never, { signal: controller.signal }))).to.equal(reason);
  });

  it('can end in a guess', async () => {
    expect(await unlessLate(10_000, Promise.resolve('here'), 'guess')).to.equal('here');
    expect(await unlessLate(1, never, 'guess')).to.equal('guess');
    expect(await unlessLate(10_000, Promise.reject(new Error('no')), 'guess')).to.equal('guess');
  });

  it('can be a signal alone', async () => {
    const reason = new Error('enough');
    expect(await failureOf(unlessAborted(AbortSignal.abort(reason), never))).to.equal(reason);
    expect(await unlessAborted(new AbortController().signal, Promise.resolve('here'))).to.equal('here');
  });
});
