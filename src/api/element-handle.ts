/**
 * What the handles of all elements have in common: an anchor's path on one server, and in whose name it is asked.
 *
 * A handle owns nothing: it asks anew each time, and what it is a handle of lives on when the handle is forgotten. What a method opens, its caller
 * closes.
 */
import type { Readable, Writable } from 'node:stream';
import {
  type Awaitable,
  type Credentials,
  type ByteReader,
  type ByteWriter,
  type ReaderMode,
  TRUNCATE,
  type WaitOptions,
  type WriterMode,
} from '../base/bytes.js';
import type { ElementKind } from '../base/kind.js';
import type { ControlFile } from '../base/name.js';
import type { AnchorPath, ServerTree } from '../tree/server-tree.js';
import { call } from './call.js';
import { readAll, readableOf, writableOf, writeWhole } from './streams.js';

/** A message that is written at once. */
const WHOLE: WriterMode = { ...TRUNCATE, lazy: true };
/** A message that is read at once. */
const LAZY: ReaderMode = { unacked: false, lazy: true };

/** A handle of an element; `Peek` is what `peek` gives. */
export abstract class ElementHandle<Peek> {
  /** As `circuit ls -l` prints it. */
  abstract readonly kind: ElementKind;
  /** The server that hosts it. */
  protected readonly tree: ServerTree;
  readonly #names: AnchorPath;
  readonly #credentials: Credentials;

  /** @internal handles come from an anchor */
  constructor(tree: ServerTree, names: AnchorPath, credentials: Credentials) {
    this.tree = tree;
    this.#names = names;
    this.#credentials = credentials;
  }

  /** The path of its anchor, as in `/X317c2314a386a9db/hello`. */
  get path(): string {
    return `/${[this.tree.id, ...this.#names].join('/')}`;
  }

  /** ID of the server that hosts it. */
  get serverId(): string {
    return this.tree.id;
  }

  /** Its state now, as the file `peek` shows it. @throws CircuitError ENOENT, EHOSTDOWN, the signal's reason */
  async peek(options?: WaitOptions): Promise<Peek> {
    return this.call('peek', options, async () => (await this.tree.peek(this.#names, options)) as Peek);
  }

  /** Abandons the element; calls that wait on it fail with EIDRM. @throws CircuitError ENOENT, EHOSTDOWN, the signal's reason */
  async scrub(options?: WaitOptions): Promise<void> {
    await this.call('scrub', options, () => this.tree.scrub(this.#names, { recursive: false }, this.#credentials, options));
  }

  /** One call, whose failure tells of this element. */
  protected call<T>(operation: string, options: WaitOptions | undefined, ask: () => Awaitable<T>): Promise<T> {
    return call(operation, { tree: this.tree, names: this.#names }, options, ask);
  }

  /** A command of the element. @throws CircuitError what the command fails with, EHOSTDOWN, the signal's reason */
  protected async perform(verb: string, args: readonly string[], options?: WaitOptions): Promise<void> {
    await this.call(verb, options, () => this.tree.perform(this.#names, verb, args, this.#credentials, options));
  }

  /** Opens one of its files to be read. The signal is for the opening alone. @throws CircuitError ENOENT, EHOSTDOWN, the signal's reason */
  protected async openReader(file: ControlFile, options?: WaitOptions, mode?: ReaderMode): Promise<ByteReader> {
    return this.call(file, options, () => this.tree.openReader(this.#names, file, this.#credentials, mode, options));
  }

  /** Opens one of its files to be written. The signal is for the opening alone. @throws CircuitError ENOENT, EAGAIN, EHOSTDOWN, the signal's reason */
  protected async openWriter(file: ControlFile, mode: WriterMode, options?: WaitOptions): Promise<ByteWriter> {
    return this.call(file, options, () => this.tree.openWriter(this.#names, file, mode, this.#credentials, options));
  }

  /** One of its files from here to the end, as a stream that the signal destroys. */
  protected async readable(file: ControlFile, options?: WaitOptions): Promise<Readable> {
    return readableOf(await this.openReader(file, options), options);
  }

  /** A stream into one of its files, which the signal destroys. */
  protected async writable(file: ControlFile, mode: WriterMode, options?: WaitOptions): Promise<Writable> {
    return writableOf(await this.openWriter(file, mode, options), options);
  }

  /** All that one of its files gives up to its end. @throws CircuitError EMSGSIZE if that is more than `max_bytes`, and what reading fails with */
  protected async readWhole(file: ControlFile, max_bytes: number, options?: WaitOptions): Promise<Buffer> {
    const reader = await this.openReader(file, options, LAZY);
    try {
      return await this.call(file, options, () => readAll(reader, max_bytes, options));
    } finally {
      reader.close();
    }
  }

  /** One message into one of its files; resolves when all of it has been taken. @throws CircuitError what writing fails with, the signal's reason */
  protected async writeWhole(file: ControlFile, message: Uint8Array | string, options?: WaitOptions): Promise<void> {
    const writer = await this.openWriter(file, WHOLE, options);
    try {
      await this.call(file, options, () => writeWhole(writer, typeof message === 'string' ? Buffer.from(message) : message, options));
    } catch (error) {
      // Who was interrupted wants it undone; what has failed has been begun and cannot be.
      if (options?.signal?.aborted === true && writer.withdraw !== undefined) writer.withdraw();
      else writer.abort();
      throw error;
    }
  }
}
