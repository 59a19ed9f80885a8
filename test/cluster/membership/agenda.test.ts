import { expect } from 'chai';
import fc from 'fast-check';
import { Agenda } from '../../../src/cluster/membership/agenda.js';

describe('an agenda', () => {
  it('does what is due in order, what came first first, and nothing that was cancelled', () => {
    const planned = fc.array(fc.record({ at_ms: fc.nat(20), cancelled: fc.boolean() }), { maxLength: 300 });
    fc.assert(
      fc.property(planned, fc.nat(20), (items, now_ms) => {
        const agenda = new Agenda();
        const done: number[] = [];
        const timers = items.map(({ at_ms }, index) => agenda.at(at_ms, 'test', () => done.push(index)));
        for (const [index, { cancelled }] of items.entries()) if (cancelled) agenda.cancel(timers[index]);
        const left = items.map((item, index) => ({ ...item, index })).filter(({ cancelled }) => !cancelled);
        expect(agenda.size).to.equal(left.length);
        agenda.run(now_ms);
        const due = left.filter(({ at_ms }) => at_ms <= now_ms).sort((a, b) => a.at_ms - b.at_ms || a.index - b.index);
        expect(done).to.deep.equal(due.map(({ index }) => index));
        expect(agenda.size).to.equal(left.length - due.length);
        expect(agenda.next_ms).to.equal(Math.min(...left.filter(({ at_ms }) => at_ms > now_ms).map(({ at_ms }) => at_ms)));
      }),
    );
  });
});
