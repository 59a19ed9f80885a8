/**
 * Hosts that do not hear each other's multicast: two data centres joined by one URL, circuits that are merged, and a host without a server.
 */
import { expect } from 'chai';
import { PROGRAM } from '../lib/daemon.js';
import { needs } from '../lib/machine.js';
import { Bed } from '../lib/hosts/bed.js';
import { Circuit } from '../lib/hosts/circuit.js';

describe('two data centres', function () {
  this.timeout(90_000);
  let bed: Bed;
  let circuit: Circuit;
  before(async function () {
    needs(this, 'linux', 'netns', 'nft', 'fuse', 'fusectl');
    bed = await Bed.create({ hosts: 6, domains: [[1, 2, 3], [4, 5, 6]] }); // prettier-ignore
  });
  beforeEach(() => {
    circuit = new Circuit(bed);
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') console.log(circuit.log);
    await circuit.stop();
    await bed.heal();
  });
  after(() => {
    bed.remove();
  });

  const [here, there] = [[1, 2, 3], [4, 5, 6]]; // prettier-ignore
  const addAll = async (...hosts: readonly number[]): Promise<void> => {
    await Promise.all(hosts.map(async (host) => circuit.add(host)));
  };

  it('are one circuit when one server was told of one other', async () => {
    await addAll(...here, 5, 6);
    await Promise.all([circuit.complete(here), circuit.complete([5, 6])]);
    await circuit.add(4, { args: ['-j', circuit.daemon(2).url] });
    await circuit.complete();
    expect(await bed.host(6).run('mkdir /circuit/host/web-1/far; ls -d /circuit/host/web-1/far')).to.equal('/circuit/host/web-1/far\n');
  });

  it('are one circuit after "join", in whichever of their ctl files', async () => {
    await addAll(...here, ...there);
    await Promise.all([circuit.complete(here), circuit.complete(there)]);
    await bed.host(2).run(`echo join ${circuit.daemon(5).url} > /circuit/host/web-3/ctl`);
    await circuit.complete();
  });

  it('stay one when they were split, though none hears the other', async () => {
    await addAll(...here);
    await circuit.complete();
    await Promise.all(there.map(async (host) => circuit.add(host, { args: ['-j', circuit.daemon(1).url] })));
    await circuit.complete();
    await bed.split(here, there);
    await Promise.all([circuit.complete(here, 45), circuit.complete(there, 45)]);
    await bed.heal();
    await circuit.complete(circuit.hosts, 90);
  }).timeout(180_000);

  it('say which server does not answer to a "join"', async () => {
    await addAll(1);
    const { stdout } = await bed
      .host(1)
      .sh('echo join circuit://10.99.1.6:1/1/X0123456789abcdef > /circuit/self/ctl || cat /circuit/self/error');
    expect(stdout).to.include('10.99.1.6:1');
  });

  it('can be mounted by a host without a server, through the one server that it reaches', async () => {
    await addAll(1, 2, 4);
    await bed.host(2).run(`echo join ${circuit.daemon(4).url} > /circuit/self/ctl`);
    await circuit.complete();
    const host = bed.host(3);
    await bed.split([3], [2, 4, 5, 6]);
    const mount = host.spawn([process.execPath, PROGRAM, 'mount', '-d', circuit.daemon(1).url, '--hmac', host.key, '/mnt']);
    await mount.says(/mounted at/);
    expect(await host.run('ls /mnt/host | grep -v help')).to.equal('web-1\nweb-2\nweb-4\n');
    const said = await host.run(`
      cd /mnt/host/web-4/
      mkdir c p
      echo mkchan 1 > c/ctl
      echo hello > c/send
      cat c/recv
      echo mkproc hostname > p/ctl
      cat p/stdout
      rmdir c p`);
    expect(said).to.equal('hello\nweb-4\n');
    expect(await host.run('ss --no-header --listening --tcp --udp --numeric')).to.equal('');
    await circuit.complete(); // it is no member
    mount.kill('SIGTERM');
    await mount.exited;
    expect(await host.run('grep -c " /mnt fuse" /proc/mounts || true')).to.equal('0\n');
  });

  it('say what was tried when a client finds nobody', async () => {
    const { stderr, code } = await bed
      .host(3)
      .sh(`${process.execPath} ${PROGRAM} mount -d circuit://10.99.1.4:1 --hmac ${bed.host(3).key} /mnt`);
    expect(code).to.not.equal(0);
    expect(stderr).to.include('10.99.1.4:1');
  });
});
