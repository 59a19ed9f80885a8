/**
 * A minute of the soak, always the same one, and crowds. A failure prints what `npm run soak -- --seed 1 --round N`, with `--crowd` for crowds, shows again.
 */
import { expect } from 'chai';
import { needs } from '../lib/machine.js';
import { planCrowd, planRound } from './plan.js';
import { soak } from './run.js';

/** Of one lock to twenty programs, and messages of one channel that were done; a crowd comes to twenty and more a second. */
const TURNS = Number(process.env['CIRCUIT_TEST_TURNS'] ?? 1_000);
const [SEED, SECONDS] = [1, 60];

describe('four hosts under chaos', function () {
  // The last round goes on beyond the time, and its workers are waited for.
  this.timeout((SECONDS + 240 + TURNS / 10) * 1000);
  before(function () {
    needs(this, 'linux', 'netns', 'nft', 'fuse', 'fusectl', 'python3');
  });

  it('lose no message, receive none twice, and see no tree that is no more', async () => {
    const printed: string[] = [];
    const enough = ({ elapsed_ms }: { readonly elapsed_ms: number }): boolean => elapsed_ms > SECONDS * 1000;
    const { violations } = await soak({ seed: SEED, plan: planRound, enough }, (text) => printed.push(text));
    expect(violations, printed.join('\n')).to.equal(0);
  });

  it('grant a lock to twenty programs one after the other, and have each message done', async () => {
    const printed: string[] = [];
    const enough = ({ grants, done }: { readonly grants: number; readonly done: number }): boolean => grants >= TURNS && done >= TURNS;
    const { violations } = await soak({ seed: SEED, plan: planCrowd, enough }, (text) => printed.push(text));
    expect(violations, printed.join('\n')).to.equal(0);
  });
});
