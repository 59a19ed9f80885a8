/**
 * A channel: messages go from senders to receivers, each to exactly one, in the order in which they were accepted.
 *
 * The element's face: files, `peek`, the command `close`, scrub. What happens to messages is in `src/stream/exchange.ts`.
 */
import type { Credentials, ByteReader, ByteWriter, ReaderMode, WriterMode } from '../../base/bytes.js';
import { CircuitError } from '../../base/error.js';
import { CAPACITY_MAX, PENDING_EMPTY_MAX, WAITERS_SHOWN_MAX } from '../../base/limits.js';
import type { ControlFile } from '../../base/name.js';
import { MessageQueue } from '../../stream/message-queue.js';
import type { WaitQueue, QueueNode } from '../../stream/wait-queue.js';
import { Receiver } from '../../stream/receiver.js';
import type { Element, ElementEvents } from '../element.js';
import { Sender } from './sender.js';

export interface ChannelSpec {
  /** How many messages are accepted before anybody receives; 0: sender and receiver meet. */
  readonly capacity: number;
}

export interface ChannelPeek {
  readonly Cap: number;
  readonly Closed: boolean;
  readonly Aborted: boolean;
  /** Messages accepted, and received, since it was made. */
  readonly NumSend: number;
  readonly NumRecv: number;
  /** Messages accepted and not yet received. */
  readonly Buffered: number;
  /** Empty messages that wait to be accepted; their senders are gone. */
  readonly PendingEmpty: number;
  readonly WaitingSenders: number;
  readonly WaitingReceivers: number;
  /** The first of those who wait. */
  readonly Senders: readonly { readonly Pid: number }[];
  readonly Receivers: readonly { readonly Pid: number }[];
}

/** @throws CircuitError EINVAL for a capacity that is none */
export function makeChannel(spec: ChannelSpec, events: ElementEvents): Channel {
  const { capacity } = spec;
  if (!Number.isInteger(capacity) || capacity < 0 || capacity > CAPACITY_MAX) {
    throw new CircuitError('EINVAL', `a channel's capacity is a whole number from 0 to ${String(CAPACITY_MAX)}, not ${String(capacity)}`);
  }
  return new Channel(capacity, events);
}

export class Channel implements Element {
  readonly kind = 'chan';
  readonly busy = false;
  readonly #exchange: MessageQueue;
  readonly #events: ElementEvents;

  constructor(capacity: number, events: ElementEvents) {
    this.#exchange = new MessageQueue(capacity, 'the channel');
    this.#events = events;
  }

  peek(): ChannelPeek {
    const { capacity, closed, scrubbed, counts, senders, receivers } = this.#exchange;
    return {
      Cap: capacity,
      Closed: closed,
      Aborted: scrubbed,
      NumSend: counts.sent,
      NumRecv: counts.received,
      Buffered: counts.buffered,
      PendingEmpty: counts.pendingEmpty,
      WaitingSenders: senders.length - counts.pendingEmpty,
      WaitingReceivers: receivers.length,
      Senders: pidsOf(senders),
      Receivers: pidsOf(receivers),
    };
  }

  openReader(file: ControlFile, credentials: Credentials, mode?: ReaderMode): ByteReader {
    if (file !== 'recv' && file !== 'tryrecv') throw new CircuitError('ENOENT', `a channel has no file "${file}" to read`);
    return new Receiver(this.#exchange, credentials, { tries: file === 'tryrecv', lent: mode?.lent === true });
  }

  /** @throws CircuitError EAGAIN, EPIPE for an open with truncate that could not send: its close, where an empty message is sent, cannot fail */
  openWriter(file: ControlFile, mode: WriterMode, credentials: Credentials): ByteWriter {
    if (file !== 'send' && file !== 'trysend') throw new CircuitError('ENOENT', `a channel has no file "${file}" to write`);
    const exchange = this.#exchange;
    const tries = file === 'trysend';
    if (mode.truncate) {
      exchange.checkSend();
      if (tries && exchange.room <= 0) throw new CircuitError('EAGAIN', 'the channel has no room, and nobody waits to receive');
      if (exchange.counts.pendingEmpty >= PENDING_EMPTY_MAX) {
        throw new CircuitError('EAGAIN', `${String(PENDING_EMPTY_MAX)} empty messages wait in this channel already: receive some first`);
      }
    }
    return new Sender(exchange, mode, credentials, tries);
  }

  /** @throws CircuitError EINVAL, EPIPE for a channel that is closed already */
  perform(verb: string, args: readonly string[]): void {
    if (verb !== 'close' || args.length > 0) throw new CircuitError('EINVAL', 'a channel takes the command "close", without arguments');
    this.#exchange.checkSend();
    this.#exchange.close();
    this.#events.changed();
  }

  scrub(): void {
    if (!this.#exchange.scrubbed) this.#exchange.scrub();
  }
}

function pidsOf(line: WaitQueue<QueueNode & { readonly pid: number; readonly empty?: boolean }>): { Pid: number }[] {
  const pids: { Pid: number }[] = [];
  for (const { pid, empty } of line) {
    if (pids.length === WAITERS_SHOWN_MAX) break;
    if (empty !== true) pids.push({ Pid: pid });
  }
  return pids;
}
