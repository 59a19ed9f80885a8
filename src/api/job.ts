/**
 * A message of a channel that was taken to work on it.
 */
import type { Awaitable, ByteReader, WaitOptions } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import { COLLECTED_MAX_BYTES } from '../base/limits.js';
import { CHUNK_BYTES, readAll } from './streams.js';

/** Held until it is done or given back; then it is nobody's, or the next message again. */
export class Job implements AsyncDisposable {
  readonly bytes: Buffer;
  /** How often it was taken before, and came back. */
  readonly tries: number;
  readonly #reader: ByteReader;
  readonly #call: <T>(ask: () => Awaitable<T>) => Promise<T>;
  #held = true;

  /** @internal they come from `Channel.take` */
  constructor(reader: ByteReader, bytes: Buffer, call: <T>(ask: () => Awaitable<T>) => Promise<T>) {
    this.#reader = reader;
    this.#call = call;
    this.bytes = bytes;
    this.tries = reader.taking?.tries ?? 0;
  }

  get text(): string {
    return this.bytes.toString();
  }

  /** It counts as received. @throws CircuitError EINVAL if it is not held any more; EIDRM; EHOSTDOWN: it may be the next message again */
  async done(options?: WaitOptions): Promise<void> {
    await this.#settle('done', options);
  }

  /** It is the next message again, its tries one higher. @throws CircuitError as `done` */
  async back(options?: WaitOptions): Promise<void> {
    await this.#settle('back', options);
  }

  /** Gives it back unless it is done. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#held = false;
    this.#reader.close();
    return Promise.resolve();
  }

  async #settle(how: 'done' | 'back', options: WaitOptions | undefined): Promise<void> {
    await this.#call(() => {
      if (!this.#held) throw new CircuitError('EINVAL', 'this message is not held any more');
      return this.#reader.taking?.[how](options);
    });
    await this[Symbol.asyncDispose]();
  }
}

/** The next message of a reader of `take`, whole: with `nonblock` it must have begun. @param call makes failures tell of the element */
export async function takeJob(
  reader: ByteReader,
  options: WaitOptions | undefined,
  call: <T>(options: WaitOptions | undefined, ask: () => Awaitable<T>) => Promise<T>,
): Promise<Job> {
  try {
    const bytes = await call(options, async () => {
      const begun = Buffer.from(await reader.read(CHUNK_BYTES, options));
      return begun.length === 0 ? begun : readAll(reader, COLLECTED_MAX_BYTES, { signal: options?.signal }, begun);
    });
    return new Job(reader, bytes, (ask) => call(undefined, ask));
  } catch (error) {
    reader.close();
    throw error;
  }
}
