/**
 * The program that runs while a lock is held: it has our standard streams, and our signals. When the lock is lost it is asked to end, together with all
 * that it has started, and then made to.
 */
import { readFileSync } from 'node:fs';
import type { HeldLock } from '../../api/held-lock.js';
import { CircuitError } from '../../base/error.js';
import { LOCK_GRACE_MS } from '../../base/limits.js';
import { statusOf } from '../run/status.js';
import { type Holder, startHolder } from './holder.js';

const SIGNALS = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'] as const;
/** A terminal sends these to all of its foreground, the program included: it is not told twice. */
const OF_TERMINAL: readonly string[] = ['SIGINT', 'SIGQUIT'];

/** Runs a program until it ends, and returns its exit status; 126 or 127 if it cannot be run. @throws CircuitError EIO if nothing can be started */
export async function runHolding(words: readonly string[], held: HeldLock): Promise<number> {
  const env = { ...process.env, CIRCUIT_LOCK_TOKEN: String(held.token) };
  const holder = startHolder(words, env);
  const stopPassing = passSignals(holder);
  let grace: NodeJS.Timeout | undefined;
  const end = (): void => {
    holder.terminate();
    grace = setTimeout(() => holder.kill(), LOCK_GRACE_MS);
  };
  held.lost.addEventListener('abort', end, { once: true });
  if (held.lost.aborted) end();
  try {
    const [ExitCode, Signal] = await holder.ended;
    return statusOf({ ExitCode, Signal });
  } catch (error) {
    throw new CircuitError('EIO', `the command cannot be started: ${(error as Error).message}`, { cause: error });
  } finally {
    held.lost.removeEventListener('abort', end);
    clearTimeout(grace);
    stopPassing();
  }
}

/** Returns what ends that. */
function passSignals(holder: Holder): () => void {
  const handlers = SIGNALS.map((name) => {
    const pass = (): void => {
      if (!OF_TERMINAL.includes(name) || !isForeground()) holder.signal(name);
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
