/**
 * Runs a program for its output, within a time limit.
 */
import { SetupError } from '../setup/checkout.js';
import { run } from '../setup/run.js';

const LIMIT_MS = 600_000;

/** Runs it in the checkout. @returns what it printed @throws SetupError with that if it fails */
export async function runFor(program, args, env = {}) {
  const { done, timedOut, output } = await run(program, args, { limit_ms: LIMIT_MS, env: { ...process.env, ...env } });
  if (!done) throw new SetupError(`${[program, ...args].join(' ')} ${timedOut ? 'did not end' : 'failed'}.\n${output}`);
  return output;
}
