/**
 * A lock whose holders, and whose own server, are lost in each way that there is: it never has two holders.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { needs } from '../lib/machine.js';
import { Bed } from '../lib/hosts/bed.js';
import { Circuit } from '../lib/hosts/circuit.js';
import type { Program } from '../lib/hosts/program.js';

/** Holds a lock and says since when, and when it is told that it has lost it. All hosts have the clock of one machine. */
const HOLDER = `
import fcntl, os, select, sys, time
fd = os.open(sys.argv[1], os.O_RDWR)
fcntl.flock(fd, fcntl.LOCK_EX)
print('held', os.read(fd, 100).decode().strip(), time.time(), flush=True)
hup = select.poll(); hup.register(fd, 0)
hup.poll()
print('lost', time.time(), flush=True)
try: os.read(fd, 100)
except OSError as error: print(os.strerror(error.errno), flush=True)
`;
/** The hosts by what becomes of them. */
const [LOCKS, DARK, CUT, STOPPED, LEAVING] = [1, 2, 3, 4, 5];

describe('a lock whose holder is lost', function () {
  this.timeout(240_000);
  let bed: Bed;
  let circuit: Circuit;
  const at = (name: string): string => `/circuit/host/web-${LOCKS}/${name}/lock`;
  const hold = (host: number, name: string): Program =>
    bed.host(host).spawn(['python3', join(bed.directory, 'holder.py'), at(name)], { LC_ALL: 'C' });
  const held_s = async (program: Program, limit_s?: number): Promise<number> => Number((await program.says(/held \d+ (\S+)/, limit_s))[1]);
  const lost_s = async (program: Program, limit_s?: number): Promise<number> => Number((await program.says(/lost (\S+)/, limit_s))[1]);

  before(async function () {
    needs(this, 'linux', 'netns', 'nft', 'fuse', 'fusectl', 'python3');
    bed = await Bed.create({ hosts: 5 });
    writeFileSync(join(bed.directory, 'holder.py'), HOLDER);
    circuit = await Circuit.start(bed);
  });
  afterEach(function () {
    circuit.daemon(STOPPED).kill('SIGCONT');
    if (this.currentTest?.state === 'failed') console.log(circuit.log);
  });
  after(() => bed.remove());

  it('goes to the next when nobody can hold it any more, and not before its holder has been told', async () => {
    const hosts = { dark: DARK, cut: CUT, stopped: STOPPED, leaving: LEAVING };
    const names = Object.keys(hosts) as (keyof typeof hosts)[];
    await bed.host(LOCKS).run(`for name in ${names.join(' ')}; do mkdir /circuit/self/$name; echo mklock > /circuit/self/$name/ctl; done`);
    const holders = Object.fromEntries(names.map((name) => [name, hold(hosts[name], name)])) as Record<keyof typeof hosts, Program>;
    for (const name of names) await held_s(holders[name]);
    const waiters = Object.fromEntries(names.map((name) => [name, hold(LOCKS, name)])) as Record<keyof typeof hosts, Program>;
    await bed.until(
      'all wait',
      async () => (await bed.host(LOCKS).run('grep -l NumWaiting.*1 /circuit/self/*/peek | wc -l')).trim() === '4',
    );

    const begun_s = Date.now() / 1000;
    await bed.powerOff(DARK);
    await bed.cut(CUT);
    circuit.daemon(STOPPED).kill('SIGSTOP');
    await circuit.daemon(LEAVING).stop();
    // One that has left in order has given back.
    expect(await held_s(waiters.leaving)).to.be.below(begun_s + 20);
    // One that was cut off knows by itself.
    const told_s = await lost_s(holders.cut, 60);
    await holders.cut.says(/Host is down/);
    expect(waiters.cut.stdout).to.equal('');
    await bed.until('its server is missed', async () => (await bed.host(LOCKS).sh(`grep '"Lost": "' /circuit/self/cut/peek`)).code === 0);
    // One whose server stands still is cut off by the watchdog of its mount, before the lock goes to the next.
    const freed_s = await lost_s(holders.stopped, 90);
    circuit.daemon(STOPPED).kill('SIGCONT');
    expect(await held_s(waiters.cut, 100)).to.be.above(told_s);
    expect(await held_s(waiters.stopped, 100)).to.be.above(freed_s);
    expect(await held_s(waiters.dark, 100)).to.be.above(begun_s + 45);
  });

  it('is lost by who holds it on a host that leaves before the next one gets it, though that host hears nothing', async () => {
    await bed.heal();
    circuit.forget(LEAVING);
    await circuit.add(LEAVING);
    await bed.host(LOCKS).run('mkdir /circuit/self/deaf; echo mklock > /circuit/self/deaf/ctl');
    await bed.until('the lock is seen', async () => (await bed.host(LEAVING).sh(`stat ${at('deaf')}`)).code === 0, 60);
    // While this one does not end, the server that leaves is there.
    await bed
      .host(LEAVING)
      .run(`mkdir /circuit/self/p; echo "mkproc bash -c 'trap : TERM; while :; do read -t 1; done < <(sleep 60)'" > /circuit/self/p/ctl`);
    const holder = hold(LEAVING, 'deaf');
    await held_s(holder);
    const waiter = hold(LOCKS, 'deaf');
    await bed.until('it waits', async () => (await bed.host(LOCKS).sh('grep NumWaiting.*1 /circuit/self/deaf/peek')).code === 0);
    await bed.faults.oneWay([LOCKS], [LEAVING]);
    const stopped = circuit.daemon(LEAVING).stop();
    expect(await lost_s(holder, 60)).to.be.below(await held_s(waiter, 60));
    await stopped;
    await bed.faults.heal();
  });

  it('is lost with its server: holders are told, and those who wait fail', async () => {
    await bed.host(LOCKS).run('mkdir /circuit/self/mine; echo mklock > /circuit/self/mine/ctl');
    await bed.heal();
    await bed.until('the lock is seen', async () => (await bed.host(STOPPED).sh(`stat ${at('mine')}`)).code === 0, 60);
    const holder = hold(STOPPED, 'mine');
    await held_s(holder);
    const waiter = hold(STOPPED, 'mine');
    await bed.until('it waits', async () => (await bed.host(LOCKS).sh('grep NumWaiting.*1 /circuit/self/mine/peek')).code === 0);
    circuit.daemon(LOCKS).kill('SIGKILL');
    await lost_s(holder, 60);
    await holder.says(/Host is down/);
    await waiter.says(/OSError.*Host is down/, 60);
  });
});
