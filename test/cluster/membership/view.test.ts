import { expect } from 'chai';
import fc from 'fast-check';
import { BUCKETS, IdentityTable } from '../../../src/cluster/membership/identity-table.js';
import { Random } from '../../../src/cluster/membership/random.js';
import { DEAD, isLive, LEFT, stateOf, supersedes, versionOf } from '../../../src/cluster/membership/record.js';
import { View } from '../../../src/cluster/membership/view.js';

const COUNT = 20;

function identityOf(index: number): { readonly id: string; readonly address: string; readonly host: string; readonly joined_ms: number } {
  const random = new Random(index);
  const hex = (): string => random.uint32().toString(16).padStart(8, '0');
  return { id: `X${hex()}${hex()}`, address: `10.0.0.${index}:1`, host: `h${index}`, joined_ms: 0 };
}

describe('a view', () => {
  const change = fc.record({
    who: fc.nat(COUNT - 1),
    incarnation: fc.integer({ min: 1, max: 4 }),
    state: fc.nat(LEFT),
    after_ms: fc.nat(2_000_000),
  });

  it('keeps its hash, its counts and its ring right, and never goes back, whatever it is told', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 100 }), (changes) => {
        const identities = new IdentityTable();
        const view = new View(identities, identities.retain(identityOf(1000)));
        let now_ms = 0;
        for (const { who, incarnation, state, after_ms } of changes) {
          now_ms += after_ms;
          view.forget(now_ms - 3_600_000, Number.POSITIVE_INFINITY);
          const identity = identityOf(who);
          const found = identities.find(identity.id);
          const [before, version] = [found < 0 ? 0 : view.version(found), versionOf(incarnation, state)];
          if (before === 0 && !isLive(version)) continue;
          const number = before === 0 ? identities.retain(identity) : found;
          expect(view.set(number, version, now_ms)).to.equal(before === 0 || supersedes(version, before));
          expect(view.version(number)).to.equal(before !== 0 && (version < before || stateOf(before) === LEFT) ? before : version);
        }
        const anew = view.recomputed();
        expect(view.digest).to.deep.equal(anew.digest);
        expect(Array.from({ length: BUCKETS }, (_, bucket) => view.bucketHash(bucket))).to.deep.equal(anew.buckets);
        expect([view.live, view.known]).to.deep.equal([anew.live, anew.known]);
        expect(view.successor).to.equal(view.next(view.me));
      }),
    );
  });

  it('forgets the dead after their time, and the oldest of them before that when there are too many', () => {
    const identities = new IdentityTable();
    const view = new View(identities, identities.retain(identityOf(1000)));
    const numbers = Array.from({ length: 3 }, (_, index) => identities.retain(identityOf(index)));
    for (const [at, number] of numbers.entries()) {
      view.set(number, versionOf(1, 0), at);
      view.set(number, versionOf(1, DEAD), at);
    }
    view.forget(1, Number.POSITIVE_INFINITY);
    expect(numbers.map((number) => view.version(number) !== 0)).to.deep.equal([false, true, true]);
    view.forget(0, 2);
    expect(numbers.map((number) => view.version(number) !== 0)).to.deep.equal([false, false, true]);
    expect(identities.find(identityOf(0).id)).to.equal(-1);
  });

  it('has the same hash as another one that holds the same, however each came by it', () => {
    const identities = new IdentityTable();
    const views = [0, 1].map((index) => new View(identities, identities.retain(identityOf(index))));
    for (const [index, view] of views.entries()) {
      view.set(identities.retain(identityOf(1 - index)), versionOf(1, 0), 0);
      for (const other of index === 0 ? [2, 3, 4] : [4, 3, 2]) view.set(identities.retain(identityOf(other)), versionOf(1, 0), 0);
    }
    expect(views[0]?.digest).to.deep.equal(views[1]?.digest);
    views[0]?.set(identities.find(identityOf(3).id), versionOf(2, 0), 0);
    expect(views[0]?.digest).to.not.deep.equal(views[1]?.digest);
  });

  it('refuses a version of a number that nobody has, and a version that means "unknown"', () => {
    const identities = new IdentityTable();
    const view = new View(identities, identities.retain(identityOf(0)));
    expect(() => view.set(1, versionOf(1, 0), 0)).to.throw();
    expect(() => view.set(0, 0, 0)).to.throw();
  });
});
