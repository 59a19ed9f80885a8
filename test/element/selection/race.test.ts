import { expect } from 'chai';
import fc from 'fast-check';
import { CircuitError } from '../../../src/base/error.js';
import { Race } from '../../../src/element/selection/race.js';

const error = (text: string): CircuitError => new CircuitError('EIDRM', text);

describe('the contest of the clauses of a selection', () => {
  it('is won by the first that claims it, and by none after it', () => {
    const contest = new Race(3);
    expect([contest.claim(1), contest.claim(0), contest.claim(1)]).to.deep.equal([true, false, false]);
    expect(contest).to.include({ phase: 'won', winner: 1 });
    expect([0, 1, 2].map((clause) => contest.stateOf(clause))).to.deep.equal(['lost', 'won', 'lost']);
  });

  it('goes on without a clause that fails, and fails with the last error when none is left', () => {
    const contest = new Race(2);
    expect(contest.fail(1, error('first'))).to.equal(false);
    expect([contest.claim(1), contest.phase, contest.stateOf(1)]).to.deep.equal([false, 'waiting', 'failed']);
    expect(contest.fail(0, error('second'))).to.equal(true);
    expect(contest.failure).to.have.property('message', 'second');
    expect([contest.claim(0), contest.phase]).to.deep.equal([false, 'failed']);
  });

  it('is over when it is given up, also for the winner', () => {
    const contest = new Race(1);
    contest.claim(0);
    contest.end();
    expect(contest).to.include({ phase: 'over', winner: undefined });
    expect([contest.claim(0), contest.fail(0, error('late'))]).to.deep.equal([false, false]);
  });

  it('has at most one winner, whatever happens in whatever order', () => {
    const step = fc.record({ clause: fc.nat(4), does: fc.constantFrom('claim', 'fail', 'end') });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.integer({ min: 1, max: 5 }), (steps, count) => {
        const contest = new Race(count);
        const failed = new Set<number>();
        let winner: number | undefined;
        let over = false;
        for (const { clause: drawn, does } of steps) {
          const clause = drawn % count;
          const isOpen = winner === undefined && !over && failed.size < count;
          if (does === 'claim') {
            const wins = contest.claim(clause);
            expect(wins).to.equal(isOpen && !failed.has(clause));
            if (wins) winner = clause;
          } else if (does === 'fail') {
            if (isOpen) failed.add(clause);
            contest.fail(clause, error(String(clause)));
          } else {
            contest.end();
            over = true;
          }
          expect(contest.winner).to.equal(over ? undefined : winner);
          if (!over) expect(contest.phase).to.equal(winner !== undefined ? 'won' : failed.size === count ? 'failed' : 'waiting');
        }
      }),
      { numRuns: 1000 },
    );
  });
});
