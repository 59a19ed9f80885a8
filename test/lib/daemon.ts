/**
 * A real daemon for tests: `bin/circuit start` on a mount point of its own, ended and cleared away whatever the test did.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { native } from '../../native/index.js';
import { mountAt } from '../../src/base/mounts.js';
import { isOver } from './children.js';
import { childrenOf, comesTrue, commandLineOf, isRunning, startOf } from './processes.js';

export const PROGRAM = fileURLToPath(new URL('../../../bin/circuit', import.meta.url));
/** An orderly stop that takes longer than this is a fault, and ended by force. */
const STOP_LIMIT_MS = 20_000;
/** How long its launcher and its watchdog may outlive it: they take away what it has left. */
const OUTLIVE_LIMIT_MS = 10_000;

type Child = ChildProcessByStdio<null, Readable, Readable>;

export interface DaemonOptions {
  /** `chosen`: it chooses by itself. */
  readonly engine?: 'kernel' | 'fuse-native' | 'chosen';
  /** `bin/circuit` of another tree than this checkout. */
  readonly program?: string;
  /** More arguments of `circuit start`. */
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** A command that becomes it, by exec of the words behind its own. */
  readonly through?: readonly [string, ...string[]];
  /** Where to mount, if not on a new directory; it stays. */
  readonly directory?: string;
  /** Who runs it, if not the user who runs the tests. */
  readonly user?: { readonly uid: number; readonly gid: number };
}

export class Daemon implements AsyncDisposable {
  /** The mount point. */
  readonly directory: string;
  /** Its server, as its first line says: `circuit://HOST:PORT/PID/ID`. */
  url = '';
  readonly pid: number;
  /** Exit code and signal. */
  readonly exited: Promise<readonly [number | null, NodeJS.Signals | null]>;
  readonly #child: Child;
  readonly #lines: string[];
  readonly #scratch: string | undefined;
  /** Launcher and watchdogs, with when they were started. */
  readonly #helpers = new Map<number, string | undefined>();

  /** Starts one and waits until it says that it is mounted, or runs without a mount. Rejects with what it said if it ends instead. */
  static async start({
    engine = 'kernel',
    program = PROGRAM,
    args = [],
    env = {},
    through,
    directory,
    user,
  }: DaemonOptions = {}): Promise<Daemon> {
    const scratch = directory === undefined ? mkdtempSync(join(tmpdir(), 'circuit-')) : undefined;
    const mount = directory ?? join(scratch ?? '', 'c');
    const [command, ...words] = [...(through ?? []), process.execPath, program, 'start'] as const;
    const chosen = engine === 'chosen' ? [] : ['--engine', engine];
    const child = spawn(command, [...words, '-m', mount, ...chosen, '--grace', '1', '--discover', '', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
      cwd: '/',
      ...user,
    });
    const daemon = new Daemon(child, mount, scratch);
    try {
      await daemon.says(args.includes('--no-mount') ? 'runs without a mount' : 'mounted at');
      await daemon.#tellsUrl();
    } catch (error) {
      await daemon.stop();
      throw error;
    }
    daemon.#noteHelpers();
    return daemon;
  }

  private constructor(child: Child, directory: string, scratch: string | undefined) {
    this.#child = child;
    this.#scratch = scratch;
    this.directory = directory;
    this.pid = child.pid ?? 0;
    this.exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    this.#lines = [];
    child.stdout.once('data', (line: Buffer) => {
      this.url = line.toString().trim();
      child.emit('said');
    });
    let rest = '';
    child.stderr.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      this.#lines.push(...lines);
      child.emit('said');
    });
  }

  /** All that it has logged, for the message of a test that fails. */
  get log(): string {
    return this.#lines.join('\n');
  }

  /** Waits for a line of its log with this text, `times` over. @throws Error with the log if it ends before */
  async says(text: string, times = 1): Promise<void> {
    while (this.#lines.filter((line) => line.includes(text)).length < times) {
      if (isOver(this.#child)) throw new Error(`the daemon ended: ${this.log}`);
      await Promise.race([once(this.#child, 'said'), this.exited]);
    }
  }

  /** Waits for its first line, by which it says that it is ready. */
  async #tellsUrl(): Promise<void> {
    while (this.url === '') {
      if (isOver(this.#child)) throw new Error(`the daemon ended: ${this.log}`);
      await Promise.race([once(this.#child, 'said'), this.exited]);
    }
  }

  get id(): string {
    return this.url.split('/').at(-1) ?? '';
  }

  kill(signal: NodeJS.Signals): void {
    this.#noteHelpers(); // nobody's children once it has ended; there is another watchdog after another mount
    this.#child.kill(signal);
  }

  #noteHelpers(): void {
    for (const pid of childrenOf(this.pid)) this.#helpers.set(pid, startOf(pid));
  }

  /** Waits for the end of those that end when it has. @throws Error that names one that does not */
  async #untilHelpersEnd(): Promise<void> {
    const left = (): number[] => [...this.#helpers].filter(([pid, start]) => isRunning(pid) && startOf(pid) === start).map(([pid]) => pid);
    if (await comesTrue(() => left().length === 0, OUTLIVE_LIMIT_MS)) return;
    throw new Error(`outlives its daemon: ${left().map(commandLineOf).join(', ')}\n${this.log}`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Ends it in order, by force if that takes too long, and clears away what it may have left. Resolves when its launcher and watchdog have ended, too. */
  async stop(): Promise<void> {
    if (!isOver(this.#child)) {
      this.kill('SIGCONT');
      this.kill('SIGTERM');
      const force = setTimeout(() => this.kill('SIGKILL'), STOP_LIMIT_MS);
      await this.exited;
      clearTimeout(force);
    }
    await this.#untilHelpersEnd();
    if (mountAt(this.directory) !== undefined) native.unmount(this.directory, false);
    if (this.#scratch !== undefined) rmSync(this.#scratch, { recursive: true, force: true });
  }
}

/** Cuts the connection of a FUSE mount: everybody who waits for it is freed. What /proc says of the mount is enough; the mount itself is not touched. */
export function abortMount(directory: string): void {
  const mount = mountAt(directory);
  if (mount === undefined) return;
  const control = `/sys/fs/fuse/connections/${mount.connection}/abort`;
  if (existsSync(control)) writeFileSync(control, '1');
  else native.unmount(directory, true);
}

/** A field of /proc/PID/status (proc(5)), such as `Threads`. */
export function statusOf(pid: number, field: string): string | undefined {
  return new RegExp(`^${field}:\\s+(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
}
