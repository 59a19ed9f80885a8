/**
 * What ends a program of ours that runs until it is told to stop, and what does not.
 */
import { type Deferred, deferred } from '../../base/deferred.js';
import { CircuitError } from '../../base/error.js';
import type { Logger } from '../../server/logger.js';
import { SignalCount } from './interruption.js';
import { watchTerminal } from './terminal.js';

/** What asks the program to stop: TERM, INT, the end of its terminal, and `suicide`. */
export class Stop {
  readonly #logger: Logger;
  readonly #asked: Deferred<void> = deferred();
  readonly #received = new SignalCount();
  readonly #isTerminalGone = watchTerminal();
  #reload: () => void = () => undefined;
  #isAsked = false;

  constructor(logger: Logger) {
    this.#logger = logger;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => this.#signaled(signal));
    process.on('SIGHUP', () => this.#hungUp());
  }

  /** Sets what SIGHUP means that somebody sends. */
  set onReload(reload: () => void) {
    this.#reload = reload;
  }

  /** Resolves when the program is to stop. */
  get asked(): Promise<void> {
    return this.#asked.promise;
  }

  /** Stops in order; nothing happens if that has been asked for already. */
  ask(why: string): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    this.#logger.info(`${why}: stopping; a further signal stops at once`);
    this.#asked.resolve();
  }

  /** A shell and the kernel may both send it when a terminal hangs up: that is no second signal. */
  #hungUp(): void {
    if (this.#isTerminalGone()) this.ask('SIGHUP, and the terminal is gone');
    else this.#reload();
  }

  /** The first signal stops in order, the second one at once, and the launcher takes the processes along. */
  #signaled(signal: NodeJS.Signals): void {
    const time = this.#received.add(signal, performance.now());
    if (time === 1) this.ask(signal);
    else if (time !== undefined) process.exit(1);
  }
}

/** A fault of ours in one request must not be the end of everybody's processes. */
export function surviveFaults(logger: Logger): void {
  process.on('uncaughtException', (error) => {
    if (error instanceof CircuitError) logger.warn({ err: error }, error.message);
    else logger.error({ err: error }, 'a fault of the server: please report it');
  });
  process.on('unhandledRejection', (error) => logger.error({ err: error }, 'a fault of the server: please report it'));
}
