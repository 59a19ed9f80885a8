import { expect } from 'chai';
import fc from 'fast-check';
import { formatAddress } from '../../../src/base/address.js';
import { DISCOVERY_HINTS_PENDING_MAX, DISCOVERY_OTHER_KEYS_MAX } from '../../../src/base/limits.js';
import type { Hint, Standing } from '../../../src/cluster/discovery/hint.js';
import { Hints, type Lead, SPREAD_MS } from '../../../src/cluster/discovery/hints.js';
import { OtherKeys } from '../../../src/cluster/discovery/other-keys.js';
import { RateLimiter } from '../../../src/cluster/discovery/rate-limiter.js';
import { digestOf, idOf, randomFrom } from './fixture.js';

const hintOf = (number: number, digest = 1): Hint => ({
  address: { host: '10.0.0.1', port: number + 1 },
  id: idOf(number),
  digest: digestOf(digest),
});

type Timed = Lead & { readonly at_ms: number };

/** A view that the test changes, and the gate before it. */
class View {
  standing: Standing = 'unknown';
  digest = 1;
  readonly hints: Hints;

  constructor(members = 10, random: () => number = () => 0.5) {
    const knowledge = { known: () => this.standing, members: () => members, digest: () => digestOf(this.digest) };
    this.hints = new Hints(knowledge, random);
  }

  /** All that is handed out until then, with its time. */
  run(to_ms: number): readonly Timed[] {
    const leads: Timed[] = [];
    for (let at_ms = this.hints.wake_ms ?? Infinity; at_ms <= to_ms; at_ms = this.hints.wake_ms ?? Infinity) {
      for (const lead of this.hints.due(at_ms)) leads.push({ ...lead, at_ms });
    }
    return leads;
  }
}

describe('a hint', () => {
  it('of an unknown or dead server is a reason to dial it, after a random moment', () => {
    for (const standing of ['unknown', 'dead'] as const) {
      const view = new View(10);
      view.standing = standing;
      view.hints.heard(hintOf(1), 0);
      expect(view.run(60_000)).to.deep.equal([{ hint: hintOf(1), reason: 'reach', at_ms: 50 }]);
    }
  });

  it('waits longer the more servers hear the same, up to 5 s', () => {
    const longest_ms = (members: number): number => {
      const waits_ms = Array.from({ length: 200 }, (_, seed) => {
        const view = new View(members, randomFrom(seed * 7_919));
        view.hints.heard(hintOf(1), 0);
        return view.run(60_000)[0]?.at_ms ?? Infinity;
      });
      return Math.max(...waits_ms);
    };
    expect(longest_ms(100)).to.be.within(900, 1_000);
    expect(longest_ms(10_000)).to.be.within(4_500, SPREAD_MS);
  });

  it('leads nowhere if the server came alive meanwhile, or has left', () => {
    for (const standing of ['alive', 'left'] as const) {
      const view = new View();
      view.hints.heard(hintOf(1), 0);
      view.standing = standing;
      expect(view.run(60_000)).to.deep.equal([]);
    }
  });

  it('with another digest, from a server that is alive, is a reason to compare, if it still differs when its time comes', () => {
    const view = new View();
    view.standing = 'alive';
    view.hints.heard(hintOf(1, 2), 0);
    view.hints.heard(hintOf(2, 1), 0);
    expect(view.run(60_000)).to.deep.equal([{ hint: hintOf(1, 2), reason: 'compare', at_ms: 50 }]);
    view.hints.heard(hintOf(3, 2), 60_000);
    view.digest = 2;
    expect(view.run(120_000)).to.deep.equal([]);
  });

  it('is replaced by a newer one of the same server, which does not wait longer', () => {
    const view = new View();
    view.hints.heard(hintOf(1), 0);
    const moved = { ...hintOf(1), address: { host: '10.0.0.9', port: 9 } };
    view.hints.heard(moved, 40);
    expect(view.run(60_000)).to.deep.equal([{ hint: moved, reason: 'reach', at_ms: 50 }]);
  });

  it('without an ID is one of its address', () => {
    const view = new View();
    const hint = { address: { host: '10.0.0.1', port: 1 } };
    view.hints.heard(hint, 0);
    view.hints.heard(hint, 0);
    expect(view.run(60_000)).to.have.length(1);
  });

  it('is forgotten when too many wait already', () => {
    const view = new View();
    for (let number = 0; number < 2 * DISCOVERY_HINTS_PENDING_MAX; number++) view.hints.heard(hintOf(number), 0);
    expect(view.run(3_600_000)).to.have.length(DISCOVERY_HINTS_PENDING_MAX);
  });

  it('leads to one dial of an address in 10 s and 10 dials in any second, whatever comes in', () => {
    const heard = fc.record({ number: fc.nat(30), after_ms: fc.nat(200), digest: fc.nat(2), move: fc.boolean() });
    fc.assert(
      fc.property(fc.array(heard, { maxLength: 500 }), fc.nat(), (all, seed) => {
        const view = new View(3, randomFrom(seed));
        const leads: Timed[] = [];
        let now_ms = 0;
        for (const { number, after_ms, digest, move } of all) {
          leads.push(...view.run((now_ms += after_ms)));
          view.hints.heard({ ...hintOf(number, digest), address: hintOf(move ? 0 : number).address }, now_ms);
        }
        leads.push(...view.run(now_ms + 60_000));
        const last = new Map<string, number>();
        for (const [index, { hint, at_ms }] of leads.entries()) {
          expect(at_ms - (last.get(formatAddress(hint.address)) ?? -Infinity)).to.be.at.least(10_000);
          expect(at_ms - (leads[index - 10]?.at_ms ?? -Infinity)).to.be.at.least(1_000);
          last.set(formatAddress(hint.address), at_ms);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('a rate limiter', () => {
  it('lets so many through in any window, not in each of a row of them', () => {
    const pace = new RateLimiter(2, 100);
    const let_through = [0, 90, 95, 99, 100, 110, 190, 191].filter((now_ms) => pace.take(now_ms));
    expect(let_through).to.deep.equal([0, 90, 100, 190]);
  });
});

describe('another key', () => {
  it('is named once, with the file to copy, and what was sent cannot reach the terminal', () => {
    const others = new OtherKeys();
    const line = others.heard('0123456789abcdef', '10.0.0.\u001b[2J', 'fedcba9876543210', '/var/lib/circuit/key');
    expect(line).to.match(/10\.0\.0\.\\033\[2J .*the key 0123456789abcdef; ours .*fedcba9876543210: .*copy \/var\/lib\/circuit\/key /);
    expect(others.heard('0123456789abcdef', '10.0.0.3', 'fedcba9876543210', '/key')).to.equal(undefined);
  });

  it('may be none, theirs or ours', () => {
    expect(new OtherKeys().heard('none', '10.0.0.2', 'fedcba9876543210', '/key')).to.match(/without a key.*a copy of \/key/);
    expect(new OtherKeys().heard('0123456789abcdef', '10.0.0.2', 'none', undefined)).to.match(/without --insecure and with its key file/);
  });

  it('is not named any more after the first 16', () => {
    const others = new OtherKeys();
    const lines = Array.from({ length: 100 }, (_, number) => others.heard(idOf(number).slice(1), '10.0.0.2', 'none', '/key'));
    expect(lines.filter((line) => line !== undefined)).to.have.length(DISCOVERY_OTHER_KEYS_MAX);
  });
});
