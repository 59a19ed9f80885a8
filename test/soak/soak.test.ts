/**
 * A minute of the soak, always the same one. A failure prints what `npm run soak -- --seed 1 --round N` shows again.
 */
import { expect } from 'chai';
import { needs } from '../lib/machine.js';
import { soak } from './run.js';

const [SEED, SECONDS] = [1, 60];

describe('four hosts under chaos', function () {
  // The last round goes on beyond the time, and its workers are waited for.
  this.timeout((SECONDS + 240) * 1000);
  before(function () {
    needs(this, 'linux', 'netns', 'nft', 'fuse', 'fusectl', 'python3');
  });

  it('lose no message, receive none twice, and see no tree that is no more', async () => {
    const printed: string[] = [];
    const violations = await soak({ seed: SEED, seconds: SECONDS }, (text) => printed.push(text));
    expect(violations, printed.join('\n')).to.equal(0);
  });
});
