/**
 * Work that is handed back, by the API, at its own server and at another one.
 */
import { expect } from 'chai';
import { Channel } from '../../src/api/channel.js';
import { CircuitError } from '../../src/base/error.js';
import { HOLDER_LOST_MS } from '../../src/base/limits.js';
import { Distance, server } from '../lib/distance.js';
import { VirtualClock } from '../lib/virtual-clock.js';
import { atEachDistance, code } from './api.js';

const WHO = { uid: 0, gid: 0, pid: 0 };

atEachDistance('a job', (here) => {
  const channelOf = async (texts: readonly string[], tries?: number): Promise<Channel> => {
    const channel = await here.root.walk('jobs').makeChannel(10, { ...(tries !== undefined && { tries }) });
    for (const text of texts) await channel.send(text);
    return channel;
  };

  it('is held until it is done', async () => {
    const channel = await channelOf(['one', '']);
    const one = await channel.take();
    const empty = await channel.take();
    expect([one.text, one.tries, empty.text, empty.bytes.length]).to.deep.equal(['one', 0, '', 0]);
    expect(await channel.peek()).to.include({ NumTaken: 2, Buffered: 2, NumRecv: 0 });
    await one.done();
    await empty.done();
    expect(await code(one.done())).to.equal('EINVAL');
    expect(await channel.peek()).to.include({ NumTaken: 0, Buffered: 0, NumRecv: 2 });
  });

  it('is given back, in its order, with a try more', async () => {
    const channel = await channelOf(['one', 'two']);
    const one = await channel.take();
    await one.back();
    {
      await using again = await channel.take();
      expect([again.text, again.tries]).to.deep.equal(['one', 1]);
    }
    const third = await channel.take();
    expect([third.text, third.tries]).to.deep.equal(['one', 2]);
    expect((await channel.peek()).Taken).to.have.length(1);
    await third.done();
    expect((await channel.receive()).toString()).to.equal('two');
  });

  it('is dead when it has come back often enough', async () => {
    const channel = await channelOf(['bad', 'good'], 2);
    for (let n = 0; n < 2; n++) await (await channel.take()).back();
    expect(await channel.peek()).to.include({ Tries: 2, Dead: 1, Buffered: 1, NumRecv: 0 });
    expect((await channel.receiveDead()).toString()).to.equal('bad');
    await (await channel.take()).done();
    await channel.close();
    expect(await code(channel.receiveDead())).to.equal('ENODATA');
  });

  it('comes one after the other, and a loop that is left gives back', async () => {
    const channel = await channelOf(['a', 'b', 'c']);
    for await (const job of channel.jobs()) {
      expect(job.text).to.equal('a');
      break;
    }
    await channel.close();
    const seen: string[] = [];
    for await (const job of channel.jobs()) {
      seen.push(job.text);
      if (job.text !== 'b' || job.tries > 0) await job.done();
    }
    expect(seen).to.deep.equal(['a', 'b', 'b', 'c']);
    expect(await channel.peek()).to.include({ NumRecv: 3, Buffered: 0, NumTaken: 0 });
  });

  it('takes nothing for a caller that gives up, and ends with the channel', async () => {
    const channel = await channelOf([]);
    expect(String(await channel.take({ signal: AbortSignal.timeout(20) }).catch((error: unknown) => error))).to.include('Timeout');
    await channel.send('late');
    const job = await channel.take();
    expect([job.text, job.tries]).to.deep.equal(['late', 0]);
    const waits = channel.take();
    await channel.scrub();
    expect(await code(waits)).to.equal('EIDRM');
    expect(await code(job.done())).to.equal('EIDRM');
  });

  it('is counted by its server, and so are locks', async () => {
    const lines = async (): Promise<readonly string[]> =>
      (await here.circuit.server(here.root.serverId).metrics())
        .split('\n')
        .filter((line) => /^circuit_(lock|messages_(taken|dead))/.test(line));
    const channel = await channelOf(['bad', 'good'], 1);
    await (await channel.take()).back();
    const lock = await here.root.walk('mutex').makeLock();
    const [job, held] = [await channel.take(), await lock.lock()];
    const leave = new AbortController();
    const waits = lock.lock({ signal: leave.signal }).catch(() => undefined);
    while ((await lock.peek()).NumWaiting === 0) await new Promise((resolve) => setImmediate(resolve));
    expect((await lines()).toSorted()).to.deep.equal([
      'circuit_lock_holders 1',
      'circuit_lock_waiters 1',
      'circuit_messages_dead 1',
      'circuit_messages_taken 1',
    ]);
    leave.abort();
    await waits;
    held.release();
    await job.done();
  });

  it('refuses other specs', async () => {
    for (const tries of [0, 1.5, 1001]) expect(await code(here.root.walk('x').makeChannel(1, { tries }))).to.equal('EINVAL');
  });
});

