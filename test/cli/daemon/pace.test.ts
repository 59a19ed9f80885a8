import { expect } from 'chai';
import { Pace } from '../../../src/cli/daemon/pace.js';

describe('a mount that is made again', () => {
  const pauses = (pace: Pace, ...held_ms: readonly number[]): readonly number[] => held_ms.map((held) => pace.pause_ms(held));

  it('comes at once, then at most once a second, then each minute', () => {
    expect(pauses(new Pace(), 10, 10, 0, 10, 10, 0, 10)).to.deep.equal([0, 1000, 1000, 1000, 1000, 60_000, 60_000]);
  });

  it('comes at once again when it has held for a minute', () => {
    expect(pauses(new Pace(), 10, 10, 59_999, 60_000, 10)).to.deep.equal([0, 1000, 1000, 0, 1000]);
  });
});
