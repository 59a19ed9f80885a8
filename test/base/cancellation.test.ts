import { expect } from 'chai';
import { abortSignalOf, Cancellation, type CancelSignal } from '../../src/base/cancellation.js';

/** What those who listen are told, in order; one of them stops listening before. */
function told(signal: CancelSignal, abort: () => void): readonly string[] {
  const heard: string[] = [];
  const gone = (): void => void heard.push('gone');
  const twice = (): void => void heard.push('twice');
  const other = { handleEvent: () => void heard.push(`object: ${String(signal.reason)}`) };
  for (const listener of [gone, twice, twice, other]) signal.addEventListener('abort', listener, { once: true });
  signal.removeEventListener('abort', gone);
  abort();
  abort();
  signal.addEventListener('abort', () => void heard.push('late'), { once: true });
  return heard;
}

describe('a cancellation', () => {
  it('tells as an AbortSignal does: each listener once, none that has left or comes late', () => {
    const [ours, theirs] = [new Cancellation(), new AbortController()];
    expect(ours.aborted).to.equal(false);
    ours.throwIfAborted();
    const expected = told(theirs.signal, () => theirs.abort('enough'));
    expect(told(ours, () => ours.abort('enough'))).to.deep.equal(expected);
    expect(expected).to.deep.equal(['twice', 'object: enough']);
    expect(() => ours.throwIfAborted()).to.throw('enough');
    ours.abort('another reason');
    expect([ours.aborted, ours.reason]).to.deep.equal([true, 'enough']);
  });

  it('is told on as an AbortSignal, also when it is over', () => {
    const before = new Cancellation();
    const signal = abortSignalOf(before);
    expect(signal.aborted).to.equal(false);
    before.abort('enough');
    expect([signal.aborted, signal.reason as unknown]).to.deep.equal([true, 'enough']);
    expect(abortSignalOf(before).reason).to.equal('enough');
    expect(abortSignalOf(signal)).to.equal(signal);
  });
});
