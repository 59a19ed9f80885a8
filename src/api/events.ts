/**
 * What happens in a circuit, or on one server, as objects.
 */
import type { ByteReader, WaitOptions } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import { type CircuitEvent, EVENT_NAMES, type EventName, isBelow, isEventName, parseEvent } from '../base/event.js';
import { didYouMean } from '../base/nearest.js';
import { Lines } from '../remote/lines.js';

const CHUNK_BYTES = 64 * 1024;

/** Which events are wanted. */
export interface EventsOptions extends WaitOptions {
  /** Those at and below this path; of the whole circuit unless given. */
  readonly path?: string;
  /** Of these kinds; all unless given. */
  readonly what?: EventName | readonly EventName[];
}

/** The kinds that are wanted; undefined: all. @throws CircuitError EINVAL for one that there is not */
export function wantedEvents(what: EventsOptions['what']): readonly EventName[] | undefined {
  if (what === undefined) return undefined;
  const names: readonly string[] = typeof what === 'string' ? [what] : what;
  return names.map((name) => {
    if (isEventName(name)) return name;
    throw new CircuitError('EINVAL', `unknown event "${name}"${didYouMean(name, EVENT_NAMES)}: expected some of ${EVENT_NAMES.join(', ')}`);
  });
}

/** How a stream of events is read. */
interface Source {
  /** Opens it, at the first event that is asked for. */
  readonly open: (options: WaitOptions) => Promise<ByteReader>;
  /** Only at and below this circuit path. */
  readonly below: string | undefined;
  readonly what: readonly EventName[] | undefined;
  readonly signal: AbortSignal | undefined;
  /** Aborted when its circuit is closed: that is the end of it. */
  readonly closed: AbortSignal;
}

/**
 * Events as they come: `for await (const event of circuit.events())`. What happens while nobody asks is held, within bounds; beyond them the oldest
 * goes, and one call fails with EOVERFLOW. It can be iterated on after that.
 */
export class EventStream implements AsyncIterableIterator<CircuitEvent, undefined>, AsyncDisposable {
  readonly #source: Source;
  readonly #ended: AbortSignal;
  readonly #stopped = new AbortController();
  readonly #lines = new Lines();
  #events: CircuitEvent[] = [];
  #reader: ByteReader | undefined;
  /** Calls take turns. */
  #turn: Promise<unknown> = Promise.resolve();

  /** @internal streams come from `circuit.events` */
  constructor(source: Source) {
    this.#source = source;
    const { signal, closed } = source;
    this.#ended = AbortSignal.any([this.#stopped.signal, closed, ...(signal === undefined ? [] : [signal])]);
  }

  /** @throws CircuitError EOVERFLOW once when events were dropped that it had not read, EHOSTDOWN, the signal's reason */
  next(): Promise<IteratorResult<CircuitEvent, undefined>> {
    const next = this.#turn.then(() => this.#next());
    this.#turn = next.catch(() => undefined);
    return next;
  }

  /** Ends it. */
  async return(): Promise<IteratorResult<CircuitEvent, undefined>> {
    this.#stopped.abort();
    await this.#turn;
    this.#reader?.close();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  async #next(): Promise<IteratorResult<CircuitEvent, undefined>> {
    try {
      for (;;) {
        const event = this.#isOver ? undefined : this.#events.shift();
        if (event !== undefined) return { done: false, value: event };
        this.#ended.throwIfAborted();
        this.#reader ??= await this.#source.open({ signal: this.#ended });
        const bytes = await this.#reader.read(CHUNK_BYTES, { signal: this.#ended });
        if (bytes.length === 0) return { done: true, value: undefined };
        this.#events = this.#lines.add(bytes).flatMap((line) => this.#wanted(line));
      }
    } catch (error) {
      if (error instanceof CircuitError && error.code === 'EOVERFLOW') this.#lines.clear();
      else this.#reader?.close();
      if (this.#isOver) return { done: true, value: undefined };
      throw error;
    }
  }

  get #isOver(): boolean {
    return this.#stopped.signal.aborted || this.#source.closed.aborted;
  }

  #wanted(line: string): readonly CircuitEvent[] {
    const { below, what } = this.#source;
    const event = parseEvent(line);
    if (event === undefined || what?.includes(event.what) === false) return [];
    return below === undefined || isBelow(event, below) ? [event] : [];
  }
}
