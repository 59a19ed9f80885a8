/**
 * A channel: messages go from senders to receivers, each to exactly one, in the order in which they were accepted.
 *
 * This is its interface: files, `peek`, the command `close`, scrub. The messages are in a `MessageQueue`.
 */
import type { Credentials, ByteReader, ByteWriter, ReaderMode, WriterMode } from '../../base/bytes.js';
import { CircuitError } from '../../base/error.js';
import { CAPACITY_MAX, PENDING_EMPTY_MAX, TRIES_MAX, WAITERS_SHOWN_MAX } from '../../base/limits.js';
import type { ControlFile } from '../../base/name.js';
import { MessageQueue } from '../../stream/message-queue.js';
import type { WaitQueue, QueueNode } from '../../stream/wait-queue.js';
import { Receiver } from '../../stream/receiver.js';
import type { Element, ElementEvents } from '../element.js';
import { checkFields } from '../fields.js';
import { Sender } from './sender.js';
import { Taken, type TakenPeek } from './taken.js';
import { Taker } from './taker.js';

export interface ChannelPeek {
  readonly Cap: number;
  readonly Closed: boolean;
  readonly Aborted: boolean;
  /** Messages accepted, and received, since it was created. */
  readonly NumSend: number;
  readonly NumRecv: number;
  /** Messages accepted and not yet received. */
  readonly Buffered: number;
  /** Empty messages that wait to be accepted; their senders are closed. */
  readonly PendingEmpty: number;
  /** Messages that are held by `take`, and those that came back as often as `Tries`, if that was said, and have not been received from `dead`. */
  readonly NumTaken: number;
  readonly Tries?: number;
  readonly Dead: number;
  readonly WaitingSenders: number;
  readonly WaitingReceivers: number;
  /** The first that wait. Of those that came through another server, or as a client, `Server` is that one, and `Pid` its word. */
  readonly Senders: readonly { readonly Pid: number; readonly Server?: string }[];
  readonly Receivers: readonly { readonly Pid: number; readonly Server?: string }[];
  /** The first of those who hold a message. */
  readonly Taken: readonly TakenPeek[];
}

const CAPACITIES = `a whole number from 0 to ${CAPACITY_MAX}`;

/** Told what a channel has counted when it goes. */
export type Scrubbed = (counts: { readonly sent: number; readonly received: number }) => void;

/** @throws CircuitError EINVAL for an invalid capacity */
export function makeChannel(spec: unknown, events: ElementEvents, scrubbed?: Scrubbed): Channel {
  const { capacity, tries, ...named } = ((typeof spec === 'object' ? spec : undefined) ?? {}) as Readonly<Record<string, unknown>>;
  checkFields('mkchan', { Capacity: true, Tries: true }, named);
  const { Capacity = capacity, Tries = tries } = named;
  if (Capacity === undefined) throw new CircuitError('EINVAL', `mkchan: the capacity is missing: expected ${CAPACITIES}`);
  if (!isWhole(Capacity, 0, CAPACITY_MAX)) throw new CircuitError('EINVAL', `invalid capacity ${shown(Capacity)}: expected ${CAPACITIES}`);
  if (Tries === undefined) return new Channel(Capacity, undefined, events, scrubbed);
  if (isWhole(Tries, 1, TRIES_MAX)) return new Channel(Capacity, Tries, events, scrubbed);
  throw new CircuitError('EINVAL', `invalid number of tries ${shown(Tries)}: expected a whole number from 1 to ${TRIES_MAX}`);
}

function isWhole(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
}

