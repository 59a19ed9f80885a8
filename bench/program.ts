/**
 * Programs that the bench runs: pinned to cores, with their output, bounded in time. Tools run to their end; servers are started, waited for until
 * they say that they are ready, and ended by their own process ID.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Cores } from './pinning.js';
import type { Scope } from './scope.js';

/** Longest that one tool may take, and that a server may take to get ready. */
const TOOL_MAX_MS = 120_000;
const READY_MAX_MS = 30_000;
/** Of what a failed program said, in characters: `ls` can complain once a file. */
const SAID_MAX = 500;
/** After TERM, before KILL. */
const GRACE_MS = 15_000;

/** A contender cannot take part on this machine; the message says what is missing. */
export class AbsentError extends Error {
  override readonly name = 'AbsentError';
}

/** @throws AbsentError if there is no such program in PATH */
export function requireProgram(name: string, debianPackage: string): void {
  for (const directory of [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin']) {
    try {
      accessSync(join(directory, name), constants.X_OK);
      return;
    } catch {
      // not here
    }
  }
  throw new AbsentError(`${name} is not installed (Debian: ${debianPackage})`);
}

/** A command line, with what is to stand before it. */
export function commandOf(before: readonly string[], command: readonly string[]): readonly [string, ...string[]] {
  const [program = '', ...args] = [...before, ...command];
  return [program, ...args];
}

/** Runs a tool to its end and returns what it printed. @throws Error with what it said, if it fails */
export async function run(cores: Cores, command: readonly [string, ...string[]], options: { readonly cwd?: string } = {}): Promise<string> {
  const child = spawn('taskset', ['-c', cores, ...command], {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: AbortSignal.timeout(TOOL_MAX_MS),
    killSignal: 'SIGKILL',
  });
  let printed = '';
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  if (code !== 0) throw new Error(`${command.join(' ')}: ended with ${code ?? signal}: ${said.trim().slice(0, SAID_MAX)}`);
  return printed;
}

/** As `run`, for tools that print one line of JSON. */
export async function runForJson(cores: Cores, command: readonly [string, ...string[]]): Promise<Readonly<Record<string, number>>> {
  return JSON.parse(await run(cores, command)) as Record<string, number>;
}

/** A program that runs until it is told to end. */
export interface Server {
  readonly pid: number;
  /** From its start to the line that says it is ready. */
  readonly ready_ms: number;
  /** What said so. */
  readonly said: RegExpExecArray;
  /** TERM, later KILL; idempotent. */
  readonly stop: () => Promise<void>;
}

/** Starts a server, and ends it with the scope. `ready` is looked for in what it prints on stdout and stderr. @throws Error if it ends before */
export async function serve(scope: Scope, cores: Cores, command: readonly [string, ...string[]], ready: RegExp): Promise<Server> {
  const started_ms = performance.now();
  const child = spawn('taskset', ['-c', cores, ...command], { stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = (): Promise<void> => end(child);
  scope.defer(stop);
  const said = await untilSaid(child, ready, command.join(' '));
  return { pid: child.pid ?? 0, ready_ms: performance.now() - started_ms, said, stop };
}

function untilSaid(child: ChildProcess, ready: RegExp, what: string): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let said = '';
    let isReady = false;
    const timer = setTimeout(() => {
      reject(new Error(`${what}: not ready after ${READY_MAX_MS / 1000} s: ${said.trim().slice(0, SAID_MAX)}`));
    }, READY_MAX_MS);
    const listen = (text: string): void => {
      if (isReady) return; // goes on reading, so that a talkative server is not held up
      said += text;
      const match = ready.exec(said);
      if (match === null) return;
      isReady = true;
      clearTimeout(timer);
      resolve(match);
    };
    child.stdout?.setEncoding('utf8').on('data', listen);
    child.stderr?.setEncoding('utf8').on('data', listen);
    child.once('error', reject);
    child.once('close', () => {
      clearTimeout(timer);
      reject(new Error(`${what}: ended before it was ready: ${said.trim().slice(0, SAID_MAX)}`));
    });
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  await ended;
  clearTimeout(timer);
}
