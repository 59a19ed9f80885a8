/**
 * One open of an `Input`: it says whether the input ends with it, and keeps its place among the other writers.
 */
import type { Awaitable, ByteWriter, Pollable, TransferOptions, WaitOptions, WriterMode } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';

/** What the writers of one input share. */
export interface SharedInput extends Pollable {
  /** Writes all of the bytes, waiting as long as it takes, in the place that the writer has kept, if any; fewer if the wait is interrupted after some were accepted. */
  write(bytes: Uint8Array, options: TransferOptions | undefined, writer: InputWriter): Awaitable<number>;
  /** Resolves when the writer may go on in the place that it has kept, or when there is room. */
  whenRoom(writer: InputWriter, options: WaitOptions | undefined): Promise<void>;
  /** Others need not wait for this writer any longer. */
  leavePlace(writer: InputWriter): void;
  /** A writer has closed. @param requestsEof whether the input ends with the last writer */
  closed(requestsEof: boolean): void;
}

export class InputWriter implements ByteWriter {
  readonly #input: SharedInput;
  readonly #mode: WriterMode;
  #wrote = false;
  #closed = false;

  constructor(input: SharedInput, mode: WriterMode) {
    this.#input = input;
    this.#mode = mode;
  }

  write(chunk: Uint8Array, options?: TransferOptions): Awaitable<number> {
    if (this.#closed) throw new CircuitError('EBADF');
    const count = this.#input.write(chunk, options, this);
    this.#wrote = true;
    return count;
  }

  ready(): boolean {
    return this.#input.ready();
  }

  whenReady(options?: WaitOptions): Promise<void> {
    return this.#input.whenReady(options);
  }

  whenRoom(options?: WaitOptions): Promise<void> {
    return this.#input.whenRoom(this, options);
  }

  /** `>` requests EOF, even without a write; a plain open only if it wrote, so that `touch` has no effect; `>>` never does. */
  close(): void {
    this.#close(this.#mode.truncate || (this.#wrote && !this.#mode.append));
  }

  abort(): void {
    this.#close(false);
  }

  #close(requestsEof: boolean): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#input.leavePlace(this);
    this.#input.closed(requestsEof);
  }
}
