/**
 * One process that the launcher has started: its ID, its states, and signals to its group.
 */
import { constants } from 'node:os';
import { CircuitError } from '../../base/error.js';

/** `stopped` and `continued` come any number of times, one of the others once and last. */
export type ProcessState =
  | { readonly phase: 'stopped' | 'continued' }
  | { readonly phase: 'exited'; readonly code: number }
  | { readonly phase: 'signaled'; readonly signal: string; readonly core: boolean };

/** Of linux/signal.h: real-time signals have numbers only, counted from here. */
const SIGRTMIN = 34;
/** _NSIG of linux/signal.h. */
const SIGNAL_MAX = 64;
const SIGNAL_NAMES = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));
// Where two names have one number (SIGIOT, SIGPOLL), the one that kill(1) prints.
for (const name of ['SIGABRT', 'SIGIO'] as const) SIGNAL_NAMES.set(constants.signals[name], name);

/** The name as `kill -l` has it, with SIG in front. */
export function signalName(number: number): string {
  return SIGNAL_NAMES.get(number) ?? (number >= SIGRTMIN ? `SIGRTMIN+${number - SIGRTMIN}` : `SIG${number}`);
}

export class LaunchedProcess {
  /** Process ID; also the ID of its group and session. */
  readonly pid: number;
  readonly #send: (signal: number) => void;
  #listener: ((state: ProcessState) => void) | undefined;
  /** States from before there was a listener: the last stop or continue, and the end. */
  #early: ProcessState[] = [];
  #ended = false;

  constructor(pid: number, send: (signal: number) => void) {
    this.pid = pid;
    this.#send = send;
  }

  /** Sets the one who is told of each state; at once of those that came before. It must not throw. */
  onState(listener: (state: ProcessState) => void): void {
    this.#listener = listener;
    for (const state of this.#early.splice(0)) listener(state);
  }

  /**
   * Sends a signal to the whole process group.
   * @throws CircuitError EINVAL for a number that is none, or if the process has ended
   */
  signal(signal: number): void {
    if (!Number.isInteger(signal) || signal < 0 || signal > SIGNAL_MAX) throw new CircuitError('EINVAL', `no such signal: ${signal}`);
    if (this.#ended) throw new CircuitError('EINVAL', `process ${this.pid} has ended`);
    this.#send(signal);
  }

  /** For the launcher: the process is in a new state. */
  changed(state: ProcessState): void {
    this.#ended = state.phase === 'exited' || state.phase === 'signaled';
    if (this.#listener !== undefined) this.#listener(state);
    else this.#early = this.#ended ? [...this.#early, state] : [state];
  }
}
