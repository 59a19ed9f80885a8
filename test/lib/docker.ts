/**
 * A real Docker engine for tests: a private one, without network, or where that cannot be started the one that runs on this machine.
 * One for each process of the run, with one small image; the root hooks end it.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Docker from 'dockerode';
import { untilOver } from './children.js';
import { hasProgram } from './installed.js';

/** busybox alone: `sh`, `cat` and all the others. */
export const IMAGE = 'circuit-test:busybox';
const SYSTEM_SOCKET = '/var/run/docker.sock';
const READY_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 30_000;

export class DockerEngine {
  readonly socket: string;
  readonly client: Docker;
  #own: { child: ChildProcess; directory: string } | undefined;

  static async start({ alone = false } = {}): Promise<DockerEngine> {
    const isPrivate = alone || canStart();
    const engine = new DockerEngine(isPrivate ? join(mkdtempSync(join(tmpdir(), 'd')), 'sock') : SYSTEM_SOCKET);
    try {
      if (isPrivate) await engine.run();
      if (isPrivate || !(await engine.#hasImage())) await engine.#importImage();
      return engine;
    } catch (error) {
      await engine.stop();
      throw error;
    }
  }

  private constructor(socket: string) {
    this.socket = socket;
    this.client = new Docker({ socketPath: socket });
  }

  /** Whether it is a private one, which a test may stop and start again. */
  get isPrivate(): boolean {
    return this.socket !== SYSTEM_SOCKET;
  }

  async answers(): Promise<boolean> {
    return this.client.ping().then(
      () => true,
      () => false,
    );
  }

  /** Containers that are there, running or not, by ID. */
  async containers(label?: string): Promise<readonly string[]> {
    const filters = label === undefined ? {} : { label: [label] };
    return (await this.client.listContainers({ all: true, filters })).map(({ Id }) => Id);
  }

  /** Gives the image another name as well, of a private one: it goes with it. */
  async name(repo: string): Promise<void> {
    await this.client.getImage(IMAGE).tag({ repo, tag: 'latest' });
  }

  /** Runs a private one, also again. @throws Error with what it said */
  async run(): Promise<void> {
    const directory = join(this.socket, '..');
    const at = (name: string): string => join(directory, name);
    const trees = ['--data-root', at('data'), '--exec-root', at('exec'), '--pidfile', at('pid'), '-H', `unix://${this.socket}`];
    const apart = ['--storage-driver', 'overlay2', '--bridge=none', '--iptables=false', '--ip6tables=false'];
    // Where its containerd writes its stacks if it is slow to stop, so that they go with the rest.
    const env = { ...process.env, TMPDIR: directory };
    const child = spawn('dockerd', [...trees, ...apart], { stdio: ['ignore', 'ignore', 'pipe'], cwd: '/', env });
    this.#own = { child, directory };
    let said = '';
    child.stderr.on('data', (text: Buffer) => (said = (said + text.toString()).slice(-4000)));
    const limit = AbortSignal.timeout(READY_LIMIT_MS);
    while (!(await this.answers())) {
      if (child.exitCode !== null || limit.aborted) throw new Error(`dockerd does not start: ${said}`);
      await delay(50); // it says when it is ready in no other way than by answering
    }
  }

  /** As a crash would; containers are killed when it comes back, or go on. */
  async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this.#own ?? {};
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    const force = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    child.kill(signal);
    await exited;
    clearTimeout(force);
  }

  /** Stops a private one where it is; resolves when none of its threads runs any more, which takes them a moment. */
  async freeze(): Promise<void> {
    const { child } = this.#own ?? {};
    child?.kill('SIGSTOP');
    const threads = `/proc/${String(child?.pid)}/task`;
    const stands = (thread: string): boolean => /^State:\s+T/m.test(readFileSync(join(threads, thread, 'status'), 'utf8'));
    while (!readdirSync(threads).every(stands)) await delay(5);
  }

  thaw(): void {
    this.#own?.child.kill('SIGCONT');
  }

  /** The machine's own goes on; the image stays there until `removeImage`, since other processes of the run may use it. */
  async stop(): Promise<void> {
    if (!this.isPrivate) return;
    const { directory = join(this.socket, '..') } = this.#own ?? {};
    await this.end('SIGTERM');
    for (const line of readFileSync('/proc/mounts', 'utf8').split('\n')) {
      const [, mount = ''] = line.split(' ');
      if (mount.startsWith(`${directory}/`)) spawnSync('umount', ['-l', mount], { stdio: 'ignore' }); // it may go by itself meanwhile
    }
    rmSync(directory, { recursive: true, force: true });
  }

  async #hasImage(): Promise<boolean> {
    return this.client
      .getImage(IMAGE)
      .inspect()
      .then(
        () => true,
        () => false,
      );
  }

  async #importImage(): Promise<void> {
    const root = mkdtempSync(join(tmpdir(), 'image-'));
    try {
      mkdirSync(join(root, 'bin'));
      const program = execFileSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).trim();
      copyFileSync(program, join(root, 'bin/busybox'));
      const names = execFileSync(program, ['--list'], { encoding: 'utf8' }).split('\n');
      for (const name of names.filter((applet) => applet !== '' && applet !== 'busybox')) symlinkSync('busybox', join(root, 'bin', name));
      const tar = spawn('tar', ['-C', root, '-c', '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
      const packed = untilOver(tar);
      const [repo, tag] = IMAGE.split(':');
      const answer = await this.client.importImage(tar.stdout, { repo, tag });
      answer.resume();
      await Promise.all([once(answer, 'end'), packed]);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  }
}

let shared: Promise<DockerEngine> | undefined;

/** The run's engine; started by the first test that asks. */
export function dockerEngine(): Promise<DockerEngine> {
  return (shared ??= DockerEngine.start());
}

/** For the root hooks: ends it if it was started. */
export async function stopDockerEngine(): Promise<void> {
  const engine = await shared?.catch(() => undefined);
  shared = undefined;
  await engine?.stop();
}

/** For the end of the run: what the machine's own engine was given. */
export async function removeImage(): Promise<void> {
  if (canStart() || !existsSync(SYSTEM_SOCKET)) return;
  const image = new Docker({ socketPath: SYSTEM_SOCKET }).getImage(IMAGE);
  await image.remove().catch(() => undefined); // nobody has asked for it
}

/** Whether there is or can be an engine, and what makes its image. */
export function hasDocker(): boolean {
  return hasProgram('busybox') && hasProgram('tar') && (existsSync(SYSTEM_SOCKET) || canStart());
}

/** Whether a private one can be started. */
function canStart(): boolean {
  return process.getuid?.() === 0 && hasProgram('dockerd');
}
