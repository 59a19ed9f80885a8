import { expect } from 'chai';
import fc from 'fast-check';
import { TimerQueue } from '../../../src/cluster/membership/timer-queue.js';

describe('a timer queue', () => {
  it('fires what is due in order of time, then of setting, and nothing that was cancelled', () => {
    const planned = fc.array(fc.record({ at_ms: fc.nat(20), cancelled: fc.boolean() }), { maxLength: 300 });
    fc.assert(
      fc.property(planned, fc.nat(20), (items, now_ms) => {
        const queue = new TimerQueue();
        const done: number[] = [];
        const timers = items.map(({ at_ms }, index) => queue.at(at_ms, 'test', () => done.push(index)));
        for (const [index, { cancelled }] of items.entries()) if (cancelled) queue.cancel(timers[index]);
        const left = items.map((item, index) => ({ ...item, index })).filter(({ cancelled }) => !cancelled);
        expect(queue.size).to.equal(left.length);
        for (let act = queue.take(now_ms); act !== undefined; act = queue.take(now_ms)) act();
        const due = left.filter(({ at_ms }) => at_ms <= now_ms).sort((a, b) => a.at_ms - b.at_ms || a.index - b.index);
        expect(done).to.deep.equal(due.map(({ index }) => index));
        expect(queue.size).to.equal(left.length - due.length);
        expect(queue.next_ms).to.equal(Math.min(...left.filter(({ at_ms }) => at_ms > now_ms).map(({ at_ms }) => at_ms)));
      }),
    );
  });

  it('refuses a time at which it could never fire', () => {
    for (const at_ms of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => new TimerQueue().at(at_ms, 'test', () => undefined)).to.throw();
    }
  });
});
