/**
 * What has arrived of a file on another server and has not been read here, in order; and which files are read how.
 */
import { CircuitError } from '../base/error.js';
import { type ControlFile, isWinningEnd } from '../base/name.js';
import { Data } from '../wire/session/bulk.js';
import type { MemoryBudget } from '../base/memory-budget.js';

/** Files that are the same for every reader, so that reading ahead takes nothing away. */
const SHARED: readonly ControlFile[] = ['stdout', 'stderr', 'trystdout', 'trystderr', 'events'];
/** Files of which each byte goes to one reader alone. */
const CONSUMED: readonly ControlFile[] = ['recv', 'tryrecv', 'dead'];

/** What has arrived: bytes, or a failure that one read gets. */
export type Arrival = Data | CircuitError;

export function isShared(file: ControlFile): boolean {
  return SHARED.includes(file);
}

export function isConsumed(file: ControlFile): boolean {
  return CONSUMED.includes(file) || isWinningEnd(file);
}

export class Arrivals {
  readonly #budget: MemoryBudget;
  readonly #queue: Arrival[] = [];

  /** @param budget counts what has not been taken */
  constructor(budget: MemoryBudget) {
    this.#budget = budget;
  }

  get length(): number {
    return this.#queue.length;
  }

  /** Whether the last of them is an end or a failure: nothing more is to be asked for. */
  get willEnd(): boolean {
    const last = this.#queue.at(-1);
    return last !== undefined && (last instanceof CircuitError || last.end);
  }

  /** Whether nothing but the end is left of them. */
  get isEnd(): boolean {
    const [first] = this.#queue;
    return this.#queue.length === 1 && first instanceof Data && first.end && first.bytes.length === 0;
  }

  push(arrival: Arrival): void {
    this.#queue.push(arrival);
    this.#budget.add(sizeOf(arrival));
  }

  clear(): void {
    for (const arrival of this.#queue.splice(0)) this.#budget.add(-sizeOf(arrival));
  }

  /** Up to `max` bytes of the first, with its end when nothing of it is left. @throws CircuitError the first if it is one, EAGAIN if there is none */
  take(max: number): Data {
    const [first] = this.#queue;
    if (first === undefined) throw new CircuitError('EAGAIN');
    if (first instanceof CircuitError) {
      this.#queue.shift();
      throw first;
    }
    if (first.bytes.length <= max) {
      this.#queue.shift();
      this.#budget.add(-first.bytes.length);
      return first;
    }
    this.#budget.add(-max);
    this.#queue[0] = new Data(first.bytes.subarray(max), first.end);
    return new Data(first.bytes.subarray(0, max), false);
  }
}

function sizeOf(arrival: Arrival): number {
  return arrival instanceof CircuitError ? 0 : arrival.bytes.length;
}
