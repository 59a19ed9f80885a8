/**
 * Messages of a channel of another server for one who iterates over them: some are asked for before they are wanted, so that a message need not cost
 * the way there and back.
 *
 * One is asked for first; twice as many, up to a bound, each time that the consumer has to wait. Each has a reader of its own, which acknowledges its
 * message when that is handed out. What a consumer does not come for soon goes back, in its order, so that others may have it; so does what is left
 * in the end. What came over a session that is over is not handed out: it has gone back, and others may have it.
 */
import type { ByteReader, WaitOptions } from '../base/bytes.js';
import { CHUNK_BYTES, readAll } from './streams.js';

/** Most messages that are asked for, or have arrived and are not wanted yet. */
const AHEAD_MESSAGES = 16;
/** How long a message that has arrived waits for its consumer, in ms. */
const HELD_MS = 50;

/** A message that was asked for. */
class Asked {
  readonly #opening: Promise<ByteReader>;
  readonly #cancel = new AbortController();
  readonly #first: Promise<Buffer>;
  #reader: ByteReader | undefined;
  /** Something has come, be it a failure. */
  arrived = false;

  /** @param open opens an unacknowledged reader */
  constructor(open: (options: WaitOptions) => Promise<ByteReader>) {
    const { signal } = this.#cancel;
    this.#opening = open({ signal });
    this.#first = this.#read(signal);
    const arrive = (): void => void (this.arrived = true);
    this.#first.then(arrive, arrive);
  }

  /** It has arrived, and has gone back since. */
  get lost(): boolean {
    return this.arrived && this.#reader?.gone === true;
  }

  /** It is wanted no more: what is not on its way is not sent. Its reader stays open. */
  cancel(reason: unknown): void {
    this.#cancel.abort(reason);
  }

  /** The whole of it, which is the caller's from now on. @throws as `ElementHandle.receive` */
  async take(max_bytes: number): Promise<Buffer> {
    const first = await this.#first;
    const reader = await this.#opening;
    if (first.length === 0 || reader.atEnd === true) {
      reader.ack(0);
      return first;
    }
    reader.ack(first.length);
    const rest: ByteReader['read'] = async (max, options) => {
      const bytes = await reader.read(max, options);
      reader.ack(bytes.length);
      return bytes;
    };
    return readAll({ read: rest }, max_bytes, this.#cancel, first);
  }

  /** Lets go: what was not taken goes back. */
  close(): void {
    if (this.#reader !== undefined) this.#reader.close();
    else this.#opening.then((reader) => reader.close(), () => undefined); // prettier-ignore
  }

  async #read(signal: AbortSignal): Promise<Buffer> {
    const reader = await this.#opening;
    this.#reader = reader;
    return Buffer.from(await reader.read(CHUNK_BYTES, { signal }));
  }
}

/** Of one who iterates. */
export class MessagesAhead {
  readonly #open: (options: WaitOptions) => Promise<ByteReader>;
  readonly #max_bytes: number;
  /** In the order in which they were asked for, which is that of the messages. */
  readonly #asked: Asked[] = [];
  #window = 0;
  #idle: NodeJS.Timeout | undefined;
  /** When the last one was handed out. */
  #handed_ms = 0;

  /** @param open opens an unacknowledged reader @param max_bytes longest message */
  constructor(open: (options: WaitOptions) => Promise<ByteReader>, max_bytes: number) {
    this.#open = open;
    this.#max_bytes = max_bytes;
  }

  /** The next message. @throws as `Channel.receive` */
  async next(options?: WaitOptions): Promise<Buffer> {
    const signal = options?.signal;
    signal?.throwIfAborted();
    clearTimeout(this.#idle);
    // This process may not have run, and its session have ended meanwhile.
    const isLate = performance.now() - this.#handed_ms > HELD_MS;
    if (isLate || this.#asked.some(({ lost }) => lost)) this.close();
    if (this.#window === 0) this.#window = 1;
    else if (this.#asked[0]?.arrived !== true) this.#window = Math.min(AHEAD_MESSAGES, 2 * this.#window);
    while (this.#asked.length < this.#window) this.#asked.push(new Asked(this.#open));
    const [first] = this.#asked as [Asked];
    const cancel = (): void => first.cancel(signal?.reason);
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      const message = await first.take(this.#max_bytes);
      this.#asked.shift();
      first.close();
      this.#handed_ms = performance.now();
      if (this.#asked.length > 0) this.#idle = setTimeout(() => this.close(), HELD_MS);
      return message;
    } catch (error) {
      this.close();
      throw error;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** All that was not taken goes back; another `next` begins anew. Nothing waits any more when the first goes back: it meets none of ours. */
  close(): void {
    clearTimeout(this.#idle);
    this.#window = 0;
    const asked = this.#asked.splice(0);
    for (const one of asked) one.cancel(undefined);
    for (const one of asked) one.close();
  }
}
