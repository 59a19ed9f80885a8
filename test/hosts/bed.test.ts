/**
 * The test bed itself, with plain programs: what it promises must hold before it may judge anything else.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { needs } from '../lib/machine.js';
import { Bed } from '../lib/hosts/bed.js';
import type { Host } from '../lib/hosts/host.js';
import type { Program } from '../lib/hosts/program.js';

const BED = new URL('../lib/hosts/bed.js', import.meta.url).href;
const NATIVE = new URL('../../native/index.js', import.meta.url).href;

/** Says `ready`, then each datagram that comes to the group. */
const LISTENER = `
  const socket = require('dgram').createSocket({ type: 'udp4', reuseAddr: true });
  socket.on('message', (message) => console.log(String(message)));
  socket.bind(7711, () => { socket.addMembership('228.8.8.8', process.argv[1]); console.log('ready'); });`;
const SPEAKER = `
  const socket = require('dgram').createSocket('udp4');
  socket.bind(0, process.argv[1], () => {
    socket.setMulticastInterface(process.argv[1]);
    socket.send(process.argv[2], 7711, '228.8.8.8', () => socket.close());
  });`;
/** Gives everything back, and says so; the port is its argument. */
const ECHO = `
  require('net').createServer((socket) => {
    socket.on('error', (error) => console.log('server: ' + error.code));
    socket.on('data', (data) => { socket.write(data); console.log('echoed ' + data); });
  }).listen(+process.argv[1], () => console.log('ready'));`;
/** Sends on what it reads, and says what comes back. */
const CALLER = `
  const socket = require('net').connect(+process.argv[2], process.argv[1], () => console.log('connected'));
  socket.on('error', (error) => console.log('client: ' + error.code));
  socket.pipe(process.stdout);
  process.stdin.pipe(socket);`;
/** Mounts a FUSE file system, and never answers. */
const FROZEN = `
  import(process.argv[1]).then(({ native }) => {
    native.mountDirect('/mnt', 'rootmode=40000,user_id=0,group_id=0');
    console.log('mounted');
    setInterval(() => undefined, 1000);
  });`;

const node = (program: string, ...args: readonly string[]): readonly string[] => [process.execPath, '-e', program, ...args];

async function listen(host: Host): Promise<Program> {
  const program = host.spawn(node(LISTENER, host.address));
  await program.says(/ready/);
  return program;
}

async function speak(host: Host, text: string): Promise<void> {
  await host.spawn(node(SPEAKER, host.address, text)).exited;
}

/** A connection: its client, and its server. */
async function call(from: Host, to: Host, port = 7000): Promise<readonly [Program, Program]> {
  const server = to.spawn(node(ECHO, String(port)));
  await server.says(/ready/);
  const client = from.spawn(node(CALLER, to.address, String(port)));
  await client.says(/connected/);
  return [client, server];
}

async function stop(...programs: readonly Program[]): Promise<void> {
  await Promise.all(programs.map(async (program) => program.stop()));
}

/** Whether one ping of a few comes back. */
async function reaches(from: Host, to: Host): Promise<boolean> {
  const { code } = await from.sh(`ping -q -c 3 -i 0.01 -W 0.2 ${to.address}`);
  return code === 0;
}

