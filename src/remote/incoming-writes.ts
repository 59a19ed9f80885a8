/**
 * The writes of a peer to one file here. Bytes that nobody takes soon are not kept: the write is answered with how many were taken, none perhaps,
 * and the peer sends the rest when there is room. So blocked writers cost this server no memory, and no writer stands in another's way.
 *
 * What was not taken whole is followed by nothing until the peer resumes: later bytes that are under way are answered 0, so that order holds.
 */
import { Cancellation } from '../base/cancellation.js';
import { after } from '../base/after.js';
import { type Awaitable, type ByteWriter, PlaceKept, type TransferOptions, type WaitOptions } from '../base/bytes.js';
import { type Clock, SYSTEM_CLOCK } from '../base/clock.js';
import { CircuitError } from '../base/error.js';
import type { IncomingCall } from '../wire/session/session-handler.js';
import { TRANSFER } from './calls.js';
import { KeptRoom } from './kept-room.js';

/** How long bytes wait here to be taken, in ms. */
const SHED_MS = 100;
/** Less than this always waits: a message of this size costs no more than the call that brings it. */
const SMALL_BYTES = 1024;
/** How long the last bytes of a message are kept from its receiver until the peer, which sends neither more nor the end, is asked whether it lives, in ms. */
const CORK_MS = 100;

/** Why a write waits no longer; nobody but us sees it. */
const SHED = new PlaceKept('nobody takes these bytes now');
/** The same while the connection is down: then no place is kept, either. */
const DOWN = new CircuitError('EINTR', 'the connection is down');

/** How many bytes were taken; and for how many packets room is kept behind them, if for any. */
export type Taken = number | readonly [bytes: number, credit: number];

export class IncomingWrites {
  readonly writer: ByteWriter;
  readonly #room: KeptRoom;
  readonly #isAlive: () => Promise<unknown>;
  readonly #clock: Clock;
  /** Writes that wait to be taken. */
  readonly #waiting = new Set<Cancellation>();
  /** A write was not taken whole. */
  #short = false;
  #began = false;
  /** Calls off the end of the cork, also while the peer is asked. */
  #cork: (() => void) | undefined;
  /** The last bytes are kept from the receiver until more follow, or the end. */
  #withheld = false;
  #paused = false;

  /** @param isAlive asks the peer, resolves with its answer, and rejects when it has gone */
  constructor(writer: ByteWriter, isAlive: () => Promise<unknown>, clock: Clock = SYSTEM_CLOCK) {
    this.writer = writer;
    this.#isAlive = isAlive;
    this.#clock = clock;
    this.#room = new KeptRoom(writer, clock);
  }

  /** Resolves with how many bytes were taken. @throws CircuitError as `ByteWriter.write` */
  write(flags: number, bytes: Uint8Array, call: IncomingCall): Awaitable<Taken> {
    const taken = this.#take(flags, bytes, call);
    if ((flags & TRANSFER.PACKET) === 0) return taken;
    const isAtOnce = !(taken instanceof Promise);
    return after(taken, (count) => {
      const credit = this.#room.behind(isAtOnce && count === bytes.length && !this.#paused && !call.crowded);
      return credit === 0 ? count : ([count, credit] as const);
    });
  }

  /** The peer does not use its credit. */
  forgo(): void {
    this.#room.giveBack();
  }