describe('a job whose worker is out of reach', () => {
  it('stays with it until it knows, and is then the next message again', async () => {
    const far = server();
    const clock = new VirtualClock();
    const distance = new Distance(far, undefined, undefined, clock);
    await distance.tree.makeElement(['c'], 'chan', { capacity: 2 }, WHO);
    const remote = new Channel(distance.tree, ['c'], WHO);
    const local = new Channel(far.here, ['c'], WHO);
    await local.send('job');
    await local.send('not arrived');
    const job = await remote.take();
    expect(job.text).to.equal('job');
    await remote.peek(); // and it is known there that it has arrived
    distance.end(new CircuitError('EHOSTDOWN', 'it is gone'));
    expect(await code(job.done())).to.equal('EHOSTDOWN');
    const { Taken } = await local.peek();
    expect(Taken.map(({ Tries, Lost }) => [Tries, typeof Lost])).to.deep.equal([[0, 'string']]);
    await clock.advance(HOLDER_LOST_MS - 1);
    expect((await local.peek()).NumTaken).to.equal(1);
    await clock.advance(1);
    const again = await local.take();
    expect([again.text, again.tries]).to.deep.equal(['job', 1]);
  });

  for (const [who, peer, after_ms] of [
    [
      'to which nothing has been sent for a while, stays for the rest of the minute',
      { knows: false, silent_ms: 20_000 },
      HOLDER_LOST_MS - 20_000,
    ],
    ['that is known to have ended goes back at once', { knows: true }, 0],
  ] as const)
    it(`of a worker ${who}`, async () => {
      const far = server();
      const clock = new VirtualClock();
      const distance = new Distance(far, undefined, undefined, clock);
      await distance.tree.makeElement(['c'], 'chan', { capacity: 2 }, WHO);
      const local = new Channel(far.here, ['c'], WHO);
      await local.send('job');
      const remote = new Channel(distance.tree, ['c'], WHO);
      await remote.take();
      await remote.peek();
      distance.end(new CircuitError('EHOSTDOWN', 'it is gone'), peer);
      if (after_ms > 0) {
        await clock.advance(after_ms - 1);
        expect((await local.peek()).NumTaken).to.equal(1);
        await clock.advance(1);
      }
      expect(await local.peek()).to.include({ NumTaken: 0, Buffered: 1 });
    });

  it('goes back at once if it had not arrived there', async () => {
    const far = server();
    const distance = new Distance(far);
    await distance.tree.makeElement(['c'], 'chan', { capacity: 1 }, WHO);
    const local = new Channel(far.here, ['c'], WHO);
    const taken = new Channel(distance.tree, ['c'], WHO).take();
    while ((await local.peek()).WaitingReceivers === 0) await new Promise((resolve) => setImmediate(resolve));
    distance.cut();
    await local.send('job');
    distance.end(new CircuitError('EHOSTDOWN', 'it is gone'));
    expect(await code(taken)).to.equal('EHOSTDOWN');
    const job = await local.take();
    expect([job.text, job.tries]).to.deep.equal(['job', 0]);
  });
});
