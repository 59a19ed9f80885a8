/**
 * A writer to a file on another server: each write is one call, which is answered when the bytes have been taken there.
 */
import type { Awaitable, ByteWriter, TransferOptions, WaitOptions, WriterMode } from '../../base/bytes.js';
import { CircuitError } from '../../base/error.js';
import { WIRE_BYTES_MAX } from '../../base/limits.js';
import { ask, type Caller, tell, TRANSFER } from '../../wire/operations.js';
import type { Opening } from './reader.js';

/**
 *
 */
export class DistantWriter implements ByteWriter {
  readonly #caller: Caller;
  readonly #handle: number;
  /** The other side has said that a write would be answered at once. */
  #known = false;
  readonly #letGo: () => void;
  #closed = false;

  /** @throws CircuitError what opening it there fails with */
  static async open(caller: Caller, { handle, target, path, file, asker }: Opening, mode: WriterMode): Promise<ByteWriter> {
    await ask(caller, 'writer', [handle, target, [...path], file, mode.truncate, mode.append, asker]);
    return new DistantWriter(caller, handle);
  }

  private constructor(caller: Caller, handle: number) {
    this.#caller = caller;
    this.#handle = handle;
    this.#letGo = caller.hold();
  }

  write(chunk: Uint8Array, options?: TransferOptions): Awaitable<number> {
    if (this.#closed) throw new CircuitError('EBADF');
    this.#known = false;
    const packet = options?.packet === true;
    // What does not fit is for the next write; but a packet is whole, and the other side says that it is too long.
    const bytes = chunk.subarray(0, WIRE_BYTES_MAX);
    const flags = (options?.nonblock === true ? TRANSFER.NONBLOCK : 0) | (packet ? TRANSFER.PACKET : 0);
    return ask(this.#caller, 'write', [this.#handle, flags, bytes], options?.signal).then((count) => {
      if (count <= bytes.length) return count;
      throw new CircuitError('EIO', 'the other server took more than it was given');
    });
  }

  ready(): boolean {
    return this.#closed || this.#known;
  }

  async whenReady(options?: WaitOptions): Promise<void> {
    if (this.ready()) return;
    await ask(this.#caller, 'ready', [this.#handle], options?.signal);
    this.#known = true;
  }

  close(): void {
    this.#end('close');
  }

  abort(): void {
    this.#end('abort');
  }

  #end(how: 'close' | 'abort'): void {
    if (this.#closed) return;
    this.#closed = true;
    tell(this.#caller, how, [this.#handle]);
    this.#letGo();
  }
}
