/**
 * The native front and its service: who is let in, which server is meant, and what becomes of callers and servers that end, freeze or are too many.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { CONSOLE_CALLERS_MAX } from '../../src/base/limits.js';
import { directoryOfSockets, socketPath } from '../../src/console/directory.js';
import { encodeFrame, FRAME, type Frame, FrameReader } from '../../src/console/frames.js';
import { circuit, type Ended } from '../cli/program.js';
import { kill } from '../lib/children.js';
import { Client, SILENT } from '../lib/client.js';
import { Daemon, statusOf } from '../lib/daemon.js';
import { needs } from '../lib/machine.js';
import { comesTrue } from '../lib/processes.js';
import { NATIVE, NODE } from '../lib/ways.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const BLOCKED = 500;
const SOON_MS = 60_000;
const NO_NODE = 'circuit: node cannot be run: No such file or directory\n';

describe('the native front', function () {
  this.timeout(180_000);
  const directory = directoryOfSockets(process.env) ?? '';
  let scratch: string;
  let env: NodeJS.ProcessEnv;
  let daemon: Daemon;
  let client: Client;
  const children: ChildProcess[] = [];
  const others: Daemon[] = [];

  before(async function () {
    needs(this, 'linux');
    if (directory === '') this.skip();
    scratch = mkdtempSync(join(tmpdir(), 'front-'));
    // A key of this test's own, so that no other server of this user is meant.
    env = { CIRCUIT: '', CIRCUIT_KEY: join(scratch, 'key'), CIRCUIT_HMAC: '' };
    expect(await circuit(['keygen', join(scratch, 'key')], { env })).to.deep.equal(SILENT);
    daemon = await start();
    client = new Client(daemon.url, NATIVE);
    process.env['CIRCUIT_KEY'] = env['CIRCUIT_KEY'];
  });
  afterEach(async () => {
    await Promise.all(children.splice(0).map(kill));
    await Promise.all(others.splice(0).map(async (other) => other.stop()));
    await client.end();
  });
  after(async () => {
    delete process.env['CIRCUIT_KEY'];
    await daemon.stop();
    rmSync(scratch, { recursive: true });
  });

  async function start(...args: readonly string[]): Promise<Daemon> {
    return Daemon.start({ args: ['--no-mount', ...args], env });
  }
  async function another(...args: readonly string[]): Promise<Daemon> {
    const other = await start(...args);
    others.push(other);
    return other;
  }
  const native = (args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<Ended> =>
    circuit(args, { command: NATIVE.command, env: { ...env, ...more } });

  it('has a socket that only its user can use, which goes when the server stops', async () => {
    const other = await another();
    const path = socketPath(directory, other.id);
    expect(statSync(path).mode & 0o777).to.equal(0o600);
    expect(statSync(directory).mode & 0o022).to.equal(0);
    await other.stop();
    expect(existsSync(path)).to.equal(false);
  });

  it('goes to the newest server of its user, or to the one that -d names', async () => {
    const other = await another();
    expect((await native(['peek', '/self'])).stdout).to.contain(other.id);
    expect((await native(['peek', '/self', '-d', daemon.url])).stdout).to.contain(daemon.id);
    expect((await native(['peek', '/self'], { CIRCUIT: daemon.url })).stdout).to.contain(daemon.id);
  });

  it('passes over a dead server, whose socket the next one removes', async () => {
    const dead = await another();
    dead.kill('SIGKILL');
    await dead.exited;
    const path = socketPath(directory, dead.id);
    expect(existsSync(path)).to.equal(true);
    expect((await native(['peek', '/self'])).stdout).to.contain(daemon.id);
    await another();
    expect(await comesTrue(() => !existsSync(path), SOON_MS)).to.equal(true);
    expect(existsSync(socketPath(directory, daemon.id))).to.equal(true);
  });

  it('passes over a frozen server', async () => {
    const frozen = await another();
    frozen.kill('SIGSTOP');
    expect((await native(['peek', '/self'])).stdout).to.contain(daemon.id);
    frozen.kill('SIGCONT');
  });

  it('leaves to Node what is meant for another server: another key, group or URL, and what is no command of a server', async () => {
    writeFileSync(join(scratch, 'url'), daemon.url);
    for (const [args, more] of [
      [['ls', '/', '--key', join(scratch, 'another')], {}],
      [['ls', '/', '--hmac', join(scratch, 'another')], {}],
      [['ls', '/'], { CIRCUIT_KEY: join(scratch, 'another') }],
      [['ls', '/', '--insecure'], { CIRCUIT_KEY: '' }],
      [['ls', '/', '--discover', '228.8.8.8:1'], {}],
      [['ls', '/'], { CIRCUIT_DISCOVER: '' }],
      [['ls', '/'], { CIRCUIT: join(scratch, 'url') }],
      [['ls', '-d', 'circuit://127.0.0.1:1', '/'], {}],
      [['ls', '-d', daemon.url, '-d', 'circuit://127.0.0.1:1/1/X0123456789abcdef', '/'], {}],
      [['-d', daemon.url, 'doctor'], {}],
      [['start'], {}],
      [['mkproc', '/self/x', 'true', '-d', daemon.url], {}],
    ] as const)
      expect(await native(args, more), args.join(' ')).to.deep.equal({ code: 127, stdout: '', stderr: NO_NODE });
    expect((await native(['ls', '/', '--key', 'key'])).stderr).to.equal(NO_NODE); // from where it was called
    const words = `cd ${scratch} && ${NATIVE.command.join(' ')} peek /self --key key -d ${daemon.url}`;
    expect(execFileSync('bash', ['-c', words], { encoding: 'utf8' })).to.contain(daemon.id);
  });

  it('leaves to Node a server of another build', async () => {
    const copy = join(scratch, 'copy');
    for (const folder of ['bin', 'native/build/Release', 'dist']) mkdirSync(join(copy, folder), { recursive: true });
    for (const file of ['bin/circuit', 'native/build/Release/client']) copyFileSync(join(ROOT, file), join(copy, file));
    writeFileSync(join(copy, 'dist/.tsbuildinfo'), '');
    const command = ['/usr/bin/env', 'PATH=/nowhere', join(copy, 'bin/circuit')] as const;
    expect(await circuit(['ls', '/'], { command, env })).to.deep.equal({ code: 127, stdout: '', stderr: NO_NODE });
    // And without the front nothing is lost.
    rmSync(join(copy, 'native'), { recursive: true });
    expect((await circuit(['ls', '/'], { command: [join(copy, 'bin/circuit')], env })).stderr).to.contain('circuit.cjs');
  });

  it('runs by a symlink', () => {
    const link = join(scratch, 'circuit');
    execFileSync('ln', ['-s', join(ROOT, 'bin/circuit'), link]);
    const stdout = execFileSync(link, ['peek', '/self'], { encoding: 'utf8', env: { ...process.env, ...env } });
    expect(stdout).to.contain(daemon.id);
  });

  it('refuses another user, by the mode of the socket and by who that is', async function () {
    needs(this, 'root', 'python3');
    const path = socketPath(directory, daemon.id);
    const attempt = `
import os, socket, sys
os.setgid(65534); os.setuid(65534)
one = socket.socket(socket.AF_UNIX)
try:
    one.connect(sys.argv[1])
    print(len(one.recv(100)))
except OSError as error: print(type(error).__name__)`;
    const tried = (): string => execFileSync('python3', ['-c', attempt, path], { encoding: 'utf8' });
    expect(tried()).to.equal('PermissionError\n');
    chmodSync(directory, 0o711);
    chmodSync(path, 0o666);
    try {
      expect(tried()).to.be.oneOf(['0\n', 'ConnectionResetError\n']);
      await daemon.says('user 65534 has connected');
    } finally {
      chmodSync(path, 0o600);
      chmodSync(directory, 0o700);
    }
  });

  it('asks no server of another user', async function () {
    needs(this, 'root');
    const own = join(scratch, 'runtime/circuit-console');
    mkdirSync(own, { recursive: true });
    const path = join(own, 'X0123456789abcdef.sock');
    let wasAsked = false;
    const server = createServer(() => (wasAsked = true)).listen(path);
    await once(server, 'listening');
    execFileSync('chown', ['65534', path]);
    await native(['ls', '/', '-d', 'circuit://127.0.0.1:1/1/X0123456789abcdef'], { XDG_RUNTIME_DIR: join(scratch, 'runtime') });
    expect(wasAsked).to.equal(false);
    server.close();
  });

  it(`holds ${String(BLOCKED)} receivers at once, a little memory each, and goes on answering others`, async () => {
    await client.prints(['mkchan', '/self/many', '0']);
    const before = Number(statusOf(daemon.pid, 'VmRSS')?.split(' ')[0]);
    const [program, ...words] = [...NATIVE.command, 'recv', '/self/many'] as [string, ...string[]];
    for (let i = 0; i < BLOCKED; i++) children.push(spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, CIRCUIT: daemon.url } })); // prettier-ignore
    await client.until('/self/many', 'WaitingReceivers', BLOCKED);
    const grown_kb = Number(statusOf(daemon.pid, 'VmRSS')?.split(' ')[0]) - before;
    expect(grown_kb / BLOCKED).to.be.below(200);
    const own_kb = children.map(({ pid }) => Number(statusOf(pid ?? 0, 'RssAnon')?.split(' ')[0]));
    expect(Math.max(...own_kb)).to.be.below(1000);
    await client.prints(['send', '/self/many'], 'x');
    for (const child of children) child.kill('SIGTERM');
    await client.until('/self/many', 'WaitingReceivers', 0);
  });

  it('tells with which status and why, when its server is killed', async () => {
    const other = await another();
    const through = new Client(other.url, NATIVE);
    await through.prints(['mkchan', '/self/c', '0']);
    await through.prints(['mkproc', '/self/p', 'sleep', '1000']);
    const [receiving, running] = [through.start('recv', '/self/c'), through.start('run', '--', 'sh', '-c', 'echo on; sleep 1000')];
    await running.printed;
    await through.until('/self/c', 'WaitingReceivers', 1);
    other.kill('SIGKILL');
    const stderr = 'circuit: the server that ran this command has ended before it\n';
    expect(await receiving.ended).to.deep.equal({ code: 1, stdout: '', stderr });
    expect(await running.ended).to.deep.equal({ code: 255, stdout: 'on\n', stderr });
  });

  it('tells why, when its server stops', async () => {
    const other = await another();
    const through = new Client(other.url, NATIVE);
    await through.prints(['mkchan', '/self/c', '0']);
    const receiving = through.start('recv', '/self/c');
    await through.until('/self/c', 'WaitingReceivers', 1);
    await other.stop();
    expect(await receiving.ended).to.deep.equal({ code: 1, stdout: '', stderr: 'circuit: this server is stopping\n' });
  });

  it('ends by a signal also where its server is frozen', async () => {
    const other = await another();
    const through = new Client(other.url, NATIVE);
    await through.prints(['mkchan', '/self/c', '0']);
    const receiving = through.start('recv', '/self/c');
    await through.until('/self/c', 'WaitingReceivers', 1);
    other.kill('SIGSTOP');
    receiving.child.kill('SIGINT');
    expect(await receiving.ended).to.deep.equal({ ...SILENT, code: 130 });
    other.kill('SIGCONT');
  });

  describe('spoken to by its socket', () => {
    const sockets: Socket[] = [];
    afterEach(() => {
      for (const socket of sockets.splice(0)) socket.destroy();
    });

    /** Frames that it answers with, until it hangs up. */
    function open(): { readonly socket: Socket; readonly answer: Promise<readonly Frame[]> } {
      const socket = connect(socketPath(directory, daemon.id)).on('error', () => undefined);
      sockets.push(socket);
      const frames: Frame[] = [];
      const reader = new FrameReader();
      socket.on('data', (chunk) => frames.push(...reader.feed(chunk)));
      return { socket, answer: once(socket, 'close').then(() => frames) };
    }
    function hello(...args: readonly string[]): Buffer {
      const fixed = Buffer.alloc(16);
      fixed.writeUInt32LE(8, 0); // a URL has led here
      fixed.writeUInt32LE(args.length, 12);
      // By these the configuration file is found: they must be the server's own.
      const places = Object.entries({ ...process.env, ...env }).filter(([name]) =>
        ['HOME', 'XDG_CONFIG_HOME', 'CIRCUIT_CONFIG'].includes(name),
      );
      const variables = { CIRCUIT: daemon.url, CIRCUIT_KEY: env['CIRCUIT_KEY'] ?? '', ...Object.fromEntries(places) };
      const words = ['/', ...args, ...Object.entries(variables).map(([name, value]) => `${name}=${value}`)];
      return encodeFrame(FRAME.hello, Buffer.concat([fixed, ...words.map((word) => Buffer.from(`${word}\0`))]));
    }
    const exit = (frames: readonly Frame[]): number | undefined => frames.find(({ type }) => type === FRAME.exit)?.payload.readInt32LE();

    it('hangs up on nonsense, on a frame that is too long, and on who says nothing', async () => {
      for (const bytes of [
        encodeFrame(FRAME.hello, Buffer.alloc(3)),
        Buffer.alloc(8, 0xff),
        encodeFrame(FRAME.hello, Buffer.alloc(16, 0xff)),
      ]) {
        const { socket, answer } = open();
        socket.write(bytes);
        expect((await answer).map(({ type }) => type)).to.deep.equal([FRAME.welcome]);
      }
      expect((await open().answer).map(({ type }) => type)).to.deep.equal([FRAME.welcome]);
      expect((await native(['ls', '/', '-d', daemon.url])).code).to.equal(0);
    });

    it('runs a command for who says it bit by bit', async () => {
      const { socket, answer } = open();
      for (const byte of hello('version', '-x')) socket.write(Buffer.of(byte));
      const wrote = encodeFrame(FRAME.wrote, Buffer.alloc(4), 2);
      socket.once('data', () => setTimeout(() => socket.write(wrote), 500));
      expect(exit(await answer)).to.equal(2);
    });

    it(`says in a sentence that it runs ${String(CONSOLE_CALLERS_MAX)} commands already`, async () => {
      await client.prints(['mkchan', '/self/full', '0']);
      const held = Array.from({ length: CONSOLE_CALLERS_MAX }, () => {
        const { socket } = open();
        socket.write(hello('recv', '/self/full'));
        return socket;
      });
      const asked = new Client(daemon.url, NODE);
      await asked.until('/self/full', 'WaitingReceivers', CONSOLE_CALLERS_MAX);
      expect(await client.run(['ls', '/'])).to.deep.equal({
        code: 1,
        stdout: '',
        stderr: `circuit: this server runs ${CONSOLE_CALLERS_MAX} commands already: wait until some have ended\n`,
      });
      for (const socket of held) socket.destroy();
      await asked.until('/self/full', 'WaitingReceivers', 0);
      expect((await client.run(['ls', '/'])).code).to.equal(0);
    });
  });

  it('is under 620 lines of C', async () => {
    const files = readdirSync(join(ROOT, 'native/client'));
    const count = spawn('cat', files.map((file) => join(ROOT, 'native/client', file)), { stdio: ['ignore', 'pipe', 'inherit'] }); // prettier-ignore
    expect((await text(count.stdout)).split('\n').length).to.be.below(621);
  });
});
