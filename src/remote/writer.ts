/**
 * A writer to a file on another server: each write is one call, which is answered when the bytes have been taken there.
 *
 * The first write of a stream waits for its answer, since it may have to wait for room or a receiver, and can then be undone. Later ones are taken
 * ahead, as a pipe takes them, up to a bound: so they are under way while the next one is being made. What fails then fails the next write.
 *
 * An interrupted write has one fate, and who repeats it gets it. Its bytes are kept: the same bytes again get the fate of the first write; other
 * bytes fail with EIO if the first were taken; a close withdraws them unless they have been received.
 */
import { after } from '../base/after.js';
import type { Awaitable, ByteWriter, TransferOptions, WaitOptions, WriterMode } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import { WIRE_BYTES_MAX } from '../base/limits.js';
import type { Caller } from '../wire/session/session-handler.js';
import { ask, OPEN, tell, TRANSFER } from './calls.js';
import { NO_BYTES } from '../stream/chunks.js';
import { type OpenRequest, sendOpen } from './open-request.js';
import { UnsettledWrite } from './unsettled-write.js';
import { WriteBehind } from './write-behind.js';

/** One open of a file that is written to. */
export class RemoteWriter implements ByteWriter {
  readonly #caller: Caller;
  readonly #handle: number;
  readonly #letGo: () => void;
  readonly #behind: WriteBehind;
  /** The stream has begun: its first bytes were taken. */
  #begun = false;
  /** Something was to be written: a close is not an empty message. */
  #attempted = false;
  #unsettled: UnsettledWrite | undefined;
  /** It was last written to in packet mode. */
  #packets = false;
  /** The last write was not taken whole. */
  #short = false;
  /** The other side has said that a write would be answered at once. */
  #known = false;
  /** Its end went with its last bytes, and was taken. */
  #ended = false;
  /** How it was let go, once it was. */
  #end: 'close' | 'abort' | 'withdraw' | undefined;

  constructor(caller: Caller, request: OpenRequest, mode: WriterMode) {
    this.#caller = caller;
    this.#handle = request.handle;
    this.#letGo = caller.hold();
    this.#behind = new WriteBehind({ send: (bytes) => this.#send(bytes, 0), room: () => this.#room() });
    const flags = (mode.truncate ? OPEN.TRUNCATE : 0) | (mode.append ? OPEN.APPEND : 0) | (mode.lazy === true ? OPEN.LAZY : 0);
    sendOpen(caller, request, OPEN.WRITE | flags);
  }

