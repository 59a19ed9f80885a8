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
export async function runHeld(words: readonly string[], options: HeldOptions): Promise<number> {
  // Before the program runs: a signal that came first would end us, and leave it behind.
  const signals = new PassedSignals();
  try {
    return await run(words, options, signals);
  } finally {
    signals.end();
  }
}

async function run(words: readonly string[], { env, input, lost }: HeldOptions, signals: PassedSignals): Promise<number> {
  const program = startHeldProgram(words, { ...process.env, ...env }, input);
  signals.passTo(program);
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
  }
}

/** Our signals, for a program that runs or is about to: one that comes is seen in a later turn of the event loop, when it does. */
class PassedSignals {
  static readonly #all = new Set<PassedSignals>();
  static readonly #handlers = SIGNALS.map((name) => {
    const pass = (): void => {
      if (OF_TERMINAL.includes(name) && isForeground()) return;
      for (const signals of PassedSignals.#all) signals.#program?.signal(name);
    };
    return [name, pass] as const;
  });
  #program: HeldProgram | undefined;

  constructor() {
    if (PassedSignals.#all.size === 0) for (const [name, pass] of PassedSignals.#handlers) process.on(name, pass);
    PassedSignals.#all.add(this);
  }

  passTo(program: HeldProgram): void {
    this.#program = program;
  }

  end(): void {
    PassedSignals.#all.delete(this);
    if (PassedSignals.#all.size === 0) for (const [name, pass] of PassedSignals.#handlers) process.off(name, pass);
  }
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
