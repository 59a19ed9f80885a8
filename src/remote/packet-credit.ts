/**
 * The credit of one writer in packet mode: how many packets the other server keeps room for, beyond those that are under way. It comes with the
 * answers, and is given back when it is not used.
 */
import type { WaitOptions } from '../base/bytes.js';
import type { Clock } from '../base/clock.js';
import { CircuitError } from '../base/error.js';
import { TRANSFER } from './calls.js';
import { WaitQueue } from '../stream/wait-queue.js';
import { Wait } from '../stream/wait.js';

/** A writer that has written nothing for so long, in ms, is not about to: others may have the room. */
const UNUSED_MS = 50;

/** How the other server has answered a write. */
interface Taken {
  readonly count: number;
  /** Packets for which it keeps room behind this one. */
  readonly credit: number;
}

/** @throws CircuitError EIO for an invalid answer */
export function takenOf(answer: unknown, bytes: Uint8Array, flags: number): Taken {
  const [count, credit] = (Array.isArray(answer) ? answer : [answer, 0]) as readonly unknown[];
  const most = (flags & TRANSFER.RESERVE) === 0 ? bytes.length : 1;
  if (isCount(count) && count <= most && isCount(credit)) return { count, credit };
  throw new CircuitError('EIO', 'the other server gave an invalid answer to a write');
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}

export class PacketCredit {
  readonly #forgo: () => boolean;
  readonly #clock: Clock;
  readonly #waiting = new WaitQueue<Wait<void>>();
  #left = 0;
  #sent = 0;
  /** The last packet that was answered. */
  #answered = 0;
  /** Calls off its end. */
  #unused: (() => void) | undefined;

  /** @param forgo tells the other server that what is left is not used; false: packets are under way, and it is not told */
  constructor(forgo: () => boolean, clock: Clock) {
    this.#clock = clock;
    this.#forgo = forgo;
  }

  /** How many may be sent now. */
  get left(): number {
    return this.#left;
  }

  /** A packet is sent. Returns its number. */
  sent(): number {
    if (this.#left > 0) this.#left--;
    return ++this.#sent;
  }

  /** So many were kept room for when this packet had been taken: those that were sent since are among them. */
  answered(packet: number, credit: number): void {
    if (packet < this.#answered) return;
    this.#answered = packet;
    this.#left = Math.max(0, credit - (this.#sent - packet));
    if (this.#left > 0) this.#watch();
    this.wake();
  }

  /** Resolves when a packet has been answered, or `wake` is called. @throws the signal's reason */
  async whenAnswered(options: WaitOptions | undefined): Promise<void> {
    const wait = new Wait<void>();
    const answered = wait.begin(options?.signal, () => void this.#waiting.remove(wait));
    this.#waiting.push(wait);
    await answered;
  }

  wake(): void {
    for (let wait = this.#waiting.shift(); wait !== undefined; wait = this.#waiting.shift()) wait.answer();
  }

  end(): void {
    this.#left = 0;
    this.#unused?.();
    this.wake();
  }

  #watch(): void {
    this.#unused?.();
    this.#unused = this.#clock.after(UNUSED_MS, () => this.#expire());
  }

  #expire(): void {
    if (this.#left === 0) return;
    if (this.#forgo()) this.#left = 0;
    else this.#watch();
  }
}
