/**
 * A reader of a file on another server. What arrives stays unacknowledged until somebody here has read it.
 *
 * A stream that takes nothing from others (`stdout`) is read ahead, as far as the credit goes: each read that is asked for and not answered is
 * credit. A message is asked for only when somebody wants it, one that arrives for nobody goes back, and only the rest of a long one is read ahead.
 */
import type { Awaitable, ByteReader, ReaderMode, TransferOptions, WaitOptions } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import { WIRE_BYTES_MAX } from '../base/limits.js';
import { type ControlFile, isWinningEnd } from '../base/name.js';
import { WaitQueue } from '../stream/wait-queue.js';
import { Polls } from '../stream/polls.js';
import { ReadCall } from '../stream/wait.js';
import { ask, tell, TRANSFER } from './calls.js';
import type { Caller } from '../wire/session/session-handler.js';
import type { OpenRequest } from './open-request.js';
import { Receipts } from './receipts.js';

/** What is read ahead of a stream: so many reads of so many bytes. */
const AHEAD_READS = 4;
const AHEAD_BYTES = 256 * 1024;
/** Who gives so much at once has more: the rest of such a message is read ahead. */
const LONG_BYTES = 32 * 1024;

/** Files that are the same for every reader, so that reading ahead takes nothing away. */
const READ_AHEAD: readonly ControlFile[] = ['stdout', 'stderr', 'trystdout', 'trystderr'];
/** Files of which each byte goes to one reader alone. */
const CONSUMED: readonly ControlFile[] = ['recv', 'tryrecv'];

/** What has arrived: bytes, none at the end, or a failure that one read gets. */
type Arrival = Uint8Array | CircuitError;

/** A file that is open for reading on another server. */
export class RemoteReader implements ByteReader {
  readonly #caller: Caller;
  readonly #handle: number;
  readonly #needsAck: boolean;
  /** Whether it is read ahead: a stream that is everybody's, or the rest of a message that is ours. */
  #ahead: boolean;
  readonly #consumes: boolean;
  readonly #calls = new WaitQueue<ReadCall>();
  readonly #polls = new Polls(() => this.ready());
  /** In the order of arrival; after the end only the end. */
  readonly #arrived: Arrival[] = [];
  /** Reads that were asked for and are not answered. */
  #asked = 0;
  /** The other side has said that a read would be answered at once. */
  #known = false;
  readonly #receipts: Receipts;
  readonly #letGo: () => void;
  /** Whether it was last read in packet mode. */
  #packets = false;
  #closed = false;

  /** Opens the file, and asks for its first bytes in the same breath. @throws CircuitError what opening it there fails with */
  static async open(caller: Caller, opening: OpenRequest, mode?: ReaderMode, options?: WaitOptions): Promise<ByteReader> {
    const { handle, target, path, file, credentials } = opening;
    const opened = ask(caller, 'reader', [handle, target, [...path], file, credentials], options?.signal);
    const reader = new RemoteReader(caller, opening, mode?.unacked === true);
    reader.#askAhead();
    try {
      await opened;
    } catch (error) {
      reader.#closed = true;
      reader.#letGo();
      throw error;
    }
    return reader;
  }

  private constructor(caller: Caller, { handle, file }: OpenRequest, unacked: boolean) {
    this.#caller = caller;
    this.#handle = handle;
    this.#receipts = new Receipts(caller, handle);
    this.#letGo = caller.hold();
    this.#needsAck = unacked;
    this.#ahead = READ_AHEAD.includes(file);
    this.#consumes = CONSUMED.includes(file) || isWinningEnd(file);
  }

