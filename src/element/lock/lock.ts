/**
 * A lock of the whole circuit, as flock(2) is one of a host: held exclusively, shared, or by so many at once. It belongs to the open file through which
 * it was claimed, and is given back when that is closed, however its owner ended.
 *
 * First come, first served: who can wait stands in one line, and nobody overtakes.
 */
import type { ByteReader, ByteWriter, Credentials, ReaderMode } from '../../base/bytes.js';
import { CircuitError } from '../../base/error.js';
import { LOCK_SLOTS_MAX, WAITERS_SHOWN_MAX } from '../../base/limits.js';
import type { ControlFile } from '../../base/name.js';
import { WaitQueue } from '../../stream/wait-queue.js';
import type { Element } from '../element.js';
import { Claim, type ClaimPeek, type Line } from './claim.js';

export interface LockPeek {
  /** How many may hold it at once. */
  readonly Slots: number;
  /** Of the newest grant: each has a higher one than those before it. 0: it was never held. */
  readonly Token: number;
  readonly NumHolders: number;
  readonly NumWaiting: number;
  /** The first of them. */
  readonly Holders: readonly ClaimPeek[];
  readonly Waiting: readonly ClaimPeek[];
}

const EXPECTED = `expected {"slots": a whole number from 1 to ${LOCK_SLOTS_MAX}}`;

/** @throws CircuitError EINVAL for an invalid number of slots */
export function makeLock(spec: unknown): Lock {
  if (spec === undefined) return new Lock(1);
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec))
    throw new CircuitError('EINVAL', `mklock: invalid spec: ${EXPECTED}`);
  const { slots = 1, ...others } = spec as { readonly slots?: unknown };
  const [other] = Object.keys(others);
  if (other !== undefined) throw new CircuitError('EINVAL', `mklock: unknown field "${other.slice(0, 40)}": ${EXPECTED}`);
  if (typeof slots === 'number' && Number.isInteger(slots) && slots >= 1 && slots <= LOCK_SLOTS_MAX) return new Lock(slots);
  const shown = typeof slots === 'number' || typeof slots === 'string' ? String(slots).slice(0, 40) : 'not a number';
  throw new CircuitError('EINVAL', `invalid number of slots: ${shown}; expected a whole number from 1 to ${LOCK_SLOTS_MAX}`);
}

export class Lock implements Element, Line {
  readonly kind = 'lock';
  readonly slots: number;
  readonly polling = new Set<Claim>();
  readonly #line = new WaitQueue<Claim>();
  readonly #holders = new WaitQueue<Claim>();
  #token = 0;
  #scrubbed = false;

  constructor(slots: number) {
    this.slots = slots;
  }

  /** It is in somebody's hands. */
  get busy(): boolean {
    return this.#holders.length > 0;
  }

  get scrubbed(): boolean {
    return this.#scrubbed;
  }

  /** How many hold it, and wait for it. */
  get counts(): { readonly holders: number; readonly waiting: number } {
    return { holders: this.#holders.length, waiting: this.#line.length };
  }

  peek(): LockPeek {
    return {
      Slots: this.slots,
      Token: this.#token,
      NumHolders: this.#holders.length,
      NumWaiting: this.#line.length,
      Holders: shown(this.#holders),
      Waiting: shown(this.#line),
    };
  }

  /** @throws CircuitError ENOENT for another file, EINVAL for a shared claim where several hold it anyway */
  openReader(file: ControlFile, credentials: Credentials, mode?: ReaderMode): ByteReader {
    if (file !== 'lock') throw new CircuitError('ENOENT', `a lock has no file "${file}" to read`);
    const shared = mode?.shared === true;
    if (shared && this.slots > 1) throw new CircuitError('EINVAL', `this lock has ${this.slots} slots: it cannot be shared`);
    return new Claim(this, credentials, shared);
  }

  openWriter(file: ControlFile): ByteWriter {
    throw new CircuitError('ENOENT', `a lock has no file "${file}" to write`);
  }

  perform(): void {
    throw new CircuitError('EINVAL', 'invalid command of a lock: expected "scrub"');
  }

  scrub(): void {
    if (this.#scrubbed) return;
    this.#scrubbed = true;
    for (const poller of this.polling) poller.wakePolls();
    for (const claims of [this.#line, this.#holders]) {
      for (let claim = claims.shift(); claim !== undefined; claim = claims.shift()) claim.wake();
    }
  }

  enqueue(claim: Claim): void {
    if (this.#scrubbed) return;
    if (!this.#line.has(claim)) this.#line.push(claim);
    this.#grant();
  }

  leave(claim: Claim): void {
    if (this.#line.remove(claim) || this.#holders.remove(claim)) this.paused();
  }

  paused(): void {
    this.#grant();
    for (const poller of this.polling) poller.wakePolls();
  }

  isFreeFor(shared: boolean): boolean {
    for (const { isWaiting } of this.#line) if (isWaiting) return false;
    return this.#hasRoomFor(shared);
  }

  #hasRoomFor(shared: boolean): boolean {
    const { length, first } = this.#holders;
    if (shared && first?.shared === true) return true; // one slot, and those who have it share it
    return first?.shared === true ? false : length < this.slots;
  }

  /** One whose connection is down keeps its place, and is passed over. */
  #grant(): void {
    for (const claim of this.#line) {
      if (!claim.isWaiting) continue;
      if (!this.#hasRoomFor(claim.shared)) return;
      this.#line.remove(claim);
      this.#holders.push(claim);
      claim.granted(++this.#token);
    }
  }
}

function shown(claims: WaitQueue<Claim>): readonly ClaimPeek[] {
  const peeks: ClaimPeek[] = [];
  for (const claim of claims) {
    if (peeks.length === WAITERS_SHOWN_MAX) break;
    peeks.push(claim.peek());
  }
  return peeks;
}
