import { expect } from 'chai';
import fc from 'fast-check';
import { CircuitError } from '../../../src/base/error.js';
import { Race } from '../../../src/element/selection/race.js';

const error = (text: string): CircuitError => new CircuitError('EIDRM', text);

describe('the race between the clauses of a selection', () => {
  it('is won by the first that claims it, and by none after it', () => {
    const race = new Race(3);
    expect([race.claim(1), race.claim(0), race.claim(1)]).to.deep.equal([true, false, false]);
    expect(race).to.include({ phase: 'won', winner: 1 });
    expect([0, 1, 2].map((clause) => race.stateOf(clause))).to.deep.equal(['lost', 'won', 'lost']);
  });

  it('goes on without a clause that fails, and fails with the last error when none is left', () => {
    const race = new Race(2);
    expect(race.fail(1, error('first'))).to.equal(false);
    expect([race.claim(1), race.phase, race.stateOf(1)]).to.deep.equal([false, 'waiting', 'failed']);
    expect(race.fail(0, error('second'))).to.equal(true);
    expect(race.failure).to.have.property('message', 'second');
    expect([race.claim(0), race.phase]).to.deep.equal([false, 'failed']);
  });

  it('is over when it is aborted, also for the winner', () => {
    const race = new Race(1);
    race.claim(0);
    race.end();
    expect(race).to.include({ phase: 'over', winner: undefined });
    expect([race.claim(0), race.fail(0, error('late'))]).to.deep.equal([false, false]);
  });

  it('has at most one winner, whatever happens in whatever order', () => {
    const step = fc.record({ clause: fc.nat(4), does: fc.constantFrom('claim', 'fail', 'end') });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.integer({ min: 1, max: 5 }), (steps, count) => {
        const race = new Race(count);
        const failed = new Set<number>();
        let winner: number | undefined;
        let over = false;
        for (const { clause: drawn, does } of steps) {
          const clause = drawn % count;
          const isOpen = winner === undefined && !over && failed.size < count;
          if (does === 'claim') {
            const wins = race.claim(clause);
            expect(wins).to.equal(isOpen && !failed.has(clause));
            if (wins) winner = clause;
          } else if (does === 'fail') {
            if (isOpen) failed.add(clause);
            race.fail(clause, error(String(clause)));
          } else {
            race.end();
            over = true;
          }
          expect(race.winner).to.equal(over ? undefined : winner);
          if (!over) expect(race.phase).to.equal(winner !== undefined ? 'won' : failed.size === count ? 'failed' : 'waiting');
        }
      }),
      { numRuns: 1000 },
    );
  });
});
