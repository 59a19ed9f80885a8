/**
 * The program that runs while a lock is held: it has our standard streams, and our signals. When the lock is lost it is asked to end, together with all
 * that it has started, and then made to.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import type { Writable } from 'node:stream';
import type { HeldLock } from '../../api/held-lock.js';
import { CircuitError } from '../../base/error.js';
import { LOCK_GRACE_MS } from '../../base/limits.js';
import { builtPath } from '../../../native/index.js';
import { statusOf } from '../run/status.js';

const SIGNALS = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'] as const;
/** A terminal sends these to all of its foreground, the program included: it is not told twice. */
const OF_TERMINAL: readonly string[] = ['SIGINT', 'SIGQUIT'];

/** Runs a program until it ends, and returns its exit status; 126 or 127 if it cannot be run. @throws CircuitError EIO if nothing can be started */
export async function runHolding(words: readonly string[], held: HeldLock): Promise<number> {
  const env = { ...process.env, CIRCUIT_LOCK_TOKEN: String(held.token) };
  const holder = spawn(builtPath('holder'), words, { stdio: ['inherit', 'inherit', 'inherit', 'pipe'], env });
  const ended = once(holder, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const orders = ordersOf(holder);
  const stopPassing = passSignals(orders);
  let grace: NodeJS.Timeout | undefined;
  const end = (): void => {
    orders.write('t');
    grace = setTimeout(() => orders.write('k'), LOCK_GRACE_MS);
  };
  held.lost.addEventListener('abort', end, { once: true });
  if (held.lost.aborted) end();
  try {
    const [ExitCode, Signal] = await ended;
    return statusOf({ ExitCode, Signal });
  } catch (error) {
    throw new CircuitError('EIO', `the command cannot be started: ${(error as Error).message}`, { cause: error });
  } finally {
    held.lost.removeEventListener('abort', end);
    clearTimeout(grace);
    stopPassing();
  }
}

/** Where `native/holder` reads what it is to do: a signal's number, `t` or `k`. */
function ordersOf({ stdio }: ChildProcess): Writable {
  const orders = stdio[3] as Writable;
  orders.on('error', () => undefined); // it has just ended
  return orders;
}

/** Returns what ends that. */
function passSignals(orders: Writable): () => void {
  const handlers = SIGNALS.map((name) => {
    const pass = (): void => {
      if (!OF_TERMINAL.includes(name) || !isForeground()) orders.write(Uint8Array.of(constants.signals[name]));
    };
    process.on(name, pass);
    return [name, pass] as const;
  });
  return () => {
    for (const [name, pass] of handlers) process.off(name, pass);
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
