/**
 * The keys of a running program: read again on SIGHUP, so that keys come and go without a stop.
 */
import { CircuitError } from '../../base/error.js';
import type { Logger } from '../../server/logger.js';
import type { Keyring } from '../../wire/transport/keyring.js';
import type { KeySource } from './network.js';

/** The keys of now. */
export class ReloadableKeyring {
  #source: KeySource;
  #ring: Keyring;

  /** @throws CircuitError if they cannot be read */
  constructor(source: KeySource) {
    this.#source = source;
    this.#ring = source.read();
  }

  get file(): string {
    return this.#source.file;
  }

  get ring(): Keyring {
    return this.#ring;
  }

  /** @param source where they are from now on. @throws CircuitError if they cannot be read: then all is as it was */
  reread(source: KeySource = this.#source): void {
    this.#ring = source.read();
    this.#source = source;
  }
}

/** What SIGHUP does. @param changed is told that there are others now */
export function rereadKeys(keys: ReloadableKeyring | undefined, changed: () => void, logger: Logger, source?: KeySource): void {
  if (keys === undefined) return logger.info('SIGHUP: there is no key to read again');
  try {
    keys.reread(source);
    changed();
    logger.info(`SIGHUP: read the key file ${keys.file} again: ${keys.ring.all.map(({ identity }) => identity).join(', ')}`);
  } catch (error) {
    logger.error(`SIGHUP: the keys stay as they are, since ${CircuitError.from(error).message}`);
  }
}
