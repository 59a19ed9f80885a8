/**
 * A transport that tells when a peer was heard of, and when it could not be reached: for a client that goes elsewhere then.
 */
import type { Address } from '../base/address.js';
import type { Connection, ConnectionEvents, DialOptions, Hello, Transport } from '../wire/transport/connection.js';

/** Who is told. */
export interface TransportEvents {
  /** A sign of life of the server with this ID. */
  heard(id: string): void;
  /** It was dialled, and did not answer. */
  failed(id: string): void;
}

/** Any transport, watched. */
export class WatchedTransport implements Transport {
  readonly #transport: Transport;
  readonly #events: TransportEvents;

  constructor(transport: Transport, events: TransportEvents) {
    this.#transport = transport;
    this.#events = events;
  }

  async dial(options: DialOptions): Promise<Connection> {
    try {
      const connection = await this.#transport.dial(options);
      this.#events.heard(connection.hello.id);
      return new WatchedConnection(connection, this.#events);
    } catch (error) {
      if (options.hello.to !== undefined && options.signal?.aborted !== true) this.#events.failed(options.hello.to);
      throw error;
    }
  }
}

class WatchedConnection implements Connection {
  readonly #connection: Connection;
  readonly #events: TransportEvents;

  constructor(connection: Connection, events: TransportEvents) {
    this.#connection = connection;
    this.#events = events;
  }

  get peer(): Address {
    return this.#connection.peer;
  }

  get hello(): Hello {
    return this.#connection.hello;
  }

  get dialled(): boolean {
    return this.#connection.dialled;
  }

  get key(): string | undefined {
    return this.#connection.key;
  }

  get queued_bytes(): number {
    return this.#connection.queued_bytes;
  }

  send(message: Uint8Array): void {
    this.#connection.send(message);
  }

  receive(events: ConnectionEvents): void {
    const { id } = this.hello;
    this.#connection.receive({
      message: (bytes) => {
        this.#events.heard(id);
        events.message(bytes);
      },
      closed: (reason) => events.closed(reason),
      drained: () => events.drained?.(),
    });
  }

  pause(): void {
    this.#connection.pause();
  }

  resume(): void {
    this.#connection.resume();
  }

  close(reason?: string): void {
    this.#connection.close(reason);
  }

  destroy(): void {
    this.#connection.destroy();
  }
}
