/**
 * A claim to a lock on another server: the first read waits for the lock, those after it for its loss.
 *
 * Once it is held this side watches the other: if nothing is heard of it for HOLDER_SILENCE_MS the lock is lost, which is long before the other server
 * gives it to somebody else (HOLDER_LOST_MS). So there are never two holders while the clocks of both run at one pace.
 */
import type { ByteReader, ReaderMode, TransferOptions, WaitOptions } from '../base/bytes.js';
import { type Clock, SYSTEM_CLOCK } from '../base/clock.js';
import { CircuitError } from '../base/error.js';
import { HOLDER_LOST_MS, HOLDER_SILENCE_MS } from '../base/limits.js';
import { unlessAborted } from '../base/within.js';
import type { Caller, CallOptions } from '../wire/session/session-handler.js';
import { ask, OPEN, tell, TRANSFER } from './calls.js';
import { type OpenRequest, sendOpen } from './open-request.js';

/** A lock that is held for less is not watched: it would cost as much as the lock. */
const UNWATCHED_MS = 5;
/** Longest token, with its newline. */
const TOKEN_BYTES = 32;

export class RemoteClaim implements ByteReader {
  readonly #caller: Caller;
  readonly #handle: number;
  readonly #letGo: () => void;
  readonly #clock: Clock;
  /** The lock is held, as far as this side knows. */
  #held = false;
  #ready = false;
  /** What the other side has been asked for, and has not answered. */
  #asked: Promise<Uint8Array> | undefined;
  #closed = false;
  /** Ends the time in which it is not watched. */
  #watchNow: (() => void) | undefined;

  constructor(caller: Caller, request: OpenRequest, mode?: ReaderMode, clock: Clock = SYSTEM_CLOCK) {
    this.#caller = caller;
    this.#clock = clock;
    this.#handle = request.handle;
    this.#letGo = caller.hold();
    sendOpen(caller, request, (mode?.shared === true ? OPEN.SHARED : 0) | (mode?.lazy === true ? OPEN.LAZY : 0));
  }

  /** An interrupted read leaves its question open: the claim stays in line, and the next read gets the answer. */
  async read(_max: number, options?: TransferOptions): Promise<Uint8Array> {
    if (this.#closed) throw new CircuitError('EBADF');
    this.#ready = false;
    if (options?.nonblock === true) return this.#readNow(options);
    this.#asked ??= this.#held ? this.#watch() : this.#ask(0);
    this.#asked.catch(() => undefined);
    const answer = options?.signal === undefined ? this.#asked : unlessAborted(options.signal, this.#asked);
    return answer.finally(() => {
      if (options?.signal?.aborted !== true) this.#asked = undefined;
    });
  }

  async #readNow({ signal }: TransferOptions): Promise<Uint8Array> {
    if (this.#asked !== undefined) throw new CircuitError('EAGAIN', 'an earlier read is still under way');
    return this.#ask(TRANSFER.NONBLOCK, { signal });
  }

  /** Ends with the loss of the lock. */
  async #watch(): Promise<Uint8Array> {
    await new Promise<void>((resolve) => {
      const stop = this.#clock.after(UNWATCHED_MS, resolve);
      this.#watchNow = () => {
        stop();
        resolve();
      };
    });
    this.#watchNow = undefined;
    if (this.#closed) throw new CircuitError('EBADF');
    return this.#ask(0, { silence_ms: HOLDER_SILENCE_MS });
  }

  async #ask(flags: number, options: CallOptions = {}): Promise<Uint8Array> {
    const { bytes } = await ask(this.#caller, 'read', [this.#handle, TOKEN_BYTES, flags], options);
    this.#held = true;
    return bytes;
  }

  ready(): boolean {
    return this.#closed || this.#ready;
  }

  async probe(options?: WaitOptions): Promise<void> {
    this.#ready = await ask(this.#caller, 'probe', [this.#handle], { signal: options?.signal });
  }

  async whenReady(options?: WaitOptions): Promise<void> {
    await ask(this.#caller, 'ready', [this.#handle], { signal: options?.signal });
    this.#ready = true;
  }

  ack(): void {
    // A grant holds from its answer on.
  }

  requeue(): void {
    if (!this.#closed) tell(this.#caller, 'requeue', [this.#handle]);
  }

  /** Of who holds it through here: this side can no longer tell it of a loss. */
  lost(): number {
    return this.#held ? HOLDER_LOST_MS : 0;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    tell(this.#caller, 'close', [this.#handle]);
    this.#watchNow?.();
    this.#letGo();
  }
}
