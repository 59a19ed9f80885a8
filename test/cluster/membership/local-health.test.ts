import { expect } from 'chai';
import { LocalHealth } from '../../../src/cluster/membership/local-health.js';
import { DEFAULT_PARAMETERS } from '../../../src/cluster/membership/parameters.js';

describe('local health', () => {
  it('grants dials more time while several servers answer only by their kernels, up to a bound, and no longer', () => {
    const health = new LocalHealth(DEFAULT_PARAMETERS, () => 1);
    health.silent('a', 0);
    health.silent('a', 5000);
    expect(health.dial(1000), 'one of them hangs').to.equal(1000);
    health.silent('b', 6000);
    expect(health.dial(1000)).to.equal(1250);
    for (let count = 0; count < 100; count++) health.silent(`more ${count}`, 6000);
    expect(health.dial(1000)).to.equal(3000);
    expect(health.patience(1000), 'what is heard of others is as good as ever').to.equal(1000);
    health.tick(16_000);
    expect(health.dial(1000)).to.equal(1000);
  });

  it('grants no more than that when its own timers are late, too', () => {
    const health = new LocalHealth(DEFAULT_PARAMETERS, () => 1);
    for (let count = 0; count < 20; count++) {
      health.late(count);
      health.silent(`server ${count}`, count);
    }
    expect(health.dial(1000)).to.equal(3000);
  });

  it('grants others more time while this process waits for a processor, but not the kernel of the other end', () => {
    let slowdown = 1;
    const health = new LocalHealth(DEFAULT_PARAMETERS, () => slowdown);
    slowdown = 3;
    expect(health.handshake(1000)).to.equal(3000);
    expect([health.patience(1000), health.grace(1000), health.dial(1000)]).to.deep.equal([3000, 3000, 1000]);
    slowdown = 1;
    health.tick(0);
    expect(health.patience(1000)).to.equal(1000);
  });
});
