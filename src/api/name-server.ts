/**
 * A handle of a name server element.
 */
import type { WaitOptions } from '../base/bytes.js';
import type { NameServerPeek } from '../element/name-server/name-server.js';
import { ElementHandle } from './element-handle.js';

/** A name server: answers DNS questions about the records that were set in it. */
export class NameServer extends ElementHandle<NameServerPeek> {
  readonly kind = 'dns';

  /**
   * Adds a resource record in zone-file syntax, as in `miek.nl. 3600 IN MX 10 mx.miek.nl.`; one that says the same is replaced.
   * @throws CircuitError EINVAL with what is wrong with it; EAGAIN if the server is full; ENOENT, EHOSTDOWN
   */
  async set(record: string, options?: WaitOptions): Promise<void> {
    await this.perform('set', [record], options);
  }

  /** Removes all records of a name. @throws CircuitError EINVAL for what is no name, ENOENT, EHOSTDOWN */
  async unset(name: string, options?: WaitOptions): Promise<void> {
    await this.perform('unset', [name], options);
  }
}
