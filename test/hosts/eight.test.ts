/**
 * Eight hosts on one network: how they find each other, work together, and part.
 */
import { expect } from 'chai';
import { needs } from '../lib/machine.js';
import { Bed } from '../lib/hosts/bed.js';
import { Circuit } from '../lib/hosts/circuit.js';

const HOSTS = [1, 2, 3, 4, 5, 6, 7, 8];
const NAMES = HOSTS.map((host) => `web-${host}`);

describe('eight hosts', function () {
  this.timeout(150_000);
  let bed: Bed;
  let circuit: Circuit;
  before(async function () {
    needs(this, 'linux', 'netns', 'fuse', 'fusectl');
    bed = await Bed.create({ hosts: 8 });
    circuit = new Circuit(bed);
  });
  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.log(circuit.log);
  });
  after(() => {
    bed.remove();
  });

  it('find each other by multicast, whoever starts first', async () => {
    for (const host of [5, 1]) await circuit.add(host);
    await circuit.add(8, { args: ['--grace', '8'] });
    await circuit.complete();
    await Promise.all([2, 7, 3].map(async (host) => circuit.add(host)));
    for (const host of [6, 4]) await circuit.add(host);
    await circuit.complete();
  });

  it('are listed on every host, by name and by ID', async () => {
    for (const host of bed.hosts) {
      expect(await host.run('ls /circuit/host | grep -v help')).to.equal(`${NAMES.join('\n')}\n`);
      expect(await host.run('readlink /circuit/self')).to.equal(`${circuit.daemon(host.index).id}\n`);
      const members = (await host.run('cat /circuit/members')).trimEnd().split('\n').map((line) => line.split(' ')); // prettier-ignore
      expect(members.map(([, , name]) => name).sort()).to.deep.equal(NAMES);
      for (const [id = '', address = '', name = ''] of members) {
        const { url } = circuit.daemon(HOSTS[NAMES.indexOf(name)] ?? 0);
        expect(url).to.match(new RegExp(`^circuit://${address}/\\d+/${id}$`));
      }
    }
  });

  it('can be walked from each, as one tree', async () => {
    await Promise.all(bed.hosts.map(async (host) => host.run('mkdir -p /circuit/self/made/on-$(hostname)')));
    const walk = 'cd /circuit; ls -R > /dev/null; find X* -name "on-*"';
    const trees = await Promise.all(bed.hosts.map(async (host) => host.run(walk)));
    for (const tree of trees) for (const name of NAMES) expect(tree).to.match(new RegExp(`^X[0-9a-f]{16}/made/on-${name}$`, 'm'));
    await bed.host(3).run('rmdir /circuit/host/*/made/on-* /circuit/host/*/made');
    expect(await bed.host(6).run('ls -d /circuit/host/*/*/ 2> /dev/null || echo none')).to.equal('none\n');
  });

  it('say on one host what another one did, in the same words', async () => {
    const { stdout, stderr, code } = await bed.host(1).sh(`
      cd /circuit/host/web-2/
      mkdir a
      echo mkproc /no/such/program > a/ctl || cat a/error
      mkdir a || echo there already
      rmdir nothing || echo not there
      echo mkproc hostname > a/ctl
      cat a/stdout
      ls a
      rmdir a`);
    expect(code, stderr).to.equal(0);
    expect(stdout).to.match(/no\/such\/program[^]*there already\nnot there\nweb-2\n[^]*stdout\n/);
  });

  it('send a token round two hundred times, from host to host', async () => {
    const said = await bed.host(1).runFile('ring.sh', { limit_s: 120 });
    expect(said).to.equal(`rounds: 200\n${'"ExitCode": 0\n'.repeat(8)}`);
    expect(await bed.host(5).run('ls -d /circuit/host/*/*/ 2> /dev/null || echo none')).to.equal('none\n');
  });

  it('hear at once of one that stops in order, before its processes have ended', async () => {
    await bed.host(1).run(`
      mkdir /circuit/host/web-8/stubborn
      echo "mkproc bash -c 'trap : TERM; echo on; while :; do sleep 0.1; done'" > /circuit/host/web-8/stubborn/ctl
      head -n 1 /circuit/host/web-8/stubborn/stdout`);
    const leaving = circuit.forget(8);
    const reader = bed.host(2).spawn(['cat', '/circuit/host/web-8/stubborn/wait']);
    await reader.waits();
    leaving.kill('SIGTERM');
    await circuit.complete();
    expect(leaving.program.isRunning, 'it still waits for its process').to.equal(true);
    await leaving.program.exited;
    await reader.exited;
  });

  it('see one that starts again as a new one, without what it had', async () => {
    const before = await circuit.seenBy(1);
    const { id } = await circuit.add(8);
    await circuit.complete();
    expect(before).to.not.include(id);
    expect(await bed.host(1).run('ls -d /circuit/host/web-8/*/ 2> /dev/null || echo none')).to.equal('none\n');
  });

  it('end calls into one that is killed with EHOSTDOWN, while ls goes on', async () => {
    const there = '/circuit/host/web-4';
    await bed.host(1).run(`
      mkdir ${there}/empty ${there}/full ${there}/run
      echo mkchan 0 > ${there}/empty/ctl
      echo mkchan 0 > ${there}/full/ctl
      echo mkproc sleep 600 > ${there}/run/ctl`);
    const waiting = [
      bed.host(1).spawn(['cat', `${there}/empty/recv`]),
      bed.host(2).spawn(['cat', `${there}/run/wait`]),
      bed.host(3).spawn(['dd', 'status=none', `of=${there}/full/send`]),
      bed.host(5).spawn(['cat', `${there}/run/stdout`]),
    ];
    waiting[2]?.stdin.end('x');
    for (const program of waiting) await program.waits();
    const watchers = [6, 7].map((host) =>
      bed.host(host).spawn(['bash', '-c', 'while ls /circuit /circuit/host > /dev/null; do echo -n .; sleep 0.02; done']),
    );
    await Promise.all(watchers.map(async (watcher) => watcher.says(/\.{5}/)));

    const killed = circuit.forget(4);
    await killed.crash();
    await circuit.complete();
    for (const program of waiting) {
      const [code] = await program.exited;
      expect(code).to.equal(1);
      expect(program.stderr).to.include('Host is down');
    }
    expect(await bed.host(1).run(`ls ${there} 2>&1 || true`)).to.match(/No such file/);
    for (const watcher of watchers) {
      expect(watcher.isRunning, watcher.stderr).to.equal(true);
      await watcher.stop();
    }
  });

  it('let nobody come back as a ghost', async () => {
    const ghosts = await circuit.seenBy(1);
    const { id } = await circuit.add(4);
    expect(ghosts).to.not.include(id);
    await circuit.complete();
    // Longer than three heartbeats, in which views are compared.
    const watcher = bed.host(2).spawn(['bash', '-c', 'for i in $(seq 80); do ls /circuit; sleep 0.2; done; echo end']);
    await watcher.says(/^end$/m, 60);
    const seen = watcher.stdout.match(/^X.*$/gm) ?? [];
    expect([...new Set<string>(seen)].sort()).to.deep.equal(circuit.hosts.map((host) => circuit.daemon(host).id).sort());
  });

  it('end in order, all at once', async () => {
    await circuit.stop();
    for (const host of bed.hosts) expect(await host.run('grep -c " /circuit fuse" /proc/mounts || true')).to.equal('0\n');
  });
});
