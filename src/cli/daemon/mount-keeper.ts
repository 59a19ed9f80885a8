/**
 * A circuit's mount, kept for as long as the program runs.
 */
import { readFileSync } from 'node:fs';
import type { CircuitMount, EngineName } from '../../../mount/index.js';
import type { MountOptions } from '../../../mount/engine/filesystem.js';
import type { Circuit } from '../../api/circuit.js';
import { pass, SYSTEM_CLOCK } from '../../base/clock.js';
import { CircuitError } from '../../base/error.js';
import { mountAt } from '../../base/mounts.js';
import { shellQuote } from '../../base/quote.js';
import { unlessAborted } from '../../base/within.js';
import type { MountCensus } from '../../server/census.js';
import type { Logger } from '../../server/logger.js';
import { chosenEngine } from './engine.js';
import { Pace } from './pace.js';

/** How a circuit is mounted. */
export interface MountingOptions {
  /** Undefined: the one that this system has. */
  readonly engine: EngineName | undefined;
  readonly allowOther: boolean;
  readonly allowGroup: string | undefined;
  readonly nameCache: boolean;
  readonly watchdog_s: number;
}

interface Kept {
  readonly directory: string;
  /** Whether to mount again, too, when somebody has unmounted it without saying, as `circuit umount` does, that this is meant. */
  readonly insist: boolean;
}

/**
 * Keeps the circuit mounted: mounts again after the connection was cut, and, if told so, after an unmount. Who has files of a mount open that was
 * detached is served on.
 */
export class MountKeeper {
  /**
   * Resolves when somebody has unmounted it, and it is not mounted again.
   * @throws CircuitError why it cannot be mounted again, unless told to go on trying
   */
  readonly lost: Promise<void>;
  readonly #loop: Promise<'lost' | 'stopped'>;
  readonly #kept: Kept;
  readonly #logger: Logger;
  readonly #make: () => Promise<CircuitMount>;
  /** The mount, and those before it that are detached and still used. */
  readonly #mounts = new Set<CircuitMount>();
  readonly #stop = new AbortController();

  static async mount(circuit: Circuit, kept: Kept, options: MountingOptions, logger: Logger): Promise<MountKeeper> {
    const { groupWarning, mountCircuit } = await import('../../../mount/index.js');
    const log: MountOptions['log'] = (level, message, error) => logger[level]({ err: error }, message);
    const { allowOther, allowGroup, nameCache: keepNames, watchdog_s } = options;
    const engine = chosenEngine(options.engine, (level, message) => logger[level](message));
    const { directory } = kept;
    const make = async (): Promise<CircuitMount> => {
      const mount = await mountCircuit(circuit, { directory, engine, allowOther, allowGroup, keepNames, watchdog_s, log });
      logger.info(`mounted at ${directory}`);
      return mount;
    };
    const first = await make();
    const warning = groupWarning(options);
    if (warning !== undefined) logger.warn(warning);
    return new MountKeeper(first, make, kept, logger);
  }

  private constructor(first: CircuitMount, make: () => Promise<CircuitMount>, kept: Kept, logger: Logger) {
    this.#make = make;
    this.#kept = kept;
    this.#logger = logger;
    this.#add(first);
    this.#loop = this.#keep(first);
    this.lost = new Promise((resolve, reject) => {
      this.#loop.then((how) => {
        if (how === 'lost') resolve();
      }, reject);
    });
  }

  /** The mount point. */
  get directory(): string {
    return this.#kept.directory;
  }

  /** Callers that wait, and what the kernel has for the engine, as its own file system tells whoever owns the mount. */
  get census(): MountCensus {
    const blocked = [...this.#mounts].reduce((sum, { waiting }) => sum + waiting, 0);
    const connection = mountAt(this.directory)?.connection;
    return { blocked, queue: connection === undefined ? undefined : requestsOf(connection) };
  }

  async unmount(): Promise<void> {
    this.#stop.abort();
    await this.#loop.catch(() => undefined); // an attempt that is under way
    await Promise.all(Array.from(this.#mounts, (mount) => mount.unmount()));
  }

  /** Ends when there is no mount any more, and will be none. */
  async #keep(first: CircuitMount): Promise<'lost' | 'stopped'> {
    const { directory, insist } = this.#kept;
    const pace = new Pace();
    for (let mount: CircuitMount | undefined = first; mount !== undefined;) {
      const since_ms = performance.now();
      const how = await this.#gone(mount);
      if (how === 'stopping') break;
      // It is still there, and dead; what cannot be taken away now the next mount clears away.
      if (how === 'aborted') await mount.unmount().catch(() => undefined);
      if (how === 'unmounted' && (mount.givenUp || !insist)) {
        this.#logger.warn(`${directory} was unmounted by somebody`);
        return 'lost';
      }
      const what = how === 'aborted' ? `the connection of ${directory} was cut` : `${directory} was unmounted by somebody`;
      const advice = how === 'aborted' ? '' : `; to have it unmounted for good: circuit umount ${shellQuote(directory)}`;
      mount = await this.#again(`${what}: mounting again`, advice, pace, performance.now() - since_ms);
    }
    return 'stopped';
  }

  /** Undefined if the program stops first. */
  async #again(what: string, hint: string, pace: Pace, held_ms: number): Promise<CircuitMount | undefined> {
    const { insist } = this.#kept;
    let pause_ms = pace.pause_ms(held_ms);
    this.#logger.warn(`${what}${inTime(pause_ms)}${hint}`);
    for (;;) {
      await pass(SYSTEM_CLOCK, pause_ms, this.#stop.signal);
      if (this.#stop.signal.aborted) return undefined;
      try {
        const mount = await this.#make();
        this.#add(mount);
        return mount;
      } catch (error) {
        const { code, message } = CircuitError.from(error);
        if (!insist) throw new CircuitError(code, `it cannot be mounted again: ${message}`, { cause: error });
        pause_ms = pace.pause_ms(0);
        const advice = 'make it an empty directory, or start the server again with -m DIR';
        const cause = error instanceof CircuitError ? {} : { err: error };
        this.#logger.error(cause, `${message}; trying again${inTime(pause_ms)}: ${advice}`);
      }
    }
  }

  #add(mount: CircuitMount): void {
    this.#mounts.add(mount);
    void mount.ended.then(() => this.#mounts.delete(mount));
  }

  #gone(mount: CircuitMount): Promise<'unmounted' | 'aborted' | 'stopping'> {
    const unmounted = mount.detached.then(() => 'unmounted' as const);
    return unlessAborted(this.#stop.signal, Promise.race([mount.ended, unmounted])).catch(() => 'stopping' as const);
  }
}

/** The file `waiting` of fusectl; it lies in no mount of ours. */
function requestsOf(connection: number): number | undefined {
  try {
    return Number(readFileSync(`/sys/fs/fuse/connections/${connection}/waiting`, 'latin1'));
  } catch {
    return undefined;
  }
}

function inTime(pause_ms: number): string {
  return pause_ms === 0 ? '' : ` in ${Math.ceil(pause_ms / 1000)} s`;
}
