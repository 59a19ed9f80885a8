/**
 * A program that runs on a host for as long as a test wants it: what it says can be waited for, and it is ended with all that it started in its
 * process group.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

type Child = ChildProcessByStdio<Writable, Readable, Readable>;
const SAYS_LIMIT_S = 20;
const LOOK_MS = 20;

export class Program {
  readonly pid: number;
  /** Exit code and signal, once all that it said has arrived. */
  readonly exited: Promise<readonly [number | null, NodeJS.Signals | null]>;
  readonly #child: Child;
  readonly #output = { stdout: '', stderr: '' };
  #isClosed = false;

  constructor(commandLine: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const [program = '', ...args] = commandLine;
    const stdio: ['pipe', 'pipe', 'pipe'] = ['pipe', 'pipe', 'pipe'];
    // A first shell whose standard input is a socket, as here, reads ~/.bashrc (bash(1), INVOCATION).
    this.#child = spawn(program, args, { stdio, env: { ...process.env, SHLVL: '1', ...env }, cwd: '/', detached: true });
    this.pid = this.#child.pid ?? 0;
    this.exited = once(this.#child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
    this.#child.once('close', () => (this.#isClosed = true));
    this.#child.stdin.on('error', () => undefined); // nobody has to read it
    for (const name of ['stdout', 'stderr'] as const) {
      this.#child[name].setEncoding('utf8').on('data', (chunk: string) => {
        this.#output[name] += chunk;
        this.#child.emit('said');
      });
    }
  }

  get stdin(): Writable {
    return this.#child.stdin;
  }

  get stdout(): string {
    return this.#output.stdout;
  }

  get stderr(): string {
    return this.#output.stderr;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /**
   * Waits until it has said this on its standard output or error, and returns the match.
   * @throws Error with all that it has said if it ends before, or takes too long
   */
  async says(pattern: RegExp, limit_s = SAYS_LIMIT_S): Promise<RegExpExecArray> {
    const signal = AbortSignal.timeout(limit_s * 1000);
    for (;;) {
      const match = pattern.exec(this.stdout) ?? pattern.exec(this.stderr);
      if (match !== null) return match;
      const said = `${this.#child.spawnargs.join(' ')}:\n${this.stdout}${this.stderr}`;
      if (this.#isClosed) throw new Error(`ended before it said ${String(pattern)}: ${said}`);
      if (signal.aborted) throw new Error(`did not say ${String(pattern)} within ${limit_s} s: ${said}`);
      await Promise.race([once(this.#child, 'said', { signal }), this.exited]).catch(() => undefined);
    }
  }

  /** Waits until it waits itself, inside a read or write of a FUSE file. @throws Error if it ends instead */
  async waits(): Promise<void> {
    while (!/fuse_(file|direct)_(read|write)/.test(readFileSync(`/proc/${this.pid}/stack`, 'latin1'))) {
      await delay(LOOK_MS);
      if (!this.isRunning) throw new Error(`ended instead of waiting: ${this.stdout}${this.stderr}`);
    }
  }

  /** To the program and its process group. */
  kill(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, signal);
    } catch {
      // It has ended, with its whole group.
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.kill(signal);
    await this.exited;
  }
}
