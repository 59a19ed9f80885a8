import { expect } from 'chai';
import { LEASE_MS, Leases } from '../../src/remote/leases.js';
import { VirtualClock } from '../lib/virtual-clock.js';

class Holder {
  recalls = 0;
  answer: () => void = () => undefined;
  recall(): Promise<void> {
    this.recalls++;
    return new Promise((resolve) => {
      this.answer = resolve;
    });
  }
}

describe('leases', () => {
  it('cost nothing while nobody holds one', () => {
    const leases = new Leases(new VirtualClock());
    leases.changed();
    expect(leases.settled()).to.equal(undefined);
  });

  it('are recalled at a change, which has settled when all holders have forgotten', async () => {
    const leases = new Leases(new VirtualClock());
    const [ann, bob] = [new Holder(), new Holder()];
    expect(leases.grant(ann)).to.equal(LEASE_MS);
    leases.grant(bob);
    leases.changed();
    leases.changed();
    expect([ann.recalls, bob.recalls]).to.deep.equal([1, 1]);
    const order: string[] = [];
    const settled = leases.settled()?.then(() => order.push('settled'));
    ann.answer();
    await Promise.resolve();
    order.push('bob');
    bob.answer();
    await settled;
    expect(order).to.deep.equal(['bob', 'settled']);
    expect(leases.settled()).to.equal(undefined);
  });

  it('hold a change up no longer than they last', async () => {
    const clock = new VirtualClock();
    const leases = new Leases(clock);
    leases.grant(new Holder());
    leases.changed();
    const settled = leases.settled();
    await clock.advance(2 * LEASE_MS);
    await settled;
  });

  it('are nothing to recall when they are over, or given back', async () => {
    const clock = new VirtualClock();
    const leases = new Leases(clock);
    const [ann, bob] = [new Holder(), new Holder()];
    leases.grant(ann);
    await clock.advance(2 * LEASE_MS);
    leases.grant(bob);
    leases.drop(bob);
    leases.changed();
    expect([ann.recalls, bob.recalls]).to.deep.equal([0, 0]);
  });
});
