/**
 * The judge of locks, given journals that are made up.
 */
import { expect } from 'chai';
import type { Style } from './crew-plan.js';
import type { Disturbance } from './excuses.js';
import type { Entry } from './journal.js';
import { fault, roundOf, workerOf } from './made-up.js';
import { judge } from './model.js';
import type { RoundPlan } from './plan.js';

/** A lock on host 1, with holders on 2 and 3. */
function planOf(style: Style = 'watch', capacity = 1): RoundPlan {
  return roundOf('locks', [2, 3].map((host) => workerOf(`jw${host}`, 'lock', host, style)), capacity); // prettier-ignore
}

const asked = (host: number, at_ms: number, id = `jw${host}.${at_ms}`): Entry => ({ at_ms, worker: `jw${host}`, op: 'asked', id });
const refused = (host: number, at_ms: number, id: string, result = 'EHOSTDOWN'): Entry => {
  return { at_ms, worker: `jw${host}`, op: 'refused', id, result };
};

/** Granted from one time until another, and asked for a little before. */
function held(host: number, token: number, from_ms: number, to_ms: number, asked_ms = from_ms - 5): readonly Entry[] {
  const [worker, id] = [`jw${host}`, `jw${host}.${from_ms}`];
  return [
    { at_ms: asked_ms, worker, op: 'asked', id },
    { at_ms: from_ms, worker, op: 'granted', id, token },
    ...(to_ms === Infinity ? [] : [{ at_ms: to_ms, worker, op: 'let go', id, result: 'ok' } as const]),
  ];
}

const rules = (entries: readonly Entry[], plan = planOf(), ...faults: readonly Disturbance[]): readonly string[] =>
  judge(plan, entries.toSorted((a, b) => a.at_ms - b.at_ms), faults).map(({ rule }) => rule); // prettier-ignore

describe('the judge of locks', () => {
  it('finds nothing where one has it after the other, be it in the same millisecond', () => {
    expect(rules([...held(2, 1, 100, 200), ...held(3, 2, 200, 300), ...held(2, 3, 300, Infinity)])).to.deep.equal([]);
  });

  it('finds two holders, or one more than there are slots', () => {
    expect(rules([...held(2, 1, 100, 200), ...held(3, 2, 150, 300)])).to.deep.equal(['holders']);
    const three = [...held(2, 1, 100, 200), ...held(3, 2, 150, 300), ...held(3, 3, 160, 300)];
    expect(rules(three, planOf('watch', 3))).to.deep.equal([]);
    expect(rules(three, planOf('watch', 2))).to.deep.equal(['holders']);
  });

  it('lets a holder go on whose server was killed a minute before, if it does not look', () => {
    const killed = fault('kill', 2, 120, 1_000);
    const [late, early] = [60_200, 59_000].map((from_ms) => [...held(2, 1, 100, 70_000), ...held(3, 2, from_ms, from_ms + 10)]);
    expect(rules(late ?? [], planOf('append'), killed)).to.deep.equal([]);
    expect(rules(early ?? [], planOf('append'), killed)).to.deep.equal(['holders']);
    expect(rules(late ?? [], planOf('watch'), killed), 'it is told').to.deep.equal(['holders']);
    expect(rules(late ?? [], planOf('append'), fault('kill', 3, 120, 1_000)), 'another host').to.include('holders');
    expect(rules(late ?? [], planOf('append'), fault('kill', 2, 50, 10)), 'before').to.include('holders');
  });

  it('lets one go on that was silent for long, a minute later, and one whose server ended in order, at once', () => {
    const journal = [...held(2, 1, 100, 90_000), ...held(3, 2, 60_200, 60_300)];
    expect(rules(journal, planOf('flock'), fault('cut', 2, 150, 12_000))).to.deep.equal([]);
    expect(rules(journal, planOf('flock'), fault('cut', 2, 150, 1_000))).to.deep.equal(['holders']);
    const soon = [...held(2, 1, 100, 2_000), ...held(3, 2, 1_200, 1_300)];
    expect(rules(soon, planOf(), fault('unmount', 2, 1_000, 900))).to.deep.equal([]);
    expect(rules(soon, planOf(), fault('unmount', 2, 1_300, 900))).to.deep.equal(['holders']);
  });

  it('finds tokens that do not rise, or are given twice', () => {
    expect(rules([...held(2, 2, 100, 200), ...held(3, 1, 200, 300)])).to.deep.equal(['token']);
    expect(rules([...held(2, 2, 100, 200), ...held(3, 2, 200, 300)])).to.deep.equal(['token']);
    const together = [...held(2, 2, 100, 200), ...held(3, 1, 101, 300)];
    expect(rules(together, planOf('watch', 3)), 'both had asked before').to.deep.equal([]);
    expect(rules([...held(2, 2, 100, 200), ...held(3, 1, 190, 300)], planOf('watch', 3))).to.deep.equal(['token']);
  });

  it('finds one that waits while others come after it and are served, unless something was wrong', () => {
    const journal = [asked(2, 100, 'jw2.0'), ...held(3, 1, 200, 300), ...held(3, 2, 9_000, 9_100)];
    expect(rules(journal)).to.deep.equal(['overtaken']);
    expect(rules(journal, planOf(), fault('stop', 2, 7_000, 1_000))).to.deep.equal([]);
    expect(rules(journal, planOf(), fault('stop', 2, 500, 1_000))).to.deep.equal(['overtaken']);
    expect(rules([...journal, refused(2, 8_000, 'jw2.0', 'EINTR')]), 'it does not wait any more').to.deep.equal([]);
    expect(rules([asked(2, 100, 'jw2.0'), ...held(3, 1, 9_000, 9_100, 200)]), 'about the same time').to.deep.equal([]);
  });

  it('finds refusals for no fault, but for those who do not wait', () => {
    const busy = [asked(2, 100, 'jw2.0'), refused(2, 110, 'jw2.0', 'EAGAIN')];
    expect(rules(busy)).to.deep.equal(['error']);
    expect(rules(busy, planOf('ask'))).to.deep.equal([]);
    const scrubbed = [asked(2, 100, 'jw2.0'), refused(2, 110, 'jw2.0', 'EIDRM')];
    expect(rules(scrubbed)).to.deep.equal(['error']);
    expect(rules([{ at_ms: 105, worker: 'jw', op: 'left', count: 1 }, ...scrubbed])).to.deep.equal([]);
    const lost = [...held(2, 1, 100, Infinity), { at_ms: 120, worker: 'jw2', op: 'let go', id: 'jw2.100', result: 'EHOSTDOWN' } as const];
    expect(rules(lost)).to.deep.equal(['error']);
  });
});
