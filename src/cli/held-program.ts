/**
 * The program that runs while something is held, a lock or a message: it has our standard streams, and our signals. When what is held is lost it is
 * asked to end, together with all that it has started, and then made to. It does not outlive us.
 */
import { readFileSync } from 'node:fs';
import { CircuitError } from '../base/error.js';
import { LOCK_GRACE_MS } from '../base/limits.js';
import { type HeldProgram, startHeldProgram } from './start-held-program.js';
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
  const program = startHeldProgram(words, { ...process.env, ...env }, input);
  const stopPassing = passSignals(program);
  let grace: NodeJS.Timeout | undefined;
  const end = (): void => {
    program.terminate();
    grace = setTimeout(() => program.kill(), LOCK_GRACE_MS);
  };
  lost?.addEventListener('abort', end, { once: true });
  if (lost?.aborted === true) end();
  try {
    const [ExitCode, Signal] = await program.ended;
    return statusOf({ ExitCode, Signal });
  } catch (error) {
    throw new CircuitError('EIO', `the command cannot be started: ${(error as Error).message}`, { cause: error });
  } finally {
    lost?.removeEventListener('abort', end);
    clearTimeout(grace);
    stopPassing();
  }
}

/** All that run now. */
const running = new Set<HeldProgram>();

const handlers = SIGNALS.map((name) => {
  const pass = (): void => {
    if (OF_TERMINAL.includes(name) && isForeground()) return;
    for (const program of running) program.signal(name);
  };
  return [name, pass] as const;
});

/** Returns what ends that. */
function passSignals(program: HeldProgram): () => void {
  if (running.size === 0) for (const [name, pass] of handlers) process.on(name, pass);
  running.add(program);
  return () => {
    running.delete(program);
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
