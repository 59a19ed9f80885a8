/**
 * The client commands of the program, typed at a server: run to their end, or started to wait for something.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { kill } from './children.js';
import type { Ended } from '../cli/program.js';
import { ANY, type Way } from './ways.js';

/** What a command says that has nothing to say. */
export const SILENT: Ended = { code: 0, stdout: '', stderr: '' };

export interface Running {
  readonly child: ChildProcess;
  readonly stdin: Writable;
  /** Resolves when it has printed something, or will print nothing. */
  readonly printed: Promise<unknown>;
  readonly ended: Promise<Ended>;
}

export class Client {
  readonly #url: string;
  readonly #way: Way;
  readonly #running: ChildProcess[] = [];

  /** @param url of the server to go through */
  constructor(url: string, way: Way = ANY) {
    this.#url = url;
    this.#way = way;
  }

  start(...args: readonly string[]): Running {
    const [program, ...words] = [...this.#way.command, ...args] as [string, ...string[]];
    const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, CIRCUIT: this.#url } });
    this.#running.push(child);
    child.stdin.on('error', () => undefined);
    const printed = Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
    const said = (stream: Readable): Promise<string> => text(stream);
    const exit = once(child, 'exit') as Promise<[number | null]>;
    const ended = Promise.all([said(child.stdout), said(child.stderr), exit]).then(([stdout, stderr, [code]]) => ({
      code,
      stdout,
      stderr,
    }));
    return { child, stdin: child.stdin, printed, ended };
  }

  /** Runs a command with this standard input. */
  async run(args: readonly string[], input: string | Uint8Array = ''): Promise<Ended> {
    const { stdin, ended } = this.start(...args);
    stdin.end(input);
    return ended;
  }

  /** What a command prints that must go well. @throws Error with what it says if it does not */
  async prints(args: readonly string[], input = ''): Promise<string> {
    const { code, stdout, stderr } = await this.run(args, input);
    if (code !== 0) throw new Error(`circuit ${args.join(' ')}: ${stderr}`);
    return stdout;
  }

  /** Resolves when the element's `peek` has this. @throws Error if there is none */
  async until(anchor: string, field: string, value: unknown): Promise<void> {
    while ((JSON.parse(await this.prints(['peek', anchor])) as Record<string, unknown>)[field] !== value);
  }

  /** Ends all that still run. */
  async end(): Promise<void> {
    await Promise.all(this.#running.splice(0).map(kill));
  }
}