  /** Resolves when the other side has opened the file. @throws CircuitError what it fails with */
  async opened(options?: WaitOptions): Promise<this> {
    try {
      await ask(this.#caller, 'opened', [this.#handle], { signal: options?.signal });
      return this;
    } catch (error) {
      this.abort();
      throw error;
    }
  }

  write(chunk: Uint8Array, options?: TransferOptions): Awaitable<number> {
    this.#expectOpen();
    this.#known = false;
    if (options?.reserve === true) return this.#send(NO_BYTES, TRANSFER.RESERVE, options);
    if (chunk.length === 0) return 0;
    this.#attempted = true;
    if (this.#unsettled !== undefined) return this.#repeat(this.#unsettled, chunk, options);
    const packet = options?.packet === true;
    this.#packets = packet;
    // It would overtake those before it if they have to be sent again.
    if (options?.nonblock === true && !this.#behind.empty) throw new CircuitError('EAGAIN', 'earlier writes are still under way');
    if (packet || options?.nonblock === true || !this.#begun) return this.#writeNow(chunk.subarray(0, WIRE_BYTES_MAX), options);
    return this.#behind.write(chunk.subarray(0, WIRE_BYTES_MAX), options);
  }

  /** Bytes and the end in one frame, where nothing before them is under way. */
  end(chunk: Uint8Array, options?: WaitOptions): Awaitable<number> {
    this.#expectOpen();
    if (this.#unsettled === undefined && this.#behind.empty && chunk.length <= WIRE_BYTES_MAX) return this.#endNow(chunk, options);
    const ended = (count: number): number => {
      if (count === chunk.length) this.close();
      return count;
    };
    return after(this.write(chunk, options), ended);
  }

  ready(): boolean {
    return this.#end !== undefined || this.#behind.failure !== undefined || this.#known;
  }

  async probe(options?: WaitOptions): Promise<void> {
    if (!this.ready()) this.#known = await ask(this.#caller, 'probe', [this.#handle], { signal: options?.signal });
  }

  async whenReady(options?: WaitOptions): Promise<void> {
    if (this.ready()) return;
    await ask(this.#caller, 'ready', [this.#handle], { signal: options?.signal });
    this.#known = true;
  }

  /** What is under way is part of it: the end is told behind it. */
  close(): void {
    if (this.#end !== undefined) return;
    if (this.#unsettled !== undefined || (this.#attempted && !this.#begun)) {
      this.#finish('withdraw');
      return;
    }
    this.#end = 'close';
    if (this.#ended) {
      tell(this.#caller, 'close', [this.#handle], { lazy: true });
      this.#letGo();
      return;
    }
    this.#behind.whenEmpty(() => {
      if (this.#end === 'close') this.#tellEnd('close');
    });
  }

  finished(options?: WaitOptions): Promise<void> {
    return this.#behind.finished(options);
  }

  /** Whether it was received before is reported there, at the anchor. */
  withdraw(): boolean {
    if (this.#end === undefined) this.#finish('withdraw');
    return true;
  }

  /** Giving up is told at once, and is possible until the end has been told. */
  abort(): void {
    const isUnderWay = this.#end === 'close' && !this.#behind.empty;
    if (this.#end === undefined || isUnderWay) this.#finish(this.#unsettled === undefined ? 'abort' : 'withdraw');
  }

  async #writeNow(bytes: Uint8Array, options: TransferOptions | undefined): Promise<number> {
    const flags = (options?.nonblock === true ? TRANSFER.NONBLOCK : 0) | (options?.packet === true ? TRANSFER.PACKET : 0);
    const write = new UnsettledWrite(bytes, (kept, signal, unsettled) =>
      options?.nonblock === true ? this.#send(kept, flags, { signal }, unsettled) : this.#transfer(kept, flags, { signal }, unsettled),
    );
    return this.#outcome(write, options);
  }

  async #endNow(bytes: Uint8Array, options: WaitOptions | undefined): Promise<number> {
    this.#attempted = true;
    this.#packets = false;
    const write = new UnsettledWrite(bytes, (kept, signal, unsettled) => this.#transfer(kept, TRANSFER.END, { signal }, unsettled));
    const count = await this.#outcome(write, options);
    this.#ended = count === bytes.length;
    return count;
  }

  #expectOpen(): void {
    if (this.#end !== undefined || this.#ended) throw new CircuitError('EBADF');
  }

  /** The caller of an interrupted write is there again. */
  async #repeat(write: UnsettledWrite, chunk: Uint8Array, options: TransferOptions | undefined): Promise<number> {
    const kept = Buffer.from(chunk); // borrowed until the first wait
    if (write.isOf(kept)) {
      this.#unsettled = undefined;
      const count = await this.#outcome(write, options, write.resume());
      return count === 0 ? this.write(kept, options) : count;
    }
    this.#unsettled = undefined;
    const count = await this.#outcome(write, options, write.resume());
    if (count > 0) {
      throw new CircuitError(
        'EIO',
        'an interrupted write was delivered after all, and these are other bytes: close the file and look before you write again',
      );
    }
    return this.write(kept, options);
  }

  /** How many bytes were taken, 0 for a repeated write that was not; unsettled if that cannot be told the caller in time. */
  async #outcome(write: UnsettledWrite, options: WaitOptions | undefined, fate = write.begin()): Promise<number> {
    try {
      const count = await write.orInterrupted(fate, options?.signal);
      this.#begun ||= count > 0;
      return count;
    } catch (error) {
      if (!write.told) this.#unsettled = write;
      throw error;
    }
  }

  /** Until all bytes have been taken; fewer if the wait is ended when some have. */
  async #transfer(bytes: Uint8Array, flags: number, options?: WaitOptions, unsettled?: () => void): Promise<number> {
    let taken = 0;
    try {
      for (;;) {
        taken += await this.#send(bytes.subarray(taken), flags, options, unsettled);
        if (taken === bytes.length) break;
        // The other server keeps no bytes that nobody takes: they stay here until somebody does.
        await this.#room(options);
      }
    } catch (error) {
      if (taken === 0) throw error;
    }
    return taken;
  }

  async #send(bytes: Uint8Array, flags: number, options?: WaitOptions, unsettled?: () => void): Promise<number> {
    const resume = this.#short ? TRANSFER.RESUME : 0;
    this.#short = false;
    let count;
    try {
      count = await this.#caller.transfer(this.#handle, flags | resume, bytes, { signal: options?.signal, unsettled });
    } catch (error) {
      this.#short ||= resume !== 0; // the other side may not have seen it
      throw error;
    }
    const isReserve = (flags & TRANSFER.RESERVE) !== 0;
    if (typeof count !== 'number' || !Number.isInteger(count) || count < 0 || (!isReserve && count > bytes.length)) {
      throw new CircuitError('EIO', 'the other server gave an invalid answer to a write');
    }
    if (count < bytes.length && (flags & TRANSFER.NONBLOCK) === 0) this.#short = true;
    return count;
  }

  async #room(options?: WaitOptions): Promise<void> {
    await ask(this.#caller, 'room', [this.#handle], { signal: options?.signal });
  }

  #finish(how: 'abort' | 'withdraw'): void {
    this.#end = how;
    const packet = this.#packets ? this.#unsettled : undefined;
    if (packet === undefined) this.#tellEnd(how);
    else this.#takeBack(packet);
  }

  /** Packets before this one are messages of their own: only if it was taken there is something to take back. */
  #takeBack(packet: UnsettledWrite): void {
    packet.resume().then(
      (count) => this.#tellEnd(count > 0 ? 'withdraw' : this.#begun ? 'close' : 'abort'),
      () => this.#tellEnd('abort'),
    );
  }

  #tellEnd(how: 'close' | 'abort' | 'withdraw'): void {
    tell(this.#caller, how, [this.#handle]);
    this.#letGo();
  }
}
