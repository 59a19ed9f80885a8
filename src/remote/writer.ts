/**
 * A writer to a file on another server: each write is one call, which is answered when the bytes have been taken there.
 *
 * The first write of a stream waits for its answer, since it may have to wait for room or a receiver, and can then be undone. Later ones are taken
 * ahead, as a pipe takes them, up to a bound: so they are under way while the next one is being made. What fails then fails the next write.
 * Packets are taken ahead as far as the other server keeps room for them.
 *
 * An interrupted write has one fate, and who repeats it gets it. Its bytes are kept: the same bytes again get the fate of the first write; other
 * bytes fail with EIO if the first were taken; a close withdraws them unless they have been received.
 */
import { after } from '../base/after.js';
import { type Awaitable, type ByteWriter, type TransferOptions, type WaitOptions, type WriterMode, NO_BYTES } from '../base/bytes.js';
import { type Clock, SYSTEM_CLOCK } from '../base/clock.js';
import { CircuitError } from '../base/error.js';
import { PACKET_MAX_BYTES, WIRE_BYTES_MAX } from '../base/limits.js';
import type { Caller } from '../wire/session/session-handler.js';
import { LEAST_BYTES, type WritersMemory } from './ahead-budgets.js';
import { ask, OPEN, tell, TRANSFER } from './calls.js';
import { OutgoingWrites } from './outgoing-writes.js';
import { PacketCredit } from './packet-credit.js';
import { type OpenRequest, sendOpen, whenOpened } from './open-request.js';
import { UnsettledWrite } from './unsettled-write.js';
import { WriteBehind } from './write-behind.js';

/** One open of a file that is written to. */
export class RemoteWriter implements ByteWriter {
  readonly #caller: Caller;
  readonly #handle: number;
  readonly #letGo: () => void;
  readonly #out: OutgoingWrites;
  readonly #behind: WriteBehind;
  readonly #budget: WritersMemory;
  readonly #credit: PacketCredit;
  /** The stream has begun: its first bytes were taken. */
  #begun = false;
  /** Something was to be written: a close is not an empty message. */
  #attempted = false;
  #unsettled: UnsettledWrite | undefined;
  /** It was last written to in packet mode. */
  #packets = false;
  /** The other side has said that a write would be answered at once. */
  #known = false;
  /** Its end went with its last bytes, and was taken. */
  #ended = false;
  /** How it was let go, once it was. */
  #end: 'close' | 'abort' | 'withdraw' | undefined;