  #take(flags: number, bytes: Uint8Array, call: IncomingCall): Awaitable<number> {
    const nonblock = (flags & TRANSFER.NONBLOCK) !== 0;
    const packet = (flags & TRANSFER.PACKET) !== 0;
    if ((flags & TRANSFER.RESERVE) !== 0) return this.writer.write(bytes, { reserve: true });
    this.#short = (flags & TRANSFER.RESUME) === 0 && (this.#short || this.#isShedding);
    if (this.#short) return 0;
    this.#room.use();
    const ends = (flags & TRANSFER.END) !== 0;
    if (bytes.length === 0 && !ends) return 0;
    const options = { nonblock, packet, more: !ends && !packet && this.writer.push !== undefined };
    this.#began = true;
    if (nonblock) return this.writer.write(bytes, options);
    const endsThere = ends && this.writer.end !== undefined;
    const limit_ms = bytes.length < SMALL_BYTES ? undefined : call.crowded ? 0 : SHED_MS;
    const taken = this.#orShed(bytes, { ...options, ends: endsThere }, call, limit_ms);
    return after(taken, (count) => this.#done(count, bytes, options.more, ends && !endsThere));
  }

  /** Resolves when there is room for what was not taken. */
  async room(options: WaitOptions): Promise<void> {
    this.#room.use();
    await (this.writer.whenRoom?.(options) ?? this.writer.whenReady(options));
    this.#room.grant();
  }

  close(): void {
    this.#finish();
    this.writer.close();
  }

  abort(): void {
    this.#finish();
    this.writer.abort();
  }

  /** Whether everything could be taken back. */
  withdraw(): boolean {
    this.#finish();
    if (this.writer.withdraw !== undefined) return this.writer.withdraw();
    this.writer.close();
    return !this.#began;
  }

  /** The connection is down: nobody waits here any longer, and what is withheld stays so until it is known whether the peer is alive. */
  pause(): void {
    this.#paused = true;
    this.#room.giveBack();
    this.#cork?.();
    this.#shed(DOWN);
  }

  resume(): void {
    this.#paused = false;
    if (this.#withheld) this.#pushLater();
  }

  #finish(): void {
    this.#cork?.();
    this.#room.end();
  }

  /** A write has been told to wait no longer, and what it has taken is not counted yet: what follows it would overtake the rest. */
  get #isShedding(): boolean {
    for (const { aborted } of this.#waiting) if (aborted) return true;
    return false;
  }

  #shed(why: Error): void {
    for (const waiting of this.#waiting) waiting.abort(why);
  }

  #write(bytes: Uint8Array, options: TransferOptions): Awaitable<number> {
    return bytes.length === 0 ? 0 : this.writer.write(bytes, options);
  }

  /** What was taken until the time was over, or the peer has cancelled. */
  #orShed(
    bytes: Uint8Array,
    { packet, more, ends }: { readonly packet: boolean; readonly more: boolean; readonly ends: boolean },
    call: IncomingCall,
    limit_ms: number | undefined,
  ): Awaitable<number> {
    let waiting: Cancellation | undefined;
    const begin = (): Cancellation => {
      waiting ??= new Cancellation();
      this.#waiting.add(waiting);
      return waiting;
    };
    const options: TransferOptions = {
      packet,
      more,
      whole: true,
      get signal() {
        return begin();
      },
    };
    const taken = (ends ? this.writer.end?.(bytes, options) : undefined) ?? this.#write(bytes, options);
    if (!(taken instanceof Promise)) return taken;
    const controller = begin();
    const cancel = (): void => controller.abort(call.signal.reason);
    if (call.signal.aborted) cancel();
    else call.signal.addEventListener('abort', cancel, { once: true });
    if (limit_ms === 0) this.#shed(SHED);
    const callOff = limit_ms === undefined ? undefined : this.#clock.after(limit_ms, () => this.#shed(SHED));
    const finish = (): void => {
      callOff?.();
      this.#waiting.delete(controller);
      call.signal.removeEventListener('abort', cancel);
    };
    return taken.then(
      (count) => {
        finish();
        return count;
      },
      (error: unknown) => {
        finish();
        if (error !== SHED && error !== DOWN) throw error;
        if (error === SHED) this.#room.grant();
        if (this.#paused) this.#room.giveBack();
        return 0;
      },
    );
  }

  #done(count: number, bytes: Uint8Array, more: boolean, ends: boolean): number {
    if (count < bytes.length) this.#short = true;
    else if (ends) this.close();
    // Its writer is about to close it, or to go on. If it lives and does neither, its receiver gets what there is.
    this.#withheld = more && count > 0;
    if (this.#withheld) this.#pushLater();
    return count;
  }

  /** A server that was killed answers nothing: not even the kernel of a busy host, which closes its connections late, can make its message look whole. */
  #pushLater(): void {
    this.#cork?.();
    if (this.#paused) return;
    let isOff = false;
    const push = (): void => {
      if (isOff) return;
      this.#withheld = false;
      this.writer.push?.();
    };
    const callOff = this.#clock.after(CORK_MS, () => void this.#isAlive().then(push, () => undefined));
    this.#cork = () => {
      isOff = true;
      callOff();
    };
  }
}
