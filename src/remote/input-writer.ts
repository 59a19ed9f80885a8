/**
 * A writer to `stdin` of another server. Its bytes come behind those of all writers here that have closed the file before it writes, as in a pipe:
 * theirs may still be under way, though their writes have returned.
 */
import type { Awaitable, TransferOptions, WaitOptions, WriterMode } from '../base/bytes.js';
import type { Clock } from '../base/clock.js';
import { CircuitError } from '../base/error.js';
import { WIRE_BYTES_MAX } from '../base/limits.js';
import { unlessAborted } from '../base/within.js';
import type { Caller } from '../wire/session/session-handler.js';
import type { WritersMemory } from './ahead-budgets.js';
import type { OpenRequest } from './open-request.js';
import { RemoteWriter } from './writer.js';

/** Those who have closed an input with bytes under way, by its path. */
export class EndingWriters {
  readonly #ending = new Map<string, Set<Promise<void>>>();

  add(input: string, emptied: Promise<void>): void {
    const ending = this.#ending.get(input) ?? new Set();
    this.#ending.set(input, ending.add(emptied));
    void emptied.then(() => {
      ending.delete(emptied);
      if (ending.size === 0) this.#ending.delete(input);
    });
  }

  /** Resolves when the bytes of those that are ending now are there, or lost; undefined if there are none. */
  before(input: string): Promise<unknown> | undefined {
    const ending = this.#ending.get(input);
    return ending && Promise.all(ending);
  }
}

export class RemoteInputWriter extends RemoteWriter {
  readonly #input: string;
  readonly #ending: EndingWriters;
  /** Its turn has come. */
  #begun = false;
  /** It has waited for that. */
  #waited = false;

  constructor(
    caller: Caller,
    request: OpenRequest,
    { budget, ending, input }: { readonly budget: WritersMemory; readonly ending: EndingWriters; readonly input: string },
    mode: WriterMode,
    clock?: Clock,
  ) {
    super(caller, request, budget, mode, clock);
    this.#input = input;
    this.#ending = ending;
  }

  override write(chunk: Uint8Array, options?: TransferOptions): Awaitable<number> {
    const before = this.#before;
    if (before === undefined) {
      this.#begun ||= chunk.length > 0;
      return super.write(chunk, options);
    }
    if (chunk.length === 0) return 0;
    if (options?.nonblock === true) throw new CircuitError('EAGAIN', 'earlier writes are still under way');
    return this.#inTurn(before, chunk, options, (kept) => super.write(kept, options));
  }

  override end(chunk: Uint8Array, options?: WaitOptions): Awaitable<number> {
    return this.#before === undefined ? super.end(chunk, options) : this.writeAndClose(chunk, options);
  }

  override ready(): boolean {
    return this.#before === undefined && super.ready();
  }

  override async probe(options?: WaitOptions): Promise<void> {
    if (this.#before === undefined) await super.probe(options);
  }

  override async whenReady(options?: WaitOptions): Promise<void> {
    await this.#turn(this.#before, options);
    await super.whenReady(options);
  }

  /** Who has not got its turn has written nothing, and that is not the end of the input. */
  override close(): void {
    if (this.#waited && !this.#begun) this.withdraw();
    super.close();
    if (this.isUnderWay) this.#ending.add(this.#input, this.finished().catch(() => undefined)); // prettier-ignore
  }

  /** Whom it waits for; undefined: for nobody, and never again. */
  get #before(): Promise<unknown> | undefined {
    return this.#begun ? undefined : this.#ending.before(this.#input);
  }

  async #inTurn(
    before: Promise<unknown>,
    chunk: Uint8Array,
    options: TransferOptions | undefined,
    write: (kept: Uint8Array) => Awaitable<number>,
  ): Promise<number> {
    const kept = Buffer.from(chunk.subarray(0, WIRE_BYTES_MAX)); // borrowed until the first wait
    this.#waited = true;
    await this.#turn(before, options);
    this.#begun = true;
    return write(kept);
  }

  async #turn(before: Promise<unknown> | undefined, options: WaitOptions | undefined): Promise<void> {
    const signal = options?.signal;
    await (signal === undefined || before === undefined ? before : unlessAborted(signal, before));
  }
}
