/**
 * The keys of a running program: read again on SIGHUP, so that keys come and go without a stop.
 */
import { CircuitError } from '../../base/error.js';
import type { Logger } from '../../server/logger.js';
import type { Keyring } from '../../wire/transport/keyring.js';
import type { KeySource } from './network.js';

/** The keys of now. */
export class ReloadableKeyring {
  readonly file: string;
  readonly #read: () => Keyring;
  #ring: Keyring;

  /** @throws CircuitError if they cannot be read */
  constructor({ file, read }: KeySource) {
    this.file = file;
    this.#read = read;
    this.#ring = read();
  }

  get ring(): Keyring {
    return this.#ring;
  }

  /** @throws CircuitError if they cannot be read: then they are what they were */
  reread(): void {
    this.#ring = this.#read();
  }
}

/** What SIGHUP does. @param changed is told that there are others now */
export function rereadKeys(keys: ReloadableKeyring | undefined, changed: () => void, logger: Logger): void {
  if (keys === undefined) return logger.info('SIGHUP: there is no key to read again');
  try {
    keys.reread();
    changed();
    logger.info(`SIGHUP: read the key file ${keys.file} again: ${keys.ring.all.map(({ identity }) => identity).join(', ')}`);
  } catch (error) {
    logger.error(`SIGHUP: the keys stay as they are, since ${CircuitError.from(error).message}`);
  }
}
