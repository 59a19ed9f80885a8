/**
 * Packets that the other server has sent ahead of their reads: a reader that reads one behind the other gets 1, 2, 4 … with the one that it waits for.
 *
 * They stay the other server's. Each is acknowledged when it has been given out; the rest goes back soon unless it is read, at once when the other
 * server recalls it. Nothing is given out once the other server may have given it to somebody else: its session outlives their time here.
 */
import type { Clock } from '../base/clock.js';
import { PACKETS_AHEAD_MAX } from '../base/limits.js';
import type { Caller } from '../wire/session/session-handler.js';
import { tell } from './calls.js';
import type { MemoryBudget } from '../base/memory-budget.js';

/** How long they wait here to be read, in ms. */
const UNREAD_MS = 50;
/** How long it may take until what was given out is acknowledged, in ms. */
const ACK_MS = 1;

/** Those of all readers of a server that hold any, by handle: so they can be recalled. */
export type Hoards = Map<number, SentAhead>;

/** What the readers of a server have in common. */
export interface Shared {
  readonly budget: MemoryBudget;
  readonly hoards: Hoards;
  readonly clock: Clock;
}

/** Of one reader. */
export class SentAhead {
  readonly #caller: Caller;
  readonly #handle: number;
  readonly #hoards: Hoards;
  readonly #clock: Clock;
  #packets: Uint8Array[] = [];
  /** The first of them is the rest of one that was given out in part, and acknowledged. */
  #isCut = false;
  #arrived_ms = 0;
  /** How many it has been sent at a time. */
  #most = 0;
  #given_ms = Number.NEGATIVE_INFINITY;
  /** Given out and not acknowledged yet. */
  #given = 0;
  /** Call off what is due. */
  #unread: (() => void) | undefined;
  #unacked: (() => void) | undefined;

  constructor(caller: Caller, handle: number, { hoards, clock }: Pick<Shared, 'hoards' | 'clock'>) {
    this.#clock = clock;
    this.#caller = caller;
    this.#handle = handle;
    this.#hoards = hoards;
  }

  /** Whether there is one that may be given out. */
  get ready(): boolean {
    if (this.#packets.length === 0) return false;
    if (this.#caller.open !== false && this.#clock.now_ms() - this.#arrived_ms < UNREAD_MS) return true;
    this.giveBack();
    return this.#packets.length > 0;
  }

  /** How many to ask for ahead of the reads that follow this one: more each time that the reader has come back at once. */
  next(): number {
    const isBack = this.#clock.now_ms() - this.#given_ms < UNREAD_MS;
    this.#most = isBack ? Math.min(PACKETS_AHEAD_MAX, Math.max(1, 2 * this.#most)) : 0;
    return this.#most;
  }

  /** The reader has got a packet that was not among these. */
  gave(): void {
    this.#given_ms = this.#clock.now_ms();
  }

  arrive(packets: readonly Uint8Array[]): void {
    if (packets.length === 0) return;
    this.#packets.push(...packets);
    this.#arrived_ms = this.#clock.now_ms();
    this.#hoards.set(this.#handle, this);
    this.#unread?.();
    this.#unread = this.#clock.after(UNREAD_MS, () => this.giveBack());
  }

  /** Up to `max` bytes of the first one; the caller has looked whether it is `ready`. */
  take(max: number): Uint8Array {
    const [first] = this.#packets;
    if (first === undefined) throw new Error('no packet is here');
    if (!this.#isCut) this.#given++;
    this.#isCut = first.length > max;
    if (this.#isCut) this.#packets[0] = first.subarray(max);
    else this.#packets.shift();
    this.gave();
    if (this.#packets.length === 0) this.#ack();
    else this.#unacked ??= this.#clock.after(ACK_MS, () => this.#ack());
    return this.#isCut ? first.subarray(0, max) : first;
  }

  /** What has not been given out goes back, to the front of the queue. */
  giveBack(): void {
    const cut = this.#isCut ? this.#packets.slice(0, 1) : [];
    const isAny = this.#packets.length > cut.length;
    this.#packets = cut;
    this.#most = 0;
    this.#ack();
    if (isAny) tell(this.#caller, 'requeue', [this.#handle]);
  }

  /** The reader is closed: what has not been acknowledged then goes back. */
  close(): void {
    this.#packets = [];
    this.#ack();
    this.#unread?.();
  }

  #ack(): void {
    this.#unacked?.();
    this.#unacked = undefined;
    if (this.#packets.length === 0) this.#hoards.delete(this.#handle);
    if (this.#given > 0) tell(this.#caller, 'taken', [this.#handle, this.#given], { lazy: true });
    this.#given = 0;
  }
}