describe('a bed', function () {
  let bed: Bed;
  before(async function () {
    needs(this, 'linux', 'netns', 'nft', 'tcpdump', 'ping', 'fuse', 'fusectl');
    bed = await Bed.create({ hosts: 5 });
  });
  afterEach(async () => {
    await bed.heal();
  });
  after(() => {
    bed.remove();
  });

  const reachesEach = async (...pairs: readonly (readonly [number, number])[]): Promise<readonly boolean[]> =>
    Promise.all(pairs.map(async ([from, to]) => reaches(bed.host(from), bed.host(to))));

  it('has hosts with a name, an address and a /circuit of their own', async () => {
    const look = 'hostname; hostname -I; pwd; mkdir /circuit; hostname > /circuit/name';
    const says = await Promise.all(bed.hosts.map(async (host) => host.run(look)));
    expect(says).to.deep.equal([1, 2, 3, 4, 5].map((i) => `web-${i}\n10.99.0.${i} \n/\n`));
    for (const host of bed.hosts) expect(await host.run('cat /circuit/*; ls /var/lib')).to.equal(`${host.name}\n`);
  });

  it('lets every host reach every other one', async () => {
    const addresses = bed.hosts.map((host) => host.address).join(' ');
    await Promise.all(bed.hosts.map(async (host) => host.run(`for to in ${addresses}; do ping -q -c 1 -W 2 $to; done`)));
  });

  it('carries multicast to all', async () => {
    const listeners = await Promise.all(bed.hosts.map(listen));
    await speak(bed.host(3), 'good morning');
    await Promise.all(listeners.map(async (listener) => listener.says(/good morning/)));
    await stop(...listeners);
  });

  it('has a second one beside it, with the same addresses, that does not hear it', async () => {
    const other = await Bed.create({ hosts: 2 });
    try {
      const [here, there] = [await listen(bed.host(2)), await listen(other.host(2))];
      await speak(bed.host(1), 'to us');
      await speak(other.host(1), 'to them');
      await here.says(/to us/);
      await there.says(/to them/);
      expect([here.stdout, there.stdout]).to.deep.equal(['ready\nto us\n', 'ready\nto them\n']);
      await stop(here, there);
    } finally {
      other.remove();
    }
    expect(await reachesEach([1, 2])).to.deep.equal([true]);
  });

  it('cuts a cable, and plugs it in again', async () => {
    await bed.cut(2);
    expect(await reachesEach([1, 2], [1, 3])).to.deep.equal([false, true]);
    await bed.heal(2);
    expect(await reachesEach([1, 2])).to.deep.equal([true]);
  });

  it('splits hosts into parts that work on by themselves', async () => {
    await bed.split([1, 2, 3], [4, 5]);
    expect(await reachesEach([1, 3], [4, 5], [1, 4], [5, 3])).to.deep.equal([true, true, false, false]);
    const [near, far] = [await listen(bed.host(2)), await listen(bed.host(5))];
    await speak(bed.host(1), 'to my part');
    await near.says(/to my part/);
    await bed.heal();
    await speak(bed.host(1), 'to all');
    await far.says(/to all/);
    expect(far.stdout).to.equal('ready\nto all\n');
    await stop(near, far);
  });

  it('drops what goes one way, and lets the other pass', async () => {
    const [first, second] = [await listen(bed.host(1)), await listen(bed.host(2))];
    await bed.oneWay(1, 2);
    await speak(bed.host(1), 'from 1');
    await speak(bed.host(2), 'from 2');
    await Promise.all([first.says(/from 1\nfrom 2/), second.says(/from 2/)]);
    expect(second.stdout).to.equal('ready\nfrom 2\n');
    await stop(first, second);
  });

  it('loses some packets of a host, and not all', async () => {
    await bed.loss(4, 30);
    const [lossy, sound] = [bed.host(4).address, bed.host(5).address];
    const { stdout } = await bed.host(1).sh(`ping -q -c 200 -i 0.003 -W 1 ${lossy}`);
    // 0.7 × 0.7 come back, 51 % are lost; 200 throws are 18 points off once in two million runs.
    expect(Number(/([\d.]+)% packet loss/.exec(stdout)?.[1])).to.be.within(33, 69);
    expect(await bed.host(1).run(`ping -q -c 50 -i 0.003 -W 1 ${sound}`)).to.include(' 0% packet loss');
  });

  it('resets the connections that are there, at both ends, and no later one', async () => {
    const [client, server] = await call(bed.host(1), bed.host(2));
    const bystanders = await call(bed.host(3), bed.host(4));
    await bed.resetConnections(1);
    await Promise.all([client.says(/client: ECONN/), server.says(/server: ECONNRESET/)]);
    const again = bed.host(1).spawn(node(CALLER, bed.host(2).address, '7000'));
    again.stdin.write('after\n');
    await again.says(/after/);
    bystanders[0].stdin.write('untouched\n');
    await bystanders[0].says(/untouched/);
    await stop(client, server, again, ...bystanders);
  });

  it('keeps a TCP connection through a cut', async () => {
    const [client, server] = await call(bed.host(1), bed.host(2));
    await bed.cut(2);
    client.stdin.write('through\n');
    await bed.until('the segment is lost', async () => (await bed.host(1).run('ss -tin dst 10.99.0.2')).includes('retrans:'));
    await bed.heal(2);
    await client.says(/through/);
    await stop(client, server);
  });

  it('blocks a port, of all or of one host', async () => {
    const connects = async (port: number): Promise<boolean> => {
      const { code } = await bed.host(1).sh(`timeout 0.5 bash -c 'echo > /dev/tcp/10.99.0.2/${port}'`);
      return code === 0;
    };
    const [first, second] = [await call(bed.host(3), bed.host(2), 7001), await call(bed.host(3), bed.host(2), 7002)];
    await bed.blockPort(7001);
    expect([await connects(7001), await connects(7002)]).to.deep.equal([false, true]);
    await bed.blockPort(7002, 1);
    expect(await connects(7002)).to.equal(false);
    second[0].stdin.write('from another host\n');
    await second[0].says(/from another host/);
    await bed.heal();
    expect([await connects(7001), await connects(7002)]).to.deep.equal([true, true]);
    await stop(...first, ...second);
  });

  it('blocks multicast alone', async () => {
    const listener = await listen(bed.host(2));
    await bed.faults.blockMulticast();
    await speak(bed.host(1), 'unheard');
    expect(await reachesEach([1, 2])).to.deep.equal([true]);
    await bed.heal();
    await speak(bed.host(1), 'heard');
    await listener.says(/^heard/m);
    expect(listener.stdout).to.equal('ready\nheard\n');
    await stop(listener);
  });

  it('records what a host sends, and counts it', async () => {
    const listener = await listen(bed.host(2));
    const [record, before] = [await bed.record(1), await bed.network.sent(1)];
    await speak(bed.host(1), 'a word to be found');
    await listener.says(/a word/);
    expect((await record.stop()).includes('a word to be found')).to.equal(true);
    expect((await bed.network.sent(1)).packets).to.be.above(before.packets);
    await stop(listener);
  });

  it('ends all that runs on a host that loses its power, and nothing else', async () => {
    const sleeper = ['bash', '-c', 'setsid sleep 600 & echo $!; wait'];
    const [lost, kept] = [bed.host(5).spawn(sleeper), bed.host(4).spawn(sleeper)];
    const [[pid], [keptPid]] = [await lost.says(/\d+/), await kept.says(/\d+/)];
    await bed.powerOff(5);
    expect(await lost.exited).to.deep.equal([null, 'SIGKILL']);
    await bed.until('what it started is gone', () => !existsSync(`/proc/${pid}`));
    expect(existsSync(`/proc/${keptPid}`)).to.equal(true);
  });

  it('says what a script printed, how it ended, and which one took too long', async () => {
    expect(await bed.host(1).sh('echo out; echo err >&2; exit 3')).to.deep.equal({ stdout: 'out\n', stderr: 'err\n', code: 3 });
    expect(await bed.host(1).run('false').catch(String)).to.match(/web-1: exit 1/);
    expect(await bed.host(1).sh('echo so far; sleep 600', { limit_s: 0.3 }).catch(String)).to.match(/longer than 0.3 s[^]*so far/); // prettier-ignore
    expect(await bed.until('pigs fly', () => false, 0.1).catch(String)).to.equal('Error: not within 0.1 s: pigs fly');
  });

  it('frees a script that waits for a file system which nobody serves', async () => {
    const mount = bed.host(1).spawn(node(FROZEN, NATIVE));
    await mount.says(/mounted/);
    expect(await bed.host(1).sh('cat /mnt/file', { limit_s: 0.5 }).catch(String)).to.match(/longer than 0.5 s/);
    await stop(mount);
  });
});

