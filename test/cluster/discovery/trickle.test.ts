import { expect } from 'chai';
import fc from 'fast-check';
import { Trickle, TRICKLE_LAST_MS, TRICKLE_FIRST_MS } from '../../../src/cluster/discovery/trickle.js';
import { randomFrom } from './fixture.js';

/** Wakes whenever it wants to, until then; when it spoke. */
function run(trickle: Trickle, to_ms: number): readonly number[] {
  const spoken: number[] = [];
  for (let now_ms = trickle.wake_ms; now_ms < to_ms; now_ms = trickle.wake_ms) if (trickle.step(now_ms)) spoken.push(now_ms);
  return spoken;
}

describe('Trickle', () => {
  it('speaks once in each interval, in its second half, and intervals double from 1 s to 60 s', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const spoken = run(new Trickle(randomFrom(seed), 0), 600_000);
        const intervals_s = [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60, 60];
        let start_ms = 0;
        for (const [index, interval_s] of intervals_s.entries()) {
          expect(spoken[index]).to.be.within(start_ms + interval_s * 500, start_ms + interval_s * 1_000);
          start_ms += interval_s * 1_000;
        }
      }),
    );
  });

  it('never ends: alone it is silent for 90 s at most, in a month', () => {
    const spoken = run(new Trickle(randomFrom(1), 0), 30 * 86_400_000);
    const pauses = spoken.slice(1).map((at_ms, index) => at_ms - (spoken[index] ?? 0));
    expect(Math.max(...pauses)).to.be.at.most(1.5 * TRICKLE_LAST_MS);
    expect(spoken.length).to.be.above(43_000);
  });

  it('keeps silent in an interval in which two others have said the same', () => {
    const trickle = new Trickle(randomFrom(1), 0);
    trickle.consistent();
    trickle.consistent();
    expect(run(trickle, 10_000)[0]).to.be.above(TRICKLE_FIRST_MS);
  });

  it('begins anew with 1 s when something differs, but not while it does that already', () => {
    const trickle = new Trickle(randomFrom(1), 0);
    run(trickle, 300_000);
    trickle.inconsistent(300_000, 10);
    expect(trickle.wake_ms).to.be.within(300_500, 301_000);
    const wake_ms = trickle.wake_ms;
    trickle.inconsistent(300_400, 10);
    expect(trickle.wake_ms).to.equal(wake_ms);
  });

  it('begins anew more slowly the more servers there are, and never more slowly than at rest', () => {
    for (const [members, first_ms] of [
      [1, 1_000],
      [60, 6_000],
    ] as const) {
      const trickle = new Trickle(randomFrom(1), 0);
      run(trickle, 300_000);
      trickle.inconsistent(300_000, members);
      expect(trickle.wake_ms).to.be.within(300_000 + first_ms / 2, 300_000 + first_ms);
    }
    const resting = new Trickle(randomFrom(1), 0);
    run(resting, 300_000);
    const { wake_ms } = resting;
    resting.inconsistent(300_000, 10_000);
    expect(resting.wake_ms).to.equal(wake_ms);
  });

  it('does not make up for what it slept through', () => {
    const trickle = new Trickle(randomFrom(1), 0);
    expect(trickle.step(3_600_000)).to.equal(true);
    expect(trickle.step(3_600_001)).to.equal(false);
    expect(trickle.wake_ms).to.be.within(3_601_000, 3_602_000);
  });

  it('costs a network a few datagrams a minute, however many servers are on it', () => {
    for (const size of [2, 20, 200]) {
      const random = randomFrom(size);
      const servers = Array.from({ length: size }, () => new Trickle(random, random() * 60_000));
      let spoken = 0;
      while (true) {
        const first = servers.reduce((a, b) => (b.wake_ms < a.wake_ms ? b : a));
        const now_ms = first.wake_ms;
        if (now_ms >= 1_800_000) break;
        if (!first.step(now_ms)) continue;
        if (now_ms > 600_000) spoken++;
        for (const other of servers) if (other !== first) other.consistent();
      }
      expect(spoken / 20, `${size} servers, datagrams a minute`).to.be.within(1, 8);
    }
  });
});