  read(max: number, options?: TransferOptions): Awaitable<Uint8Array> {
    if (this.#closed) throw new CircuitError('EBADF');
    this.#packets = options?.packet === true;
    if (this.#calls.length === 0 && this.#arrived.length > 0) return this.#take(max);
    if (options?.nonblock === true) return this.#readNow(max, options);
    return this.#wait(max, options);
  }

  ready(): boolean {
    return this.#closed || this.#known || this.#arrived.length > 0;
  }

  async probe(options?: WaitOptions): Promise<void> {
    if (this.ready()) return;
    if (this.#ahead) await ask(this.#caller, 'sync', [], options?.signal);
    else this.#known = await ask(this.#caller, 'probe', [this.#handle], options?.signal);
  }

  async whenReady(options?: WaitOptions): Promise<void> {
    if (this.ready()) return;
    // What is read ahead arrives by itself; anything else has to be asked about.
    if (this.#ahead) return this.#polls.whenReady(options);
    await ask(this.#caller, 'ready', [this.#handle], options?.signal);
    this.#known = true;
  }

  ack(count: number): void {
    if (this.#needsAck) this.#tell(count);
  }

  requeue(): void {
    if (this.#closed || !this.#needsAck || this.#ahead) return;
    this.#arrived.length = 0;
    tell(this.#caller, 'back', [this.#handle]);
  }

  close(): void {
    if (this.#closed) return;
    this.#receipts.flush();
    this.#closed = true;
    this.#arrived.length = 0;
    tell(this.#caller, 'close', [this.#handle]);
    this.#letGo();
    for (const call of this.#calls) {
      this.#calls.remove(call);
      call.fail(new CircuitError('EBADF'));
    }
    this.#polls.wake();
  }

  /** Never waits for anybody but the other server. */
  async #readNow(max: number, options: TransferOptions): Promise<Uint8Array> {
    this.#known = false;
    if (!this.#ahead) {
      const flags = TRANSFER.NONBLOCK | packetFlag(options);
      const bytes = await ask(this.#caller, 'read', [this.#handle, Math.min(max, WIRE_BYTES_MAX), flags], options.signal);
      return this.#given(bytes);
    }
    await ask(this.#caller, 'sync', [], options.signal); // what was there has arrived before the answer
    if (this.#arrived.length === 0) throw new CircuitError('EAGAIN', 'there is no new output');
    return this.#take(max);
  }

  #wait(max: number, options: TransferOptions | undefined): Promise<Uint8Array> {
    const call = new ReadCall(max, options?.packet === true);
    // Read the signal once: it is made when it is first looked at.
    const signal = options?.signal;
    const unwanted = new AbortController();
    const promise = call.begin(signal, () => {
      this.#calls.remove(call);
      unwanted.abort(signal?.reason);
      return undefined;
    });
    this.#calls.push(call);
    this.#known = false;
    if (this.#ahead) this.#askAhead();
    else if (this.#asked < this.#calls.length) this.#ask(max, packetFlag(options), unwanted.signal);
    return promise;
  }

  #askAhead(): void {
    while (this.#ahead && this.#asked + this.#arrived.length < AHEAD_READS && !this.#atEnd) this.#ask(AHEAD_BYTES, 0);
  }

  get #atEnd(): boolean {
    const last = this.#arrived.at(-1);
    return last !== undefined && (last instanceof CircuitError || last.length === 0);
  }

  #ask(max: number, flags: number, signal?: AbortSignal): void {
    this.#asked++;
    ask(this.#caller, 'read', [this.#handle, Math.min(max, WIRE_BYTES_MAX), flags], signal)
      .catch((error: unknown) => CircuitError.from(error))
      .then((arrival) => {
        this.#asked--;
        this.#arrive(arrival, signal?.aborted === true);
      })
      .catch(() => undefined); // only a fault of ours could throw here, and it has been told to who waits
  }

  #arrive(arrival: Arrival, unwanted: boolean): void {
    if (this.#closed || (unwanted && arrival instanceof CircuitError && this.#calls.length === 0)) return;
    if (this.#calls.length === 0 && !this.#ahead && this.#consumes && !(arrival instanceof CircuitError)) {
      tell(this.#caller, 'back', [this.#handle]);
      return;
    }
    if (unwanted && arrival instanceof CircuitError) {
      // Somebody else asks by now: for him a new question.
      const [first] = this.#calls;
      if (first !== undefined) this.#ask(first.max, 0);
      return;
    }
    this.#arrived.push(arrival);
    for (let call = this.#calls.first; call !== undefined && this.#arrived.length > 0; call = this.#calls.first) {
      this.#calls.remove(call);
      try {
        call.answer(this.#take(call.max));
      } catch (error) {
        call.fail(error);
      }
    }
    this.#polls.wake();
  }

  /** From what has arrived. @throws CircuitError */
  #take(max: number): Uint8Array {
    const [first] = this.#arrived;
    if (first === undefined) throw new CircuitError('EAGAIN');
    if (first instanceof CircuitError) {
      this.#arrived.shift();
      throw first;
    }
    if (first.length > max) {
      this.#arrived[0] = first.subarray(max);
      return this.#given(first.subarray(0, max));
    }
    // The end of a stream stays: it is read as often as somebody asks.
    if (first.length > 0 || !this.#ahead) this.#arrived.shift();
    this.#askAhead();
    return this.#given(first);
  }

  /** These bytes go to who reads here. */
  #given(bytes: Uint8Array): Uint8Array {
    if (!this.#needsAck) this.#tell(bytes.length);
    return bytes;
  }

  /** So much has been read here, 0 for the end or an empty message: the other side is told, now or with more. */
  #tell(count: number): void {
    if (this.#closed) return;
    if (count === 0) this.#receipts.end({ again: this.#consumes });
    else this.#receipts.add(count, { more: this.#ahead && this.#arrived.length > 0 });
    // The message is ours now, and it is a long one.
    if (this.#consumes && !this.#packets && count >= LONG_BYTES) this.#ahead = true;
  }
}

function packetFlag(options: TransferOptions | undefined): number {
  return options?.packet === true ? TRANSFER.PACKET : 0;
}
