/**
 * A topic: each message goes to all who want it. Those that are newest are held, for who comes late: one of them is a value that can be watched, many
 * are a log.
 *
 * Nobody holds a publisher back: a subscriber that is too slow is overtaken, and told so.
 */
import { randomBytes } from 'node:crypto';
import type { ByteReader, ByteWriter, Credentials, ReaderMode, WriterMode } from '../../base/bytes.js';
import { CircuitError } from '../../base/error.js';
import { TOPIC_HELD_MAX_BYTES, TOPIC_KEEP_MAX } from '../../base/limits.js';
import type { ControlFile } from '../../base/name.js';
import { MessageLog } from '../../stream/message-log.js';
import type { Element } from '../element.js';
import { Glimpse } from './glimpse.js';
import { Publisher } from './publisher.js';
import { Subscriber } from './subscriber.js';

export interface TopicPeek {
  /** How many messages are held at most. */
  readonly Keep: number;
  /** Number of the newest message: each has the next one. 0: there was none. */
  readonly Seq: number;
  /** How many are held, and their bytes together. */
  readonly Held: number;
  readonly Bytes: number;
  /** Open readers of `sub`, on all servers. */
  readonly Subscribers: number;
}

const EXPECTED = `expected {"keep": a whole number from 1 to ${TOPIC_KEEP_MAX}}`;

/** @throws CircuitError EINVAL for an invalid number of messages */
export function makeTopic(spec: unknown): Topic {
  if (spec === undefined) return new Topic(1);
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec))
    throw new CircuitError('EINVAL', `mktopic: invalid spec: ${EXPECTED}`);
  const { keep = 1, ...others } = spec as { readonly keep?: unknown };
  const [other] = Object.keys(others);
  if (other !== undefined) throw new CircuitError('EINVAL', `mktopic: unknown field "${other.slice(0, 40)}": ${EXPECTED}`);
  if (typeof keep === 'number' && Number.isInteger(keep) && keep >= 1 && keep <= TOPIC_KEEP_MAX) return new Topic(keep);
  const shown = typeof keep === 'number' || typeof keep === 'string' ? String(keep).slice(0, 40) : 'not a number';
  throw new CircuitError('EINVAL', `invalid number of messages: ${shown}; expected a whole number from 1 to ${TOPIC_KEEP_MAX}`);
}

export class Topic implements Element {
  readonly kind = 'topic';
  readonly busy = false;
  /** Tells it from a later one at the same anchor. */
  readonly id = randomBytes(6).readUIntBE(0, 6);
  readonly log: MessageLog;
  readonly #keep: number;
  readonly #readers = new Set<Subscriber | Glimpse>();
  #subscribers = 0;
  #scrubbed = false;

  constructor(keep: number) {
    this.#keep = keep;
    this.log = new MessageLog(keep, TOPIC_HELD_MAX_BYTES);
  }

  peek(): TopicPeek {
    const { end, length, bytes } = this.log;
    return { Keep: this.#keep, Seq: end - 1, Held: length, Bytes: bytes, Subscribers: this.#subscribers };
  }

  /** @throws CircuitError ENOENT for another file */
  openReader(file: ControlFile, _credentials: Credentials, mode?: ReaderMode): ByteReader {
    const reader = this.#reader(file, mode);
    this.#readers.add(reader);
    if (reader instanceof Subscriber && reader.counts) this.#subscribers++;
    return reader;
  }

  #reader(file: ControlFile, mode: ReaderMode | undefined): Subscriber | Glimpse {
    switch (file) {
      case 'sub':
        return new Subscriber(this, { unacked: mode?.unacked === true, counts: mode?.shared !== true });
      case 'next':
        return new Glimpse(this, this.log.end);
      case 'last':
        return new Glimpse(this, 0);
      default:
        throw new CircuitError('ENOENT', `a topic has no file "${file}" to read`);
    }
  }

  /** @throws CircuitError ENOENT for another file */
  openWriter(file: ControlFile, mode: WriterMode): ByteWriter {
    if (file !== 'pub') throw new CircuitError('ENOENT', `a topic has no file "${file}" to write`);
    return new Publisher(this, mode);
  }

  perform(): void {
    throw new CircuitError('EINVAL', 'invalid command of a topic: expected "scrub"');
  }

  scrub(): void {
    if (this.#scrubbed) return;
    this.#scrubbed = true;
    this.log.clear();
    this.#wake();
  }

  check(): void {
    if (this.#scrubbed) throw new CircuitError('EIDRM', 'the topic was scrubbed');
  }

  publish(message: Uint8Array): void {
    if (this.#scrubbed) return;
    this.log.append(message);
    this.#wake();
  }

  left(reader: Subscriber | Glimpse): void {
    if (this.#readers.delete(reader) && reader instanceof Subscriber && reader.counts) this.#subscribers--;
  }

  #wake(): void {
    for (const reader of this.#readers) reader.wake();
  }
}
