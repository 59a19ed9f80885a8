/**
 * What ends a client command before its time: Ctrl-C, TERM, HUP, or a reader of its output who has gone away. It is told once by a signal, so that
 * the command can let go of what it holds; the second time ends the program at once.
 */
import { constants } from 'node:os';
import { CircuitError } from '../base/error.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** The same signal again within this time is the same Ctrl-C: the terminal sends it to everybody in front, and npm hands its own on. */
const ECHO_MS = 200;

export class Interruption {
  readonly #controller = new AbortController();
  #status: number | undefined;
  #at_ms = 0;
  readonly #handlers = SIGNALS.map((name) => [name, (): void => this.#interrupt(128 + constants.signals[name], `${name} came`)] as const);
  readonly #broken = (error: NodeJS.ErrnoException): void => {
    this.#interrupt(128 + constants.signals.SIGPIPE, `the output cannot be written: ${error.message}`);
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

  #interrupt(status: number, why: string): void {
    const now_ms = performance.now();
    if (this.#status === undefined) {
      this.#status = status;
      this.#at_ms = now_ms;
      this.#controller.abort(new CircuitError('EINTR', why));
    } else if (status !== this.#status || now_ms - this.#at_ms > ECHO_MS) process.exit(this.#status);
  }
}
