/**
 * Work that is handed back, when workers and their servers are lost in each way that there is.
 */
import { expect } from 'chai';
import { needs } from '../lib/machine.js';
import { Bed } from '../lib/hosts/bed.js';
import { Circuit } from '../lib/hosts/circuit.js';
import type { Program } from '../lib/hosts/program.js';

/** Takes one message, says so, and at a word on standard input says that it is done. */
const WORKER = `
exec 3<> "$0"; IFS= read -r job <&3 || exit
echo "took $job"; read -r _; { echo done >&3; } 2>&1; echo "done: $?"
`;
/** The hosts by what becomes of them; a client has no server of its own. */
const [JOBS, DARK, CUT, LEAVING, KILLED] = [1, 2, 3, 4, 5];

describe('a message whose worker is lost', function () {
  this.timeout(300_000);
  let bed: Bed;
  let circuit: Circuit;
  const at = (name: string): string => `/circuit/host/web-${JOBS}/${name}`;
  const work = (host: number, name: string): Program => bed.host(host).spawn(['bash', '-c', WORKER, `${at(name)}/take`], { LC_ALL: 'C' });
  const peek = (name: string): Promise<string> => bed.host(JOBS).run(`cat /circuit/self/${name}/peek`);

  before(async function () {
    needs(this, 'linux', 'netns', 'nft', 'fuse', 'fusectl');
    bed = await Bed.create({ hosts: 5 });
    circuit = await Circuit.start(bed);
  });
  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.log(circuit.log);
  });
  after(() => bed.remove());

  it('is the next message again: at once if its server has ended, else when nobody can be at work on it', async () => {
    const hosts = { dark: DARK, cut: CUT, leaving: LEAVING, killed: KILLED };
    const names = Object.keys(hosts) as (keyof typeof hosts)[];
    await bed.host(JOBS).run(`for name in ${names.join(' ')}; do
      mkdir /circuit/self/$name; echo mkchan 1 > /circuit/self/$name/ctl; echo $name > /circuit/self/$name/send; done`);
    const workers = new Map<string, Program>();
    for (const name of names) {
      const worker = work(hosts[name], name);
      workers.set(name, worker);
      await worker.says(new RegExp(`took ${name}`));
    }
    const nexts = new Map(names.map((name) => [name, work(JOBS, name)]));
    for (const name of names) expect(await peek(name)).to.match(/"NumTaken": 1[^]*"NumRecv": 0|"NumRecv": 0[^]*"NumTaken": 1/);

    const begun_ms = Date.now();
    // A worker that is killed gives back at once, whatever its server does.
    workers.get('killed')?.kill('SIGKILL');
    await nexts.get('killed')?.says(/took killed/, 20);
    await bed.powerOff(DARK);
    await bed.cut(CUT);
    await circuit.daemon(LEAVING).stop();
    await nexts.get('leaving')?.says(/took leaving/, 20);
    expect(Date.now() - begun_ms).to.be.below(40_000);
    await bed.until('its server is missed', async () => (await peek('cut')).includes('"Lost": "'), 60);
    expect(nexts.get('cut')?.stdout).to.equal('');
    // It cannot say that it is done where it has been given up, and is told so.
    workers.get('cut')?.stdin.write('\n');
    await workers.get('cut')?.says(/Host is down[^]*done: 1/, 90);
    for (const name of ['cut', 'dark'] as const) {
      const next = nexts.get(name);
      await next?.says(new RegExp(`took ${name}`), 120);
      expect(await peek(name)).to.include('"Tries": 1');
      next?.stdin.write('\n');
      await next?.says(/done: 0/);
      expect(await peek(name)).to.include('"NumRecv": 1');
    }
    expect(Date.now() - begun_ms).to.be.above(60_000);
  });

  it('is lost with the server of its channel, and its worker told', async () => {
    await bed.host(JOBS).run('mkdir /circuit/self/mine; echo mkchan 1 > /circuit/self/mine/ctl; echo mine > /circuit/self/mine/send');
    const worker = work(KILLED, 'mine');
    await worker.says(/took mine/);
    const waiter = work(KILLED, 'mine');
    await bed.until('it waits', async () => (await peek('mine')).includes('"WaitingReceivers": 1'));
    circuit.daemon(JOBS).kill('SIGKILL');
    await waiter.says(/Host is down/, 60);
    worker.stdin.write('\n');
    await worker.says(/Host is down[^]*done: 1/, 60);
  });
});
