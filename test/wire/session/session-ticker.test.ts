import { expect } from 'chai';
import { SessionTicker } from '../../../src/wire/session/session-ticker.js';
import { VirtualClock } from '../../lib/virtual-clock.js';

/** What the ticker sees of a session, of which only that counts whether something goes on in it. */
function timed(): {
  readonly carried: Parameters<SessionTicker['add']>[0] & { broken_ms: number | undefined };
  readonly told: string[];
  idle: boolean;
  calm: boolean;
  alive: boolean;
} {
  const told: string[] = [];
  const is = { idle: true, calm: false, alive: true };
  const session = {
    reason: undefined,
    peer: { id: 'Xa' },
    attached: true,
    get idle() {
      return is.idle;
    },
    get calm() {
      return is.calm;
    },
    tick: () => (told.push('tick'), is.alive),
    stalled: () => told.push('stalled'),
    finish: () => told.push('finish'),
    end: () => told.push('end'),
  };
  const carried = {
    session,
    idle_ms: 60_000,
    patience_ms: 3000,
    broken_ms: undefined,
    idleSince_ms: undefined,
    break: () => told.push('break'),
  };
  return Object.assign(is, {
    carried: carried as unknown as Parameters<SessionTicker['add']>[0] & { broken_ms: number | undefined },
    told,
  });
}

describe('the time of sessions', () => {
  let clock: VirtualClock;
  let ticker: SessionTicker;
  let one: ReturnType<typeof timed>;
  /** How often timers go off within so long. */
  const rings = async (ms: number): Promise<number> => {
    const before = clock.fired;
    await clock.advance(ms);
    return clock.fired - before;
  };

  beforeEach(async () => {
    clock = new VirtualClock();
    ticker = new SessionTicker(clock);
    one = timed();
    ticker.add(one.carried);
    await clock.advance(1000);
  });

  it('passes in steps of five seconds while nothing goes on, and without any when there are no sessions', async () => {
    expect(await rings(30_000)).to.equal(6);
    ticker.remove(one.carried);
    expect(clock.timers).to.equal(0);
  });

  it('passes as ever as soon as something goes on', async () => {
    await clock.advance(2500);
    one.idle = false;
    ticker.wake(one.carried);
    await clock.advance(50);
    expect(one.told).to.deep.equal(['tick']);
    expect(await rings(1000), 'twenty ticks and a look').to.equal(21);
    one.idle = true;
    await clock.advance(2000);
    expect(await rings(30_000)).to.equal(6);
    expect(one.told).not.to.include('stalled');
  });

  it('passes in steps of a second while calls only wait, and gives them up with a silent connection', async () => {
    one.idle = false;
    ticker.wake(one.carried);
    await clock.advance(1000);
    one.calm = true;
    await clock.advance(1000);
    one.told.splice(0);
    expect(await rings(10_000)).to.equal(10);
    expect(one.told).to.deep.equal(Array(10).fill('tick'));
    one.alive = false;
    await clock.advance(1000);
    expect(one.told).to.include('break');
    one.calm = false;
    await clock.advance(1000);
    expect(await rings(1000), 'something goes on again').to.equal(21);
  });

  it('gives up a broken session in time', async () => {
    await clock.advance(2500);
    one.carried.broken_ms = clock.now_ms();
    ticker.wake(one.carried);
    await clock.advance(2900);
    expect(one.told).not.to.include('end');
    await clock.advance(1100);
    expect(one.told).to.include('end');
  });

  it('notices that this process was stopped, also while nothing went on', async () => {
    const other = timed();
    ticker.add(other.carried);
    await clock.advance(6000);
    expect(ticker.isLate(clock.now_ms() + 5400)).to.equal(false);
    clock.skip(20_000);
    expect(ticker.isLate(clock.now_ms())).to.equal(true);
    ticker.wake(one.carried); // a message arrives before the timers have their turn
    await clock.advance(1000);
    for (const { told } of [one, other]) expect(told.filter((word) => word === 'stalled')).to.have.length(1);
  });
});
