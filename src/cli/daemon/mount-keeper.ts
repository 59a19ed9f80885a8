/**
 * A circuit's mount, kept for as long as the program runs.
 */
import type { Mount, MountOptions } from '../../../mount/engine/filesystem.js';
import type { Circuit } from '../../api/circuit.js';
import type { Logger } from '../../server/logger.js';

/** How a circuit is mounted. */
export interface MountingOptions {
  readonly engine: 'kernel' | 'fuse-native';
  readonly allowOther: boolean;
  readonly allowGroup: string | undefined;
  readonly watchdog_s: number;
}

/** Keeps the circuit mounted: mounts again after the connection was cut, but not against somebody who unmounts it. */
export class MountKeeper {
  /** The mount point. */
  readonly directory: string;
  /** Resolves when there is no mount any more, and will be none: somebody has unmounted it, or it cannot be mounted again. */
  readonly lost: Promise<void>;
  #mount: Mount;
  #stopping = false;

  static async mount(circuit: Circuit, directory: string, options: MountingOptions, logger: Logger): Promise<MountKeeper> {
    const { mountCircuit } = await import('../../../mount/index.js');
    const log: MountOptions['log'] = (level, message, error) => logger[level]({ err: error }, message);
    const again = async (): Promise<Mount> => {
      const { engine, allowOther, allowGroup, watchdog_s } = options;
      const mount = await mountCircuit(circuit, { directory, engine, allowOther, allowGroup, watchdog_s, log });
      logger.info(`mounted at ${directory}`);
      return mount;
    };
    return new MountKeeper(await again(), again, directory, logger);
  }

  private constructor(mount: Mount, again: () => Promise<Mount>, directory: string, logger: Logger) {
    this.directory = directory;
    this.#mount = mount;
    this.lost = new Promise((resolve) => void this.#keep(again, logger, resolve));
  }

  async unmount(): Promise<void> {
    this.#stopping = true;
    await this.#mount.unmount();
  }

  async #keep(again: () => Promise<Mount>, logger: Logger, lost: () => void): Promise<void> {
    const { directory } = this;
    for (;;) {
      const how = await this.#mount.ended;
      if (this.#stopping) return;
      if (how === 'unmounted') {
        logger.warn(`${directory} was unmounted by somebody`);
        lost();
        return;
      }
      logger.warn(`the connection of ${directory} was cut: mounting again`);
      try {
        this.#mount = await again();
      } catch (error) {
        logger.error({ err: error }, `${directory} cannot be mounted again`);
        lost();
        return;
      }
    }
  }
}
