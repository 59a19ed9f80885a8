/**
 * What ends a client command before its time: Ctrl-C, TERM, HUP, or a reader of its output who has gone away. It is told once by a signal, so that
 * the command can let go of what it holds; the second time ends the program at once.
 */
import { constants } from 'node:os';
import { CircuitError } from '../../base/error.js';

/** The same signal within this time is the same Ctrl-C: the terminal sends it to the whole foreground group, and npm forwards its own. */
const ECHO_MS = 200;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export class Interruption {
  readonly #controller = new AbortController();
  readonly #received = new SignalCount();
  #status: number | undefined;
  readonly #handlers = SIGNALS.map((name) => [name, (): void => this.#interrupt(name, `${name} came`)] as const);
  readonly #broken = (error: NodeJS.ErrnoException): void => {
    this.#interrupt('SIGPIPE', `the output cannot be written: ${error.message}`);
  };

  static watch(): Interruption {
    return new Interruption();
  }

  private constructor() {
    for (const [name, handler] of this.#handlers) process.on(name, handler);
    process.stdout.on('error', this.#broken);
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
    for (const [name, handler] of this.#handlers) process.off(name, handler);
  }

  #interrupt(name: 'SIGPIPE' | (typeof SIGNALS)[number], why: string): void {
    const time = this.#received.add(name, performance.now());
    if (time === undefined) return;
    this.#status ??= 128 + constants.signals[name];
    if (time > 1) process.exit(this.#status);
    this.#controller.abort(new CircuitError('EINTR', why));
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
