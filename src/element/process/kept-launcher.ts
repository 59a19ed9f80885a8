/**
 * A launcher for as long as a server runs: if it is killed, what it leaves is ended, and another one takes its place.
 */
import { CircuitError } from '../../base/error.js';
import type { LauncherKind } from './launchers.js';
import type { LaunchRequest } from './launcher-protocol.js';
import type { OrphanKeeper, ProgramLauncher, StartedProgram } from './program-launcher.js';

export interface KeptLauncherOptions {
  readonly kind: LauncherKind;
  /** How long descendants have between TERM and KILL, in seconds. */
  readonly grace_s: number;
  /** Told in a sentence what has happened to the launcher. */
  readonly warn: (message: string) => void;
}

/** One that ends sooner than this after its start is not replaced at once: something is wrong with the machine. */
const REST_MS = 1000;

export class KeptLauncher {
  readonly #options: KeptLauncherOptions;
  readonly #orphans: OrphanKeeper;
  /** Undefined between two. */
  #launcher: ProgramLauncher | undefined;
  #started_ms = 0;
  #timer: NodeJS.Timeout | undefined;
  /** The first one has answered: if it ends now, it is replaced. */
  #begun = false;
  readonly #first: Promise<void>;
  #stopped: Promise<void> | undefined;

  /** Starts the first one; who starts a program meanwhile waits for it. @throws Error when the system is out of something */
  constructor(options: KeptLauncherOptions) {
    this.#options = options;
    this.#orphans = options.kind.orphans();
    this.#launcher = this.#start();
    this.#first = this.#answers(this.#launcher);
    this.#first.catch(() => undefined); // told to who asks
  }

  /** Resolves when the first one runs. @throws CircuitError EIO if it does not; then none is left */
  runs(): Promise<void> {
    return this.#first;
  }

  /** As `ProgramLauncher.start`. @throws CircuitError EIO also while there is no launcher */
  async start(request: LaunchRequest): Promise<StartedProgram> {
    if (this.#launcher === undefined) throw new CircuitError('EIO', 'the launcher has ended, and another one is about to be started');
    return this.#launcher.start(request);
  }

  /** Ends all descendants, TERM first, after the grace time KILL; none is left, of earlier launchers either, but those that were warned of. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      await this.#launcher?.stop();
    } catch (error) {
      this.#options.warn(CircuitError.from(error).message);
    }
    await this.#endOrphans();
  }

  async #answers(launcher: ProgramLauncher): Promise<void> {
    try {
      await launcher.answers();
      this.#begun = true;
    } catch (error) {
      await launcher.stop().catch(() => undefined); // why it does not answer is the better answer
      throw error;
    }
  }

  #start(): ProgramLauncher {
    this.#started_ms = performance.now();
    return this.#options.kind.start({ grace_s: this.#options.grace_s, onLost: () => this.#lost() });
  }

  #lost(): void {
    this.#launcher = undefined;
    if (!this.#begun || this.#stopped !== undefined) return;
    this.#options.warn('the launcher has ended: the processes that it had started are killed, and another launcher is started');
    void this.#endOrphans();
    if (performance.now() - this.#started_ms >= REST_MS) this.#startAgain();
    else this.#startLater();
  }

  #startAgain(): void {
    try {
      this.#launcher = this.#start();
    } catch (error) {
      this.#options.warn(`no launcher can be started: ${error instanceof Error ? error.message : String(error)}`);
      this.#startLater();
    }
  }

  #startLater(): void {
    this.#timer = setTimeout(() => this.#startAgain(), REST_MS).unref();
  }

  async #endOrphans(): Promise<void> {
    const left = await this.#orphans.end();
    if (left.length > 0) this.#options.warn(`processes of a launcher that has ended cannot be killed: ${left.join(', ')}`);
  }
}