describe('a bed with two domains of multicast', () => {
  let bed: Bed;
  before(async function () {
    needs(this, 'linux', 'netns', 'nft', 'ping');
    bed = await Bed.create({ hosts: 4, domains: [[1, 2], [3, 4]] }); // prettier-ignore
  });
  after(() => {
    bed.remove();
  });

  it('routes between them, without their multicast', async () => {
    const [near, far] = [await listen(bed.host(2)), await listen(bed.host(3))];
    await speak(bed.host(1), 'on this side');
    await near.says(/on this side/);
    await speak(bed.host(4), 'on that side');
    await far.says(/on that side/);
    expect([near.stdout, far.stdout]).to.deep.equal(['ready\non this side\n', 'ready\non that side\n']);
    expect(await reaches(bed.host(1), bed.host(3))).to.equal(true);
    await stop(near, far);
  });

  it('can be split between them', async () => {
    await bed.split([1, 2], [3, 4]);
    expect(await reaches(bed.host(1), bed.host(3))).to.equal(false);
    await bed.heal();
    expect(await reaches(bed.host(1), bed.host(3))).to.equal(true);
  });
});

describe('many hosts', function () {
  this.timeout(60_000);
  it('are thirty, and nothing is left of them', async function () {
    needs(this, 'linux', 'netns', 'ping');
    const bed = await Bed.create({ hosts: 30 });
    try {
      expect(await reaches(bed.host(1), bed.host(30))).to.equal(true);
      await bed.host(7).spawn(['bash', '-c', 'setsid sleep 600 & echo on; wait']).says(/on/);
    } finally {
      bed.remove();
    }
    expect(leftOf(bed.name)).to.deep.equal([]);
  });

  it('are removed when the process that made them was killed, by the next that makes some', async function () {
    needs(this, 'linux', 'netns');
    const program = `
      const { Bed } = await import(${JSON.stringify(BED)});
      const bed = await Bed.create({ hosts: 2 });
      await bed.host(1).spawn(['bash', '-c', 'echo on; sleep 600']).says(/on/);
      console.log(bed.name);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    child.kill('SIGKILL');
    await once(child, 'exit');
    const name = line.toString().trim();
    expect(leftOf(name)).to.have.length.above(2);
    (await Bed.create({ hosts: 1 })).remove();
    expect(leftOf(name)).to.deep.equal([]);
  });
});

/** Namespaces and directories of a bed. */
function leftOf(name: string): readonly string[] {
  const directories = ['/run/netns', '/run/circuit-bed'].filter((directory) => existsSync(directory));
  const paths = directories.flatMap((directory) => readdirSync(directory).map((entry) => join(directory, entry)));
  return paths.filter((path) => path.endsWith(`/${name}`) || path.includes(`/${name}-`));
}
