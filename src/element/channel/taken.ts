/**
 * The messages of a channel that somebody works on: each is held by who took it until it is done, and is the next one again if it is not. What has come
 * back too often is dead.
 */
import { CircuitError } from '../../base/error.js';
import { DEAD_MAX, WAITERS_SHOWN_MAX } from '../../base/limits.js';
import { MessageQueue } from '../../stream/message-queue.js';
import type { Message, MessageEnd } from '../../stream/message.js';

/** Of a message that is held. */
export interface TakenPeek {
  /** Of who came through another server, or as a client, `Server` is that one, and `Pid` its word. */
  readonly Pid: number;
  readonly Server?: string;
  /** Since when it is held, RFC 3339. */
  readonly Since: string;
  /** How often it has come back before. */
  readonly Tries: number;
  /** Since when the holder's server has been out of reach, RFC 3339. */
  readonly Lost?: string;
}

/** Who holds a message. */
export interface Holder extends MessageEnd {
  peek(): TakenPeek;
}

export class Taken {
  readonly messages: MessageQueue;
  readonly dead: MessageQueue;
  readonly #tries: number | undefined;
  /** In the order in which they took. */
  readonly #holders = new Set<Holder>();

  /** @param tries how often a message may come back before it is dead; undefined: as often as it does */
  constructor(messages: MessageQueue, tries: number | undefined) {
    this.messages = messages;
    this.#tries = tries;
    this.dead = new MessageQueue(DEAD_MAX, 'the channel');
    messages.onExhausted = () => this.dead.close();
  }

  get count(): number {
    return this.#holders.size;
  }

  peek(): readonly TakenPeek[] {
    const shown: TakenPeek[] = [];
    for (const holder of this.#holders) {
      if (shown.length === WAITERS_SHOWN_MAX) break;
      shown.push(holder.peek());
    }
    return shown;
  }

  /** The next message, which is the holder's until one of the calls below. @throws CircuitError ENODATA, EIDRM */
  take(holder: Holder): Message | undefined {
    const message = this.messages.receive({ held: true });
    if (message === undefined) return undefined;
    this.#holders.add(holder);
    message.takenBy(holder);
    return message;
  }

  /** It is done, or was aborted by its sender. */
  done(holder: Holder, message: Message): void {
    this.#holders.delete(holder);
    this.messages.settle(message, 'done');
    message.ack();
    message.leave();
  }

  /** It is the next one again, or dead. @param tried whether it was worked on */
  back(holder: Holder, message: Message, { tried }: { readonly tried: boolean }): void {
    this.#holders.delete(holder);
    if (tried) message.tries++;
    const { dead } = this;
    if (!tried || message.tries < (this.#tries ?? Infinity) || dead.counts.buffered >= DEAD_MAX)
      return this.messages.settle(message, 'back');
    message.rewind();
    dead.accept(message);
    this.messages.settle(message, 'dead');
  }

  /** The channel was scrubbed under its holder. */
  drop(holder: Holder, message: Message): void {
    this.#holders.delete(holder);
    message.ack();
    message.leave();
  }

  /** What waits for a dead message ends. */
  scrub(): void {
    this.dead.scrub();
  }
}

/** Why nothing is done, or given back. */
export function nothingHeld(): CircuitError {
  return new CircuitError('EINVAL', 'no message is held: read one first');
}
