/**
 * What ends a client command before its time: Ctrl-C, TERM, HUP, or output that cannot be written any more. The command is told, so that it can let
 * go of what it holds; who tells it once more than it asked for ends the program at once.
 */
import { constants } from 'node:os';
import { CircuitError } from '../../base/error.js';
import type { Console } from '../../console/console.js';
import { complain, OutputError } from '../output.js';

/** The same signal within this time is the same Ctrl-C: the terminal sends it to the whole foreground group, and npm forwards its own. */
const ECHO_MS = 200;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

interface Options {
  /** Called each time, with which time it is, from 1; the signal is aborted by then. */
  readonly told?: (time: number) => void;
  /** How many times the command is told; the next one ends the program. */
  readonly times?: number;
}

export class Interruption {
  readonly #controller = new AbortController();
  readonly #received = new SignalCount();
  readonly #console: Console;
  readonly #isTerminalGone: () => boolean;
  readonly #told: (time: number) => void;
  readonly #times: number;
  #status: number | undefined;
  readonly #handlers = SIGNALS.map(
    (name) => [name, (): void => this.#interrupt(name, 128 + constants.signals[name], `${name} came`)] as const,
  );

  static watch(console: Console, options: Options = {}): Interruption {
    return new Interruption(console, options);
  }

  private constructor(console: Console, { told = () => undefined, times = 1 }: Options) {
    this.#console = console;
    this.#isTerminalGone = console.watchTerminal();
    this.#told = told;
    this.#times = times;
    for (const [name, handler] of this.#handlers) console.on(name, handler);
    for (const stream of [console.stdout, console.stderr]) stream.on('error', (error: NodeJS.ErrnoException) => this.#broken(error));
  }

  /** Aborted, with EINTR, when the command is to end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The exit status that a shell expects of an interrupted program; undefined if it was not interrupted. */
  get status(): number | undefined {
    return this.#status;
  }

  /** Signals have their usual effect again. */
  end(): void {
    for (const [name, handler] of this.#handlers) this.#console.off(name, handler);
  }

  /** A reader who has gone away, as `head` does, is no news; a full disk is. Each write that fails says so: only the first one counts. */
  #broken(error: NodeJS.ErrnoException): void {
    if (this.#status !== undefined) return;
    // What is written there may fail before SIGHUP is here.
    if (this.#isTerminalGone()) return this.#interrupt('SIGHUP', 128 + constants.signals.SIGHUP, 'the terminal is gone');
    const failure = new OutputError(error);
    if (!failure.isUnread) void complain(this.#console, failure);
    this.#interrupt('output', failure.status, failure.message);
  }

  #interrupt(by: string, status: number, why: string): void {
    const time = this.#received.add(by, performance.now());
    if (time === undefined) return;
    this.#status ??= status;
    if (time > this.#times) return this.#console.exit(this.#status);
    this.#controller.abort(new CircuitError('EINTR', why));
    this.#told(time);
  }
}

/** Counts how often a program was told to end: a second Ctrl-C means more than the first. Pure. */
export class SignalCount {
  #count = 0;
  #last: { readonly signal: string; readonly at_ms: number } | undefined;

  /** Returns which time this is, from 1; undefined for an echo of the last one. */
  add(signal: string, now_ms: number): number | undefined {
    if (this.#last?.signal === signal && now_ms - this.#last.at_ms <= ECHO_MS) return undefined;
    this.#last = { signal, at_ms: now_ms };
    return ++this.#count;
  }
}
