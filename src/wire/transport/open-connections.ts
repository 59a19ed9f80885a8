/**
 * The connections of a listener, as many as it may hold in all and from one address: half of them, so that it keeps no other out.
 */
import { CONNECTIONS_MAX, CONNECTIONS_PER_SOURCE_MAX } from '../../base/limits.js';
import { holderOf } from './source.js';
import type { SocketConnection } from './socket-connection.js';
import { Tally } from '../../base/tally.js';

export class OpenConnections {
  readonly #open = new Set<SocketConnection>();
  readonly #holders = new Tally();
  readonly #perSource_max: number;

  constructor(perSource_max: number = CONNECTIONS_PER_SOURCE_MAX) {
    this.#perSource_max = perSource_max;
  }

  /** Why there is no room for another connection from that address; undefined if there is. */
  full(address: string): string | undefined {
    if (this.#open.size >= CONNECTIONS_MAX) return 'too many connections';
    return this.#holders.of(holderOf(address)) >= this.#perSource_max ? 'too many connections from this address' : undefined;
  }

  add(connection: SocketConnection): void {
    this.#open.add(connection);
    this.#holders.add(holderOf(connection.peer.host));
  }

  /** It has closed. */
  remove(connection: SocketConnection): void {
    if (this.#open.delete(connection)) this.#holders.remove(holderOf(connection.peer.host));
  }

  [Symbol.iterator](): IterableIterator<SocketConnection> {
    return this.#open.values();
  }
}
