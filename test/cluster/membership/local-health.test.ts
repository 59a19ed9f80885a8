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

  it('grants a handshake more time while this process waits for a processor, up to a bound, and the kernel of the other end none', () => {
    let slowdown = 3;
    const health = new LocalHealth(DEFAULT_PARAMETERS, () => slowdown);
    expect(health.handshake(1000)).to.equal(3000);
    expect(health.dial(1000)).to.equal(1000);
    slowdown = 50;
    expect(health.handshake(1000)).to.equal(1000 * DEFAULT_PARAMETERS.slowdownMax);
  });
});
