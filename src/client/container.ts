/**
 * A handle of a container element.
 */
import type { Readable, Writable } from 'node:stream';
import type { Asker, WaitOptions } from '../base/bytes.js';
import type { ContainerPeek } from '../element/container/container.js';
import type { AnchorPath, Place } from './place.js';
import { readableOf, readAll, writableOf } from './streams.js';

/** More than the peek of any container, in bytes. */
const PEEK_MAX_BYTES = 16 * 1_048_576;

/** A Docker container that runs, or has run, on a server. Its streams are those of a process. */
export class Container {
  readonly #place: Place;
  readonly #path: AnchorPath;
  readonly #asker: Asker;

  constructor(place: Place, path: AnchorPath, asker: Asker) {
    this.#place = place;
    this.#path = path;
    this.#asker = asker;
  }

  /** Docker's inspect document of it, now. @throws CircuitError ENOENT */
  async peek(): Promise<ContainerPeek> {
    return (await this.#place.peek(this.#path)) as ContainerPeek;
  }

  /** Waits until it has ended. @throws CircuitError EIDRM if it is scrubbed meanwhile, EHOSTDOWN, the signal's reason */
  async wait(options?: WaitOptions): Promise<ContainerPeek> {
    const reader = await this.#place.openReader(this.#path, 'wait', this.#asker);
    try {
      return JSON.parse((await readAll(reader, PEEK_MAX_BYTES, options)).toString()) as ContainerPeek;
    } finally {
      reader.close();
    }
  }

  /** To its first process. @param name as of kill(1), 'TERM' or 'SIGTERM', or a number. @throws CircuitError EINVAL */
  async signal(name: string | number): Promise<void> {
    await this.#place.perform(this.#path, 'signal', [String(name)], this.#asker);
  }

  /** Lets unread output go from now on. */
  async drain(): Promise<void> {
    await this.#place.perform(this.#path, 'drain', [], this.#asker);
  }

  /** Its input. Ending the stream ends the input, unless `more` may come from other writers. */
  async stdin({ more = false }: { more?: boolean } = {}): Promise<Writable> {
    return writableOf(await this.#place.openWriter(this.#path, 'stdin', { truncate: !more, append: more }, this.#asker));
  }

  /** Its output, from the oldest byte held, until it has ended. */
  async stdout(): Promise<Readable> {
    return readableOf(await this.#place.openReader(this.#path, 'stdout', this.#asker));
  }

  /** As `stdout`. */
  async stderr(): Promise<Readable> {
    return readableOf(await this.#place.openReader(this.#path, 'stderr', this.#asker));
  }

  /** Abandons the element and removes the container, whether it runs or not. */
  async scrub(): Promise<void> {
    await this.#place.scrub(this.#path, { recursive: false }, this.#asker);
  }
}
