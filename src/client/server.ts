/**
 * A handle of a server.
 */
import type { Asker } from '../base/bytes.js';
import type { ServerPeek } from '../element/server.js';
import type { LogPart, Place } from './place.js';

/** A live server, by what its own directory shows. */
export class Server {
  /** As `circuit ls -l` prints it. */
  readonly kind = 'server';
  readonly #place: Place;
  readonly #asker: Asker;

  constructor(place: Place, asker: Asker) {
    this.#place = place;
    this.#asker = asker;
  }

  get id(): string {
    return this.#place.id;
  }

  async peek(): Promise<ServerPeek> {
    return (await this.#place.peek([])) as ServerPeek;
  }

  /** Part of its operation log, from a byte offset: one JSON object a line. */
  async log(offset = 0, max = 65_536): Promise<LogPart> {
    return this.#place.readLog(offset, max);
  }

  async env(): Promise<Readonly<Record<string, string>>> {
    return this.#place.env();
  }

  /** In Prometheus' text format. */
  async metrics(): Promise<string> {
    return this.#place.metrics();
  }

  /** Stops it, in order; answers before it ends. */
  async suicide(): Promise<void> {
    await this.#place.perform([], 'suicide', [], this.#asker);
  }
}
