/**
 * Programs that use a mounted circuit as a user's would: started by a test, watched until they block in it, and ended with the test.
 *
 * A test must not touch the mount itself: a daemon that hangs would hang the test. Only these programs do.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { childrenOf, descendantsOf, threadsOf } from '../processes.js';

/** How often /proc is asked: nothing there can be waited for. */
const LOOK_MS = 5;
/**
 * Functions of the kernel on the stack of a thread that waits for a READ or WRITE of a FUSE file (fs/fuse/file.c), for any answer (fs/fuse/dev.c), or
 * in poll(2) or epoll_wait(2) (fs/select.c, fs/eventpoll.c).
 */
const BLOCKED = { transfer: /fuse_(file|direct)_(read|write)/, answer: /request_wait_answer/, poll: /do_(epoll_wait|sys_poll)/ };

export interface Outcome {
  readonly out: string;
  readonly err: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class Program {
  readonly pid: number;
  readonly stdin: Writable;
  /** How it ended, when all its output was read. */
  readonly ended: Promise<readonly [number | null, NodeJS.Signals | null]>;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  #out = '';
  #err = '';

  constructor(child: ChildProcessByStdio<Writable, Readable, Readable>) {
    this.#child = child;
    this.pid = child.pid ?? 0;
    this.stdin = child.stdin;
    this.ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
    child.stdout.on('data', (chunk: Buffer) => (this.#out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (this.#err += chunk.toString()));
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Kills it with all of its process group. */
  killGroup(): void {
    try {
      process.kill(-this.pid, 'SIGKILL');
    } catch {
      // All of them have ended.
    }
  }

  /** All that it printed, and how it ended. */
  async outcome(): Promise<Outcome> {
    const [code, signal] = await this.ended;
    return { out: this.#out, err: this.#err, code, signal };
  }

  /** Resolves when it has printed this. @throws Error if it ends instead */
  async prints(text: string): Promise<void> {
    const ended = this.ended.then(() => true);
    while (!this.#out.includes(text)) {
      if ((await Promise.race([once(this.#child.stdout, 'data'), ended])) === true) throw new Error(`it ended: ${this.#err}`);
    }
  }

  /** Resolves when it, or a program that it runs, waits inside a read or write of a FUSE file, or for any answer. @throws Error if it ends instead */
  async blocked(on: 'transfer' | 'answer' = 'transfer'): Promise<void> {
    while (![this.pid, ...childrenOf(this.pid)].some((pid) => isBlocked(pid, on))) {
      if (!this.running) throw new Error('it ended instead of waiting');
      await delay(LOOK_MS);
    }
  }

  /** Resolves when a thread of it, or of any program below it, waits; or when it has ended. */
  async waits(on: keyof typeof BLOCKED): Promise<void> {
    while (this.running && ![this.pid, ...descendantsOf(this.pid)].some((pid) => threadsOf(pid).some((tid) => isBlocked(tid, on)))) {
      await delay(LOOK_MS);
    }
  }
}

export class Programs {
  readonly #env: NodeJS.ProcessEnv;
  readonly #started: Program[] = [];

  /** @param env added to the environment of each */
  constructor(env: NodeJS.ProcessEnv) {
    this.#env = env;
  }

  start(program: string, args: readonly string[], options: { readonly uid?: number; readonly gid?: number } = {}): Program {
    const child = spawn(program, args, {
      ...options,
      cwd: '/',
      env: { ...process.env, ...this.#env },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    const started = new Program(child);
    this.#started.push(started);
    return started;
  }

  bash(script: string): Program {
    return this.start('bash', ['-eu', '-c', script]);
  }

  python(script: string, ...args: readonly string[]): Program {
    return this.start('python3', ['-c', script, ...args]);
  }

  /** What a script prints. @throws Error with its messages if it fails */
  async run(script: string): Promise<string> {
    return done(await this.bash(script).outcome());
  }

  async runPython(script: string): Promise<string> {
    return done(await this.python(script).outcome());
  }

  /** Ends all that still run. */
  async end(): Promise<void> {
    for (const program of this.#started) program.killGroup();
    await Promise.all(this.#started.splice(0).map(({ ended }) => ended));
  }
}

function done({ out, err, code, signal }: Outcome): string {
  if (code !== 0) throw new Error(`it ended with ${String(code ?? signal)}: ${err}${out}`);
  return out;
}

/** Whether a thread waits; only root may look. */
function isBlocked(tid: number, on: keyof typeof BLOCKED): boolean {
  try {
    return BLOCKED[on].test(readFileSync(`/proc/${tid}/stack`, 'latin1'));
  } catch {
    return false;
  }
}
