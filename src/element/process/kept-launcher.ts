/**
 * A launcher for as long as a server runs: if it is killed, what it leaves is ended, and another one takes its place.
 */
import { CircuitError } from '../../base/error.js';
import { Launcher, type LaunchedProcess, type LaunchRequest } from './launcher.js';
import { Orphans } from './orphans.js';

export interface KeptLauncherOptions {
  /** How long descendants have between TERM and KILL, in seconds. */
  readonly grace_s: number;
  /** Told in a sentence what has happened to the launcher. */
  readonly warn: (message: string) => void;
}

/** One that ends sooner than this after its start is not replaced at once: something is wrong with the machine. */
const REST_MS = 1000;

export class KeptLauncher {
  readonly #options: KeptLauncherOptions;
  readonly #orphans = new Orphans();
  /** Undefined between two. */
  #launcher: Launcher | undefined;
  #started_ms = 0;
  #timer: NodeJS.Timeout | undefined;
  #begun = false;
  #stopped: Promise<void> | undefined;

  /** Resolves when the first one runs. @throws CircuitError EIO if it does not; then none is left */
  static async start(options: KeptLauncherOptions): Promise<KeptLauncher> {
    const kept = new KeptLauncher(options);
    await kept.#begin();
    return kept;
  }

  private constructor(options: KeptLauncherOptions) {
    this.#options = options;
  }

  /** As `Launcher.launch`. @throws CircuitError EIO also while there is no launcher */
  async launch(request: LaunchRequest, stdio: readonly [number, number, number]): Promise<LaunchedProcess> {
    if (this.#launcher === undefined) throw new CircuitError('EIO', 'the launcher has ended, and another one is about to be started');
    return this.#launcher.launch(request, stdio);
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

  async #begin(): Promise<void> {
    const launcher = this.#start();
    try {
      await launcher.answers();
    } catch (error) {
      await launcher.stop().catch(() => undefined); // why it does not answer is the better answer
      throw error;
    }
    this.#launcher = launcher;
    this.#begun = true;
  }

  #start(): Launcher {
    this.#started_ms = performance.now();
    return Launcher.start({ grace_s: this.#options.grace_s, onLost: () => this.#lost() });
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