/** In a sentence: what is no word or number may be of any size, and cannot always be made text. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return '[…]';
  return typeof value === 'object' && value !== null ? '{…}' : String(value).slice(0, 40);
}

export class Channel implements Element {
  readonly kind = 'chan';
  readonly busy = false;
  readonly #messages: MessageQueue;
  readonly #taken: Taken;
  readonly #tries: number | undefined;
  readonly #events: ElementEvents;
  readonly #scrubbed: Scrubbed | undefined;

  /** @param tries how often a message that was taken may come back before it is dead */
  constructor(capacity: number, tries: number | undefined, events: ElementEvents, scrubbed?: Scrubbed) {
    this.#messages = new MessageQueue(capacity, 'the channel');
    this.#taken = new Taken(this.#messages, tries);
    this.#tries = tries;
    this.#events = events;
    this.#scrubbed = scrubbed;
  }

  /** Messages accepted and received since it was made. */
  get counts(): { readonly sent: number; readonly received: number } {
    return this.#messages.counts;
  }

  /** Messages that somebody works on, and those that came back too often. */
  get held(): { readonly taken: number; readonly dead: number } {
    return { taken: this.#taken.count, dead: this.#taken.dead.counts.buffered };
  }

  peek(): ChannelPeek {
    const { capacity, closed, scrubbed, counts, senders, receivers } = this.#messages;
    return {
      Cap: capacity,
      Closed: closed,
      Aborted: scrubbed,
      NumSend: counts.sent,
      NumRecv: counts.received,
      Buffered: counts.buffered,
      PendingEmpty: counts.pendingEmpty,
      NumTaken: this.#taken.count,
      ...(this.#tries !== undefined && { Tries: this.#tries }),
      Dead: this.#taken.dead.counts.buffered,
      WaitingSenders: senders.length - counts.pendingEmpty,
      WaitingReceivers: receivers.length,
      Senders: waitersOf(senders),
      Receivers: waitersOf(receivers),
      Taken: this.#taken.peek(),
    };
  }

  openReader(file: ControlFile, credentials: Credentials, mode?: ReaderMode): ByteReader {
    if (file === 'take') return new Taker(this.#taken, credentials, mode);
    if (file !== 'recv' && file !== 'tryrecv' && file !== 'dead')
      throw new CircuitError('ENOENT', `a channel has no file "${file}" to read`);
    const messages = file === 'dead' ? this.#taken.dead : this.#messages;
    return new Receiver(messages, credentials, { nonblocking: file === 'tryrecv', unacked: mode?.unacked === true });
  }

  /** @throws CircuitError EAGAIN, EPIPE if opened with truncate and unable to send: the close that sends an empty message cannot fail */
  openWriter(file: ControlFile, mode: WriterMode, credentials: Credentials): ByteWriter {
    if (file !== 'send' && file !== 'trysend') throw new CircuitError('ENOENT', `a channel has no file "${file}" to write`);
    const messages = this.#messages;
    const nonblocking = file === 'trysend';
    if (mode.truncate) {
      messages.checkSend();
      if (nonblocking && messages.room <= 0) throw new CircuitError('EAGAIN', 'the channel is full, and no receiver waits');
      if (messages.counts.pendingEmpty >= PENDING_EMPTY_MAX) {
        throw new CircuitError('EAGAIN', `${String(PENDING_EMPTY_MAX)} empty messages wait in this channel already: receive some first`);
      }
    }
    return new Sender(messages, mode, credentials, nonblocking);
  }

  /** @throws CircuitError EINVAL, EPIPE if it is closed already */
  perform(verb: string, args: readonly string[]): void {
    if (verb !== 'close' || args.length > 0)
      throw new CircuitError('EINVAL', 'invalid command of a channel: expected "close", without arguments');
    this.#messages.checkSend();
    this.#messages.close();
    this.#events.changed();
  }

  scrub(): void {
    if (this.#messages.scrubbed) return;
    this.#messages.scrub();
    this.#scrubbed?.(this.counts);
    this.#taken.scrub();
  }
}

type Waiting = QueueNode & { readonly pid: number; readonly server: string | undefined; readonly empty?: boolean };

function waitersOf(queue: WaitQueue<Waiting>): ChannelPeek['Senders'] {
  const waiters: { Pid: number; Server?: string }[] = [];
  for (const { pid, server, empty } of queue) {
    if (waiters.length === WAITERS_SHOWN_MAX) break;
    if (empty !== true) waiters.push({ Pid: pid, ...(server !== undefined && { Server: server }) });
  }
  return waiters;
}
