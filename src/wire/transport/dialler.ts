/**
 * Dials, and keeps count of the connections that it has dialled, so that those end whose key is withdrawn.
 */
import type { WebSocket } from 'ws';
import { Attempt } from './attempt.js';
import type { Log } from '../../base/log.js';
import { complainTo, type Complain } from './rate-limited-log.js';
import type { Connection, DialOptions, Transport } from './connection.js';
import type { Keyring } from './keyring.js';
import { SocketConnection } from './socket-connection.js';

export interface DiallerOptions {
  /** The keys of now; undefined: without any (`--insecure`). */
  readonly keys: () => Keyring | undefined;
  readonly log: Log;
}

export class Dialler implements Transport {
  readonly #keys: () => Keyring | undefined;
  readonly #complain: Complain;
  readonly #open = new Set<SocketConnection>();

  constructor({ keys, log }: DiallerOptions) {
    this.#keys = keys;
    this.#complain = complainTo(log);
  }

  async dial(options: DialOptions): Promise<Connection> {
    options.signal?.throwIfAborted();
    const key = this.#keys()?.first;
    const attempt = new Attempt(options, key);
    return attempt.run((socket, hello) => this.#connected(socket, { peer: options.address, hello, dialled: true, key: key?.identity }));
  }

  /** Ends the connections that were made with a key that is not accepted any more. */
  keysChanged(): void {
    const keys = this.#keys();
    for (const connection of this.#open) connection.endWithout(keys);
  }

  #connected(socket: WebSocket, facts: ConstructorParameters<typeof SocketConnection>[1]): SocketConnection {
    const connection = new SocketConnection(socket, facts, this.#complain);
    this.#open.add(connection);
    socket.once('close', () => this.#open.delete(connection));
    return connection;
  }
}
