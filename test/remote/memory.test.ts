/**
 * Clients that write more than anybody receives. Each draws the ID of its session itself, so what a server holds must be bounded over all of them;
 * what does not fit waits where it is, and comes when there is room.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { type Circuit, dial } from '../../src/api/index.js';
import { Daemon, statusOf } from '../lib/daemon.js';
import { needs } from '../lib/machine.js';

const [SESSIONS, WRITERS] = [60, 12];
const MESSAGE = Buffer.alloc(1_000_000, 'x');
/** A quarter of a gigabyte for what waits, and what a server is by itself. */
const RSS_MAX_KB = 450_000;
/** It has taken what it will when it has not grown for so long. */
const STILL_MS = 2_000;

describe('what many clients write to a server', function () {
  this.timeout(180_000);
  let daemon: Daemon;
  const circuits: Circuit[] = [];
  before(async function () {
    needs(this, 'linux');
    daemon = await Daemon.start({ args: ['--no-mount', '--insecure'] });
  });
  after(async () => {
    await Promise.all(circuits.map((circuit) => circuit.close()));
    await daemon.stop();
  });

  const connect = async (): Promise<Circuit> => {
    const circuit = await dial(daemon.url, { key: false });
    circuits.push(circuit);
    return circuit;
  };
  const rss_kB = (field: 'VmRSS' | 'VmHWM'): number => Number.parseInt(statusOf(daemon.pid, field) ?? '', 10);
  const untilStill = async (): Promise<void> => {
    for (let [before, still_ms] = [0, 0]; still_ms < STILL_MS && rss_kB('VmHWM') < RSS_MAX_KB; still_ms += 100) {
      const now = rss_kB('VmRSS');
      if (Math.abs(now - before) > 2_000) still_ms = 0;
      before = now;
      await delay(100);
    }
  };

  it('takes no more memory than it may, keeps nobody else waiting, and comes whole when somebody receives', async () => {
    const blocked = (await connect()).walk(daemon.id).walk('blocked');
    await blocked.makeChannel(0);
    const sending: Promise<void>[] = [];
    for (let session = 0; session < SESSIONS; session++) {
      const channel = await (await connect()).walk(daemon.id).walk('blocked').channel();
      for (let writer = 0; writer < WRITERS; writer++) sending.push(channel.send(MESSAGE));
    }
    const sent = Promise.allSettled(sending);
    await untilStill();
    expect(rss_kB('VmHWM'), 'kB of memory').to.be.below(RSS_MAX_KB);
    const other = (await connect()).walk(daemon.id).walk('other');
    const channel = await other.makeChannel(1);
    await channel.send('meanwhile');
    expect(String(await channel.receive())).to.equal('meanwhile');
    const receiver = await blocked.channel();
    for (let count = 0; count < SESSIONS * WRITERS; count++) expect((await receiver.receive()).equals(MESSAGE)).to.equal(true);
    expect((await sent).filter(({ status }) => status === 'rejected')).to.deep.equal([]);
    expect(rss_kB('VmHWM'), 'kB of memory').to.be.below(RSS_MAX_KB);
  });
});
