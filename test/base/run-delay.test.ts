import { expect } from 'chai';
import { SLOWDOWN_MAX } from '../../src/base/limits.js';
import { RunDelay, type RunTime } from '../../src/base/run-delay.js';

describe('the run delay of this process', () => {
  const at = (now_ms: number, delay_ms: number): RunTime => ({ now_ms, delay_ms });
  const delays = (...times: readonly (RunTime | undefined)[]): readonly number[] => {
    let next = 0;
    const delay = new RunDelay(() => times[next++]);
    return times.map(() => delay.slowdown());
  };

  it('tells by what factor it gets along more slowly: at first since the start', () => {
    expect(delays(at(1000, 0))).to.deep.equal([1]);
    expect(delays(at(1000, 750))).to.deep.equal([4]);
    expect(delays(at(1000, 1000)), 'one that has not run at all').to.deep.equal([SLOWDOWN_MAX]);
  });

  it('forgets what is longer ago than a second, and takes no sample for itself', () => {
    expect(delays(at(1000, 800), at(1600, 800), at(1700, 800))).to.deep.equal([5, 1, 1]);
    expect(delays(at(1000, 0), at(1600, 450), at(1700, 550), at(2200, 1000))).to.deep.equal([1, 4, 700 / 150, SLOWDOWN_MAX]);
  });

  it('is 1 where the system does not tell', () => {
    expect(delays(undefined)).to.deep.equal([1]);
  });

  it('is a number here', () => {
    expect(new RunDelay().slowdown()).to.be.at.least(1).and.below(Infinity);
  });
});
