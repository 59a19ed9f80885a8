import { expect } from 'chai';
import { growthPercent } from '../../../src/cli/daemon/heap.js';

const MIB = 1024 * 1024;

describe('the heap of a daemon', () => {
  it('may grow by 48 MiB, and a large one as V8 has it', () => {
    for (const [used, percent] of [
      [12 * MIB, 400],
      [13 * MIB, 350],
      [48 * MIB, 100],
      [49 * MIB, 0],
      [1000 * MIB, 0],
    ] as const)
      expect(growthPercent(used), `${used / MIB} MiB`).to.equal(percent);
  });
});
