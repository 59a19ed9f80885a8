/**
 * The program that runs while something is held, a lock or a message: it has our standard streams, and our signals. When what is held is lost it is
 * asked to end, together with all that it has started, and then made to. It does not outlive us.
 */
import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { constants } from 'node:os';
import type { Writable } from 'node:stream';
import { CircuitError } from '../base/error.js';
import { LOCK_GRACE_MS, PIPE_BYTES } from '../base/limits.js';
import { builtPath, native } from '../../native/index.js';
import { statusOf } from './run/status.js';

const SIGNALS = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'] as const;
/** A terminal sends these to all of its foreground, the program included: it is not told twice. */
const OF_TERMINAL: readonly string[] = ['SIGINT', 'SIGQUIT'];

/** What a program is given, beside what we have. */
export interface HeldOptions {
  /** More of its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Its standard input, from a pipe; ours if absent. */
  readonly input?: Uint8Array;
  /** Aborted when what is held is lost. */
  readonly lost?: AbortSignal;
}

/** Runs a program until it ends, and returns its exit status; 126 or 127 if it cannot be run. @throws CircuitError EIO if nothing can be started */
export async function runHeld(words: readonly string[], { env, input, lost }: HeldOptions): Promise<number> {
  const pipe = input && native.pipe('write', PIPE_BYTES);
  const stdio: StdioOptions = [pipe?.read ?? 'inherit', 'inherit', 'inherit', 'pipe'];
  const holder = spawn(builtPath('holder'), words, { stdio, env: { ...process.env, ...env } });
  if (pipe !== undefined) closeSync(pipe.read);
  const feeding = input && pipe && feed(pipe.write, input);
  const ended = once(holder, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const orders = ordersOf(holder);
  const stopPassing = passSignals(orders);
  let grace: NodeJS.Timeout | undefined;
  const end = (): void => {
    orders.write('t');
    grace = setTimeout(() => orders.write('k'), LOCK_GRACE_MS);
  };
  lost?.addEventListener('abort', end, { once: true });
  if (lost?.aborted === true) end();
  try {
    const [ExitCode, Signal] = await ended;
    return statusOf({ ExitCode, Signal });
  } catch (error) {
    throw new CircuitError('EIO', `the command cannot be started: ${(error as Error).message}`, { cause: error });
  } finally {
    lost?.removeEventListener('abort', end);
    clearTimeout(grace);
    stopPassing();
    feeding?.destroy();
  }
}

/** A real pipe, which `/dev/stdin` can be opened of: Node's own are sockets. What the program leaves unread is let go with it. */
function feed(fd: number, input: Uint8Array): Socket {
  const socket = new Socket({ fd, readable: false, writable: true });
  socket.on('error', () => undefined); // it reads no more
  socket.end(input);
  return socket;
}

/** Where `native/holder` reads what it is to do: a signal's number, `t` or `k`. */
function ordersOf({ stdio }: ChildProcess): Writable {
  const orders = stdio[3] as Writable;
  orders.on('error', () => undefined); // it has just ended
  return orders;
}

/** Those of all programs that run now. */
const running = new Set<Writable>();

const handlers = SIGNALS.map((name) => {
  const pass = (): void => {
    if (OF_TERMINAL.includes(name) && isForeground()) return;
    for (const orders of running) orders.write(Uint8Array.of(constants.signals[name]));
  };
  return [name, pass] as const;
});

/** Returns what ends that. */
function passSignals(orders: Writable): () => void {
  if (running.size === 0) for (const [name, pass] of handlers) process.on(name, pass);
  running.add(orders);
  return () => {
    running.delete(orders);
    if (running.size === 0) for (const [name, pass] of handlers) process.off(name, pass);
  };
}

/** Whether our process group has the terminal: the 5th and the 8th field (pgrp, tpgid) of proc_pid_stat(5). */
function isForeground(): boolean {
  try {
    const stat = readFileSync('/proc/self/stat', 'latin1');
    const [, , , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 1).split(' ');
    return group === foreground;
  } catch {
    return false;
  }
}
