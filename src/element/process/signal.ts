/**
 * Signals by name, as kill(1) takes them.
 */
import { constants } from 'node:os';
import { CircuitError } from '../../base/error.js';

/** Largest signal number of Linux (signal(7)). */
const SIGNAL_MAX = 64;

/** @param name with or without SIG, in any case, or a number. @throws CircuitError EINVAL */
export function signalNumber(name: string): number {
  if (/^\d+$/.test(name)) {
    const number = Number(name);
    if (number >= 1 && number <= SIGNAL_MAX) return number;
  }
  const known: Readonly<Record<string, number>> = constants.signals;
  const number = known[`SIG${name.toUpperCase().replace(/^SIG/, '')}`];
  if (number !== undefined) return number;
  throw new CircuitError('EINVAL', `no signal "${name}": TERM, KILL, INT, HUP, STOP, CONT, USR1 are some, "kill -l" lists all`);
}
