/**
 * The element of a server's root anchor: the server itself. It is there from start to end, and can be neither scrubbed nor removed.
 */
import type { Awaitable, ByteReader, ByteWriter, Credentials, ReaderMode } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import type { ControlFile } from '../base/name.js';
import type { Element } from './element.js';

/** What `peek` prints of a server. */
export interface ServerPeek {
  /** HOST:PORT at which it listens; empty if it listens at none. */
  readonly Addr: string;
  /** When it started, RFC 3339. */
  readonly Joined: string;
  readonly ID: string;
  readonly Host: string;
  readonly Version: string;
  readonly Pid: number;
  /** Of its host: processes that run or want to, on average over the last minute (/proc/loadavg); and how many processors there are. */
  readonly Load: number;
  readonly Cpus: number;
  /** IDs of the servers to which it holds a connection for their common membership. It reaches all others, too. */
  readonly Links: readonly string[];
}

/** What the element needs of its server. */
export interface ServerHost {
  peek(): ServerPeek;
  /** Makes one circuit of this server's and that of the server at a URL. */
  join(url: string): Promise<void>;
  /** What happens on this server, as `events` tells it. */
  openEvents(mode?: ReaderMode): ByteReader;
  /** Begins the orderly stop; returns at once. */
  stop(): void;
}

export class ServerElement implements Element {
  readonly kind = 'server';
  readonly busy = true;
  readonly #server: ServerHost;

  constructor(server: ServerHost) {
    this.#server = server;
  }

  peek(): ServerPeek {
    return this.#server.peek();
  }

  openReader(file: ControlFile, _credentials: Credentials, mode?: ReaderMode): ByteReader {
    if (file === 'events') return this.#server.openEvents(mode);
    throw new CircuitError('ENOENT', `a server has no file "${file}" to read`);
  }

  openWriter(file: ControlFile): ByteWriter {
    throw new CircuitError('ENOENT', `a server has no file "${file}" to write`);
  }

  /** @throws CircuitError EINVAL; EHOSTDOWN if the server to join cannot be reached */
  perform(verb: string, [url]: readonly string[]): Awaitable<void> {
    if (verb === 'join' && url !== undefined) return this.#server.join(url);
    if (verb !== 'suicide') throw new CircuitError('EINVAL', `invalid command of a server, ${verb}: expected "join URL" or "suicide"`);
    setImmediate(() => this.#server.stop()); // the answer goes out first
  }

  scrub(): void {
    throw new CircuitError('EPERM', 'a server cannot be scrubbed; suicide stops it');
  }
}
