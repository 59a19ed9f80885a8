/**
 * How a peer's reads are served: those of one handle in turn, each as long as the peer has a connection and takes what it has asked for. What is read
 * stays unacknowledged until it has arrived.
 */
import { after } from '../base/after.js';
import type { Awaitable, ByteReader, TransferOptions } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import { PACKETS_AHEAD_MAX, WIRE_BYTES_MAX } from '../base/limits.js';
import { Data } from '../wire/session/bulk.js';
import type { IncomingCall, ServedSession } from '../wire/session/session-handler.js';
import { type CallAnswer, tell, TRANSFER } from './calls.js';
import type { Handles } from './handles.js';
import type { PausableWaits } from './pausable-waits.js';
import { ReadTurns } from './read-turns.js';
import { optionsOf, takingOf } from './understood.js';

/** Longest packet that is sent ahead: a longer one is worth its own round trip. */
const AHEAD_BYTES = 4096;

type Answer<T> = (reader: ByteReader, bytes: Uint8Array) => T;

export class ServedReads {
  readonly #session: ServedSession;
  readonly #handles: Handles;
  readonly #waits: PausableWaits;
  readonly #turns = new ReadTurns();

  /** @param waits where reads wait, which are paused while the peer has no connection */
  constructor(session: ServedSession, handles: Handles, waits: PausableWaits) {
    this.#session = session;
    this.#handles = handles;
    this.#waits = waits;
  }

  read(handle: number, most: number, flags: number, call: IncomingCall): Awaitable<Data> {
    return this.#read(handle, most, flags, call, (reader, bytes) => this.#answer(reader, bytes, flags));
  }

  /** A packet, and others ahead of their reads. */
  receive(handle: number, most: number, ahead: number, flags: number, call: IncomingCall): Awaitable<CallAnswer<'receive'>> {
    return this.#read(handle, most, flags | TRANSFER.PACKET, call, (reader, bytes) => [
      bytes,
      ...(this.#flows() ? this.#ahead(reader, handle, ahead, most) : []),
    ]);
  }

  /** A message that is held until it is done. */
  take(handle: number, most: number, flags: number, call: IncomingCall): Awaitable<CallAnswer<'take'>> {
    return this.#read(handle, most, flags, call, (reader, bytes) => [bytes, reader.atEnd === true, takingOf(reader).tries]);
  }

  /** Messages of a topic, from the one with that number. */
  follow(handle: number, from: number, most: number, flags: number, call: IncomingCall): Awaitable<CallAnswer<'follow'>> {
    return this.#flowing(call, () =>
      this.#waits.make(call, (wait) =>
        after(this.#handles.reader(handle), (reader) => this.#follow(reader, from, most, optionsOf(flags, wait))),
      ),
    );
  }

  #read<T>(handle: number, most: number, flags: number, call: IncomingCall, answer: Answer<T>): Awaitable<T> {
    const read = (): Awaitable<T> =>
      this.#waits.make(call, (wait) =>
        after(this.#handles.reader(handle), (reader) =>
          after(reader.read(Math.max(1, most), optionsOf(flags, wait)), (bytes) => answer(reader, bytes)),
        ),
      );
    return this.#turns.take(handle, call, () => this.#flowing(call, read));
  }

  /** A peer that does not take what it asked for is answered no more. */
  #flowing<T>(call: IncomingCall, read: () => Awaitable<T>): Awaitable<T> {
    return this.#session.congested ? this.#session.whenFlowing({ signal: call.signal }).then(read) : read();
  }

  #follow(reader: ByteReader, from: number, most: number, options: TransferOptions): Awaitable<CallAnswer<'follow'>> {
    if (reader.follow === undefined) throw new CircuitError('EINVAL', 'what is read is not a topic');
    const batch = reader.follow(from, Math.min(Math.max(1, most), WIRE_BYTES_MAX), options);
    return after(batch, ({ stream, seq, size, offset, messages }) => [stream, seq, size, offset, [...messages]]);
  }

  /** Whether the peer takes what it asks for; if not, what waits leaves its queue. */
  #flows(): boolean {
    if (!this.#session.flooded) return !this.#waits.paused;
    if (this.#waits.paused) return false;
    this.#waits.pause('flooded');
    this.#session.whenFlowing().then(() => this.#waits.resume('flooded'), () => undefined); // prettier-ignore
    return false;
  }

  /** Packets ahead of their reads, which go back when others wait for them. */
  #ahead(reader: ByteReader, handle: number, most: number, max: number): readonly Uint8Array[] {
    const recalled = (): void => tell(this.#session, 'spare', [handle]);
    return reader.ahead?.(Math.min(most, PACKETS_AHEAD_MAX), Math.min(max, AHEAD_BYTES), recalled) ?? [];
  }

  /** Bytes, with the end if nothing follows them. */
  #answer(reader: ByteReader, bytes: Uint8Array, flags: number): Data {
    this.#flows();
    if ((flags & TRANSFER.PACKET) !== 0) return new Data(bytes, false);
    if (bytes.length === 0) return new Data(bytes, true);
    if ((flags & TRANSFER.END) === 0 || reader.atEnd !== true) return new Data(bytes, false);
    void reader.read(1); // the end is given with these bytes
    return new Data(bytes, true);
  }
}