  constructor(caller: Caller, request: OpenRequest, budget: WritersMemory, mode: WriterMode, clock: Clock = SYSTEM_CLOCK) {
    this.#caller = caller;
    this.#handle = request.handle;
    const letGo = caller.hold();
    this.#letGo = () => {
      budget.writtenFor.delete(request.handle);
      letGo();
    };
    if (mode.isAlive !== undefined) budget.writtenFor.set(request.handle, mode.isAlive);
    this.#budget = budget;
    this.#credit = new PacketCredit(() => this.#forgo(), clock);
    this.#out = new OutgoingWrites(caller, this.#handle, this.#credit);
    this.#behind = new WriteBehind(this.#out, budget);
    const flags = (mode.truncate ? OPEN.TRUNCATE : 0) | (mode.append ? OPEN.APPEND : 0) | (mode.lazy === true ? OPEN.LAZY : 0);
    sendOpen(caller, request, OPEN.WRITE | flags);
  }

  /** Resolves when the other side has opened the file. @throws CircuitError what it fails with */
  opened(options?: WaitOptions): Promise<this> {
    return whenOpened(this, () => this.abort(), this.#caller, this.#handle, options);
  }

  write(chunk: Uint8Array, options?: TransferOptions): Awaitable<number> {
    this.#expectOpen();
    this.#known = false;
    if (options?.reserve === true) return this.#out.send(NO_BYTES, TRANSFER.RESERVE, options);
    if (chunk.length === 0) return 0;
    this.#attempted = true;
    if (this.#unsettled !== undefined) return this.#repeat(this.#unsettled, chunk, options);
    const packet = options?.packet === true;
    this.#packets = packet;
    if (packet && this.#credit.left > 0) return this.#sendAhead(chunk, options);
    if (packet && this.#behind.failure !== undefined) throw this.#behind.failure;
    // It would overtake those before it if they have to be sent again.
    if (options?.nonblock === true && !this.#behind.empty) throw new CircuitError('EAGAIN', 'earlier writes are still under way');
    if (packet && !this.#behind.empty) return this.#writeLater(chunk, options);
    if (packet || options?.nonblock === true || !this.#begun)
      return this.#writeNow(packet ? chunk.subarray(0, WIRE_BYTES_MAX) : this.#partOf(chunk, options), options);
    return this.#behind.write(this.#partOf(chunk, options), options);
  }

  /** Bytes and the end in one frame, where nothing before them is under way. */
  end(chunk: Uint8Array, options?: WaitOptions): Awaitable<number> {
    this.#expectOpen();
    if (this.#unsettled === undefined && this.#behind.empty && chunk.length <= WIRE_BYTES_MAX) return this.#endNow(chunk, options);
    return this.writeAndClose(chunk, options);
  }

  /** Closes it if all was taken. */
  protected writeAndClose(chunk: Uint8Array, options?: WaitOptions): Awaitable<number> {
    return after(this.write(chunk, options), (count) => {
      if (count === chunk.length) this.close();
      return count;
    });
  }

  ready(): boolean {
    return this.#end !== undefined || this.#behind.failure !== undefined || this.#credit.left > 0 || this.#known;
  }

  async probe(options?: WaitOptions): Promise<void> {
    if (!this.ready()) this.#known = await ask(this.#caller, 'probe', [this.#handle], { signal: options?.signal });
  }

  async whenReady(options?: WaitOptions): Promise<void> {
    if (this.ready()) return;
    await ask(this.#caller, 'ready', [this.#handle], { signal: options?.signal });
    this.#known = true;
  }

  /** A message that has not begun waits in the other server's line. */
  async whenRoom(options?: WaitOptions): Promise<void> {
    if (this.#begun && this.#unsettled === undefined) await this.#behind.whenRoom(options);
    else if (this.#begun || !this.#behind.empty || this.ready()) await this.whenReady(options);
    else await this.#out.room(options);
  }

  /** What is under way is part of it: the end is told behind it. */
  close(): void {
    if (this.#end !== undefined) return;
    if (this.#unsettled !== undefined || (this.#attempted && !this.#begun && !this.#ended)) {
      this.#finish('withdraw');
      return;
    }
    this.#end = 'close';
    this.#credit.end();
    if (this.#ended) {
      tell(this.#caller, 'close', [this.#handle], { lazy: true });
      this.#letGo();
      return;
    }
    this.#behind.whenEmpty(() => {
      if (this.#end === 'close') this.#tellEnd('close');
    });
  }

  /** Writes that have returned are not taken yet. */
  protected get isUnderWay(): boolean {
    return !this.#behind.empty;
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

  /** As much as one write takes, which is copied: little when all writers together hold much. */
  #partOf(chunk: Uint8Array, options: TransferOptions | undefined): Uint8Array {
    return chunk.subarray(0, this.#budget.exhausted && options?.whole !== true ? LEAST_BYTES : WIRE_BYTES_MAX);
  }

  /** A packet for which room is kept. */
  #sendAhead(packet: Uint8Array, options: TransferOptions | undefined): Awaitable<number> {
    const { length } = packet;
    if (length > PACKET_MAX_BYTES) throw new CircuitError('EMSGSIZE', `a packet of ${length} bytes: expected at most ${PACKET_MAX_BYTES}`);
    return this.#behind.packet(packet, options);
  }

  /** A packet for which no room is kept goes when that is so again, or those before it have been taken. */
  async #writeLater(chunk: Uint8Array, options: TransferOptions | undefined): Promise<number> {
    const kept = Buffer.from(chunk); // borrowed until the first wait
    while (this.#credit.left === 0 && !this.#behind.empty && this.#end === undefined) await this.#credit.whenAnswered(options);
    return this.write(kept, options);
  }

  /** Others may have the room that is kept for packets of this writer. */
  #forgo(): boolean {
    if (!this.#behind.empty) return false;
    tell(this.#caller, 'forgo', [this.#handle]);
    return true;
  }

  async #writeNow(bytes: Uint8Array, options: TransferOptions | undefined): Promise<number> {
    const flags = (options?.nonblock === true ? TRANSFER.NONBLOCK : 0) | (options?.packet === true ? TRANSFER.PACKET : 0);
    const write = new UnsettledWrite(bytes, this.#budget.buffers, (kept, signal, unsettled) =>
      options?.nonblock === true
        ? this.#out.send(kept, flags, { signal, unsettled })
        : this.#out.transfer(kept, flags, { signal, unsettled }),
    );
    return this.#outcome(write, options);
  }

  async #endNow(bytes: Uint8Array, options: WaitOptions | undefined): Promise<number> {
    this.#attempted = true;
    this.#packets = false;
    const write = new UnsettledWrite(bytes, this.#budget.buffers, (kept, signal, unsettled) =>
      this.#out.transfer(kept, TRANSFER.END, { signal, unsettled }),
    );
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
    this.#budget.add(write.size_bytes);
    try {
      const count = await write.orInterrupted(fate, options?.signal);
      this.#begun ||= count > 0;
      return count;
    } catch (error) {
      if (!write.told) this.#unsettled = write;
      throw error;
    } finally {
      this.#budget.add(-write.size_bytes);
      if (write.told) write.release();
    }
  }

  #finish(how: 'abort' | 'withdraw'): void {
    this.#end = how;
    this.#credit.end();
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
