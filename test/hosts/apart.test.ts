/**
 * Hosts that cannot reach each other for a time, or are slow: who stays, who leaves, and how all come together again.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { needs } from '../lib/machine.js';
import { Bed } from '../lib/hosts/bed.js';
import { Circuit } from '../lib/hosts/circuit.js';

/** How long until a lost host is declared dead, with room for a slow machine. */
const LOST_LIMIT_S = 45;
/** How long until those who had given each other up have met again. */
const MEET_LIMIT_S = 90;

describe('a network that is split', function () {
  this.timeout(180_000);
  let bed: Bed;
  let circuit: Circuit;
  before(async function () {
    needs(this, 'linux', 'netns', 'nft', 'fuse', 'fusectl');
    bed = await Bed.create({ hosts: 8 });
    circuit = await Circuit.start(bed);
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') console.log(circuit.log);
    await bed.heal();
  });
  after(() => {
    bed.remove();
  });

  /** Sends a message from one host to another, through a channel on a third. */
  const works = async (from: number, channel: number, to: number): Promise<boolean> => {
    const path = `/circuit/host/web-${channel}/mail`;
    await bed.host(channel).run('mkdir -p /circuit/self/mail; echo mkchan 1 > /circuit/self/mail/ctl');
    await bed.host(from).run(`echo from ${from} > ${path}/send`);
    const got = await bed.host(to).run(`cat ${path}/recv; rmdir ${path}`);
    return got === `from ${from}\n`;
  };

  it('leaves two halves that work on, and makes one circuit again when it is healed', async () => {
    const [many, few] = [[1, 2, 3, 4, 5], [6, 7, 8]]; // prettier-ignore
    await bed.host(7).run('mkdir -p /circuit/self/kept; echo mkchan 1 > /circuit/self/kept/ctl; echo here > /circuit/self/kept/send');
    expect(await bed.host(1).run('cat /circuit/host/web-7/kept/recv')).to.equal('here\n');
    const across = bed.host(1).spawn(['cat', '/circuit/host/web-7/kept/recv']);
    await across.waits();
    await bed.split(many, few);
    await Promise.all([circuit.complete(many, LOST_LIMIT_S), circuit.complete(few, LOST_LIMIT_S)]);
    await across.exited;
    expect(across.stderr).to.include('Host is down');
    expect(await Promise.all([works(1, 2, 3), works(6, 7, 8)])).to.deep.equal([true, true]);
    await bed.heal();
    await circuit.complete(circuit.hosts, MEET_LIMIT_S);
    expect(await bed.host(1).run('ls -d /circuit/host/web-7/kept')).to.equal('/circuit/host/web-7/kept\n');
    expect(await Promise.all([works(1, 7, 3), works(6, 2, 8)])).to.deep.equal([true, true]);
  });

  it('is not split by a way that is closed between two hosts, or open in one direction only', async () => {
    const before = await circuit.seenBy(3);
    await bed.split([1], [2]);
    await bed.oneWay(4, 5);
    const watcher = bed.host(3).spawn(['bash', '-c', 'for i in $(seq 60); do ls /circuit | grep -c "^X"; sleep 0.25; done; echo end']);
    await watcher.says(/end/, 60);
    expect([...new Set(watcher.stdout.trim().split('\n'))]).to.deep.equal([String(before.length), 'end']);
  });
});

describe('slow hosts', function () {
  this.timeout(240_000);
  let bed: Bed;
  let circuit: Circuit;
  before(async function () {
    needs(this, 'linux', 'netns', 'nft', 'fuse', 'fusectl');
    bed = await Bed.create({ hosts: 6 });
    circuit = await Circuit.start(bed);
  });
  after(() => {
    bed.remove();
  });

  it('stay while they lose packets or pause for a while; one that pauses for long leaves, and returns as it was', async () => {
    const [lossy, short, long] = [2, 3, 4];
    const id = (host: number): string => circuit.daemon(host).id;
    await bed.host(long).run('mkdir -p /circuit/self/kept/deep; echo mkchan 3 > /circuit/self/kept/deep/ctl');
    await bed.loss(lossy, 30);
    const watchers = [1, 5, 6].map((host) =>
      bed.host(host).spawn(['bash', '-c', 'while echo at $SECONDS; ls /circuit; do sleep 0.25; done']),
    );
    /** Whether that server was in each listing so far. */
    const stayed = (host: number): boolean => watchers.every(({ stdout }) => stdout.split(/^at .*\n/m).slice(1, -1).every((listing) => listing.includes(id(host)))); // prettier-ignore
    try {
      for (const host of [short, long]) circuit.daemon(host).kill('SIGSTOP');
      await delay(15_000);
      circuit.daemon(short).kill('SIGCONT');
      expect(stayed(short), 'paused for 15 s').to.equal(true);
      await delay(75_000);
      expect(await circuit.seenBy(1), 'paused for 90 s').to.not.include(id(long));
      circuit.daemon(long).kill('SIGCONT');
      await circuit.daemon(long).program.says(/mounted at[^]*mounted at/); // its watchdog had freed those who waited
      await circuit.complete(circuit.hosts, 60);
      expect(await bed.host(1).run(`ls -d /circuit/${id(long)}/kept/deep/send`)).to.match(/send$/m);
      expect(stayed(lossy), '30 % loss').to.equal(true);
      expect(stayed(short), 'after its pause').to.equal(true);
      expect(watchers.map(({ isRunning }) => isRunning)).to.deep.equal([true, true, true]);
      await bed.heal();
    } catch (error) {
      console.log(circuit.log);
      throw error;
    }
  });
});
