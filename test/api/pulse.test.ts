import { expect } from 'chai';
import { firstOf } from '../../src/api/first-of.js';
import { Pulse, TICK_MS } from '../../src/api/pulse.js';

describe('the pulse of a server', () => {
  /** What each tick says, of a server that is heard at these times. */
  function ticks(count: number, isAwaited: boolean, heard: (tick: number) => boolean = () => false): string {
    const pulse = new Pulse(0);
    const said: string[] = [];
    for (let tick = 1; tick <= count; tick++) {
      said.push(pulse.tick(tick * TICK_MS, tick * TICK_MS, isAwaited));
      if (heard(tick)) pulse.heard(tick * TICK_MS);
    }
    return said.map((word) => word[0]).join('');
  }

  it('is asked for when somebody waits, and missed after a second and a half', () => {
    expect(ticks(7, true)).to.equal('wawwwss');
  });

  it('is there when anything is heard', () => {
    expect(ticks(8, true, (tick) => tick === 4)).to.equal('wawwwaww');
    expect(ticks(8, true, () => true)).to.equal('wwwwwwww');
  });

  it('is asked for now and then while nobody waits', () => {
    expect(ticks(24, false)).to.equal(`${'w'.repeat(19)}awwws`);
  });

  it('is looked at rarely while nobody waits, and nothing was asked', () => {
    const pulse = new Pulse(0);
    expect(pulse.next_ms(0, true)).to.equal(TICK_MS);
    expect(pulse.next_ms(0, false)).to.equal(5000);
    pulse.heard(4000);
    expect(pulse.tick(5000, 5000, false)).to.equal('well');
    expect(pulse.next_ms(5000, false)).to.equal(9000);
    expect(pulse.tick(9000, 9000, false)).to.equal('ask');
    expect(pulse.next_ms(9000, false), 'to see that it answers').to.equal(9000 + TICK_MS);
  });

  it('is not missed by a process that did not run itself', () => {
    const pulse = new Pulse(0);
    expect(pulse.tick(TICK_MS, TICK_MS, true)).to.equal('well');
    expect(pulse.tick(60_000, 2 * TICK_MS, true)).to.equal('well');
    expect(pulse.tick(60_000 + TICK_MS, 60_000 + TICK_MS, true)).to.equal('ask');
  });
});

describe('the first of several attempts', () => {
  const { signal } = new AbortController();

  /** Answers its number after so long; a negative one fails. */
  const attempt = (ms: number, given: AbortSignal): Promise<number> =>
    new Promise((resolve, reject) => {
      setTimeout(() => (ms < 0 ? reject(new Error(String(ms))) : resolve(ms)), Math.abs(ms));
      given.addEventListener('abort', () => reject(new Error('aborted')));
    });

  it('wins, and the next begins when one takes long or fails', async () => {
    expect(await firstOf([5, 1], attempt, { stagger_ms: 50, signal })).to.equal(5);
    expect(await firstOf([200, 1], attempt, { stagger_ms: 10, signal })).to.equal(1);
    expect(await firstOf([-1, 2], attempt, { stagger_ms: 1000, signal })).to.equal(2);
  });

  it('fails with what all have failed with, or with the reason of the signal', async () => {
    const failures: unknown = await firstOf([-2, -1], attempt, { stagger_ms: 0, signal }).catch((error: unknown) => error);
    expect(String(failures)).to.equal('Error: -2,Error: -1');
    expect(await firstOf([], attempt, { stagger_ms: 0, signal }).catch((error: unknown) => error)).to.deep.equal([]);
    const reason = AbortSignal.abort(new Error('enough'));
    expect(String(await firstOf([1], attempt, { stagger_ms: 0, signal: reason }).catch((error: unknown) => error))).to.equal('Error: enough'); // prettier-ignore
  });
});
