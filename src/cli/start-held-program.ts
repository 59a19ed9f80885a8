/**
 * Starts the program that runs while something is held, under `native/holder`, which keeps it and all its descendants together; where that is not built,
 * as a child, whose descendants are found by the list of processes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync } from 'node:fs';
import { Socket } from 'node:net';
import { constants } from 'node:os';
import type { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { builtPath, native } from '../../native/index.js';
import { PIPE_BYTES } from '../base/limits.js';
import { familyIn, processTable, signalProcess } from '../base/process-table.js';
import { NOT_EXECUTABLE, NOT_FOUND } from './run/status.js';

const LOOK_MS = 20;

type End = readonly [code: number | null, signal: NodeJS.Signals | null];

export interface HeldProgram {
  /** How the program ended; if it was told to end, when its descendants have, too. Rejects if nothing can be started. */
  readonly ended: Promise<End>;
  /** To the program. */
  signal(name: NodeJS.Signals): void;
  /** Asks it and its descendants to end. */
  terminate(): void;
  kill(): void;
}

/** @param input the program's standard input, from a pipe; ours if absent */
export function startHeldProgram(words: readonly string[], env: NodeJS.ProcessEnv, input?: Uint8Array): HeldProgram {
  return existsSync(builtPath('holder')) ? new CompiledProgram(words, env, input) : new PortableProgram(words, env, input);
}

/** It reads what it is to do: a signal's number, `t` or `k`. */
class CompiledProgram implements HeldProgram {
  readonly ended: Promise<End>;
  readonly #orders: Writable;

  constructor(words: readonly string[], env: NodeJS.ProcessEnv, input: Uint8Array | undefined) {
    const pipe = input && native.pipe('write', PIPE_BYTES);
    const child = spawn(builtPath('holder'), words, { stdio: [pipe?.read ?? 'inherit', 'inherit', 'inherit', 'pipe'], env });
    if (pipe !== undefined) closeSync(pipe.read);
    const feeding = input && pipe && feed(pipe.write, input);
    this.ended = (once(child, 'exit') as unknown as Promise<End>).finally(() => feeding?.destroy());
    this.#orders = child.stdio[3] as Writable;
    this.#orders.on('error', () => undefined); // it has just ended
  }

  signal(name: NodeJS.Signals): void {
    this.#orders.write(Uint8Array.of(constants.signals[name]));
  }

  terminate(): void {
    this.#orders.write('t');
  }

  kill(): void {
    this.#orders.write('k');
  }
}

class PortableProgram implements HeldProgram {
  readonly ended: Promise<End>;
  readonly #child: ChildProcess;
  /** Whom the last look has found, by process ID, with their starts. */
  readonly #seen = new Map<number, string>();
  #isKilling = false;
  #isTold = false;

  constructor([program = '', ...args]: readonly string[], env: NodeJS.ProcessEnv, input: Uint8Array | undefined) {
    this.#child = spawn(program, args, { stdio: [input === undefined ? 'inherit' : 'pipe', 'inherit', 'inherit'], env });
    this.#child.stdin?.on('error', () => undefined); // it reads no more
    this.#child.stdin?.end(input);
    this.ended = this.#run(program);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  terminate(): void {
    this.#isTold = true;
    for (const pid of this.#family()) signalProcess(pid, 'SIGTERM');
  }

  kill(): void {
    this.#isTold = true;
    this.#isKilling = true;
    for (const pid of this.#family()) signalProcess(pid, 'SIGKILL');
  }

  async #run(program: string): Promise<End> {
    try {
      const end = (await once(this.#child, 'exit')) as unknown as End;
      if (this.#isTold) await this.#untilNoneIsLeft();
      return end;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (this.#child.pid !== undefined) throw error;
      process.stderr.write(`circuit: ${program}: cannot be run: ${message}\n`);
      return [code === 'ENOENT' ? NOT_FOUND : NOT_EXECUTABLE, null];
    }
  }

  async #untilNoneIsLeft(): Promise<void> {
    for (let family = this.#family(); family.length > 0; family = this.#family()) {
      if (this.#isKilling) for (const pid of family) signalProcess(pid, 'SIGKILL');
      await delay(LOOK_MS);
    }
  }

  #family(): readonly number[] {
    const found = familyIn(processTable(), ({ pid, start }) => pid === this.#child.pid || this.#seen.get(pid) === start);
    this.#seen.clear();
    for (const { pid, start } of found) this.#seen.set(pid, start);
    return found.map(({ pid }) => pid);
  }
}

/** A real pipe, which `/dev/stdin` can be opened of: Node's own are sockets. What the program leaves unread is let go with it. */
function feed(fd: number, input: Uint8Array): Socket {
  const socket = new Socket({ fd, readable: false, writable: true });
  socket.on('error', () => undefined); // it reads no more
  socket.end(input);
  return socket;
}
