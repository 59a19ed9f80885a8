/**
 * The element of a server's root anchor: the server itself. It is there from start to end, and can be neither scrubbed nor removed.
 */
import type { ByteReader, ByteWriter } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import type { Element } from './element.js';

/** What `peek` prints of a server. */
export interface ServerPeek {
  /** HOST:PORT that it listens on; empty while it listens on none. */
  readonly Addr: string;
  /** When it started, RFC 3339. */
  readonly Joined: string;
  readonly ID: string;
  readonly Host: string;
  readonly Version: string;
  readonly Pid: number;
}

export class ServerElement implements Element {
  readonly kind = 'server';
  readonly busy = true;
  readonly #peek: ServerPeek;
  readonly #stop: () => void;

  /** @param stop begins the orderly stop of the server; returns at once */
  constructor(peek: ServerPeek, stop: () => void) {
    this.#peek = peek;
    this.#stop = stop;
  }

  peek(): ServerPeek {
    return this.#peek;
  }

  openReader(): ByteReader {
    throw new CircuitError('ENOENT');
  }

  openWriter(): ByteWriter {
    throw new CircuitError('ENOENT');
  }

  perform(verb: string): void {
    if (verb !== 'suicide') throw new CircuitError('EINVAL', `a server takes no command ${verb}`);
    setImmediate(this.#stop); // the answer goes out first
  }

  scrub(): void {
    throw new CircuitError('EPERM', 'a server cannot be scrubbed; suicide stops it');
  }
}
