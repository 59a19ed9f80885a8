/**
 * One open of `sub`: the messages that are held, and then each that is published.
 */
import type { MessageLog } from '../../stream/message-log.js';
import { MessageReader, type Numbered } from '../../stream/message-reader.js';

/** The topic, as a subscriber sees it. */
interface Source {
  readonly log: MessageLog;
  readonly id: number;
  /** @throws CircuitError EIDRM */
  check(): void;
  left(subscriber: Subscriber): void;
}

export class Subscriber extends MessageReader {
  readonly #topic: Source;
  /** Whether it is one itself; otherwise it reads for others, which are counted. */
  readonly counts: boolean;

  constructor(topic: Source, { unacked, counts }: { readonly unacked: boolean; readonly counts: boolean }) {
    super({ cursor: topic.log.start, unacked });
    this.#topic = topic;
    this.counts = counts;
  }

  protected seek(cursor: number | undefined): Numbered | undefined {
    this.#topic.check();
    const { log } = this.#topic;
    const seq = Math.max(cursor ?? 0, log.start);
    const bytes = log.at(seq);
    return bytes && { seq, bytes };
  }

  protected passed(): void {
    // the topic holds its messages whoever has read them
  }

  protected get stream(): number {
    return this.#topic.id;
  }

  waiting(): void {
    // the topic wakes all
  }

  protected left(): void {
    this.#topic.left(this);
  }
}
