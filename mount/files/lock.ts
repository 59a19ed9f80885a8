/**
 * The file `lock`: flock(2) on it is a lock of the whole circuit, which belongs to the open file and goes with its last descriptor.
 *
 * Of an open file that holds it, a read gives the token of the grant, and poll says readable. When it is lost, poll says HUP, and reads fail with why.
 */
import { NO_BYTES, type Awaitable, type ByteReader, type WaitOptions } from '../../src/base/bytes.js';
import { deferred } from '../../src/base/deferred.js';
import { CircuitError, isCircuitError } from '../../src/base/error.js';
import { unlessAborted } from '../../src/base/within.js';
import type { Call, FilePoll, LockHow, OpenFile } from '../engine/filesystem.js';

/** Opens a claim. */
export type OpenClaim = (shared: boolean, options: WaitOptions) => Awaitable<ByteReader>;

interface Held {
  readonly how: LockHow;
  readonly claim: ByteReader;
  readonly token: Uint8Array;
  /** Why it is lost. */
  lost?: CircuitError;
}

export class LockFile implements OpenFile, FilePoll {
  readonly #open: OpenClaim;
  /** Resolves at the next change of what poll(2) says. */
  #change = deferred();
  #held: Held | undefined;
  /** Claims of those who wait: several may share this open file. */
  readonly #claims = new Set<ByteReader>();
  #released = false;

  constructor(open: OpenClaim) {
    this.#open = open;
  }

  /** As flock(2) does it, a conversion gives back first. @throws CircuitError EAGAIN, EINTR, EIDRM, EHOSTDOWN, EINVAL */
  lock(how: LockHow, call: Call): Awaitable<void> {
    if (this.#held?.how === how && this.#held.lost === undefined) return;
    this.#giveBack();
    if (how === 'none') return;
    return this.#claim(how, call);
  }

  read(offset: number, size: number): Uint8Array {
    if (this.#held === undefined) throw new CircuitError('EAGAIN', 'this open file does not hold the lock');
    if (this.#held.lost !== undefined) throw this.#held.lost;
    return offset >= this.#held.token.length ? NO_BYTES : this.#held.token.subarray(offset, offset + size);
  }

  write(): never {
    throw new CircuitError('EINVAL', 'a lock takes no bytes: it is held by flock(2)');
  }

  get poll(): FilePoll {
    return this;
  }

  readable(): boolean {
    return this.#held !== undefined;
  }

  writable(): boolean {
    return false;
  }

  hungUp(): boolean {
    return this.#held?.lost !== undefined;
  }

  async whenReady({ signal }: WaitOptions): Promise<void> {
    if (this.hungUp()) return;
    await (signal === undefined ? this.#change.promise : unlessAborted(signal, this.#change.promise));
  }

  release(): void {
    this.#released = true;
    this.#letGo();
    this.#giveBack();
  }

  async #claim(how: LockHow, call: Call): Promise<void> {
    const claim = await this.#open(how === 'shared', call);
    this.#claims.add(claim);
    try {
      const token = Buffer.from(await claim.read(32, call));
      if (this.#released) throw new CircuitError('EBADF');
      this.#claims.delete(claim);
      this.#giveBack();
      this.#held = { how, claim, token };
      this.#watch(this.#held);
      this.#letGo();
      this.#wakePolls();
    } catch (error) {
      this.#claims.delete(claim);
      claim.close();
      // Who shares this open file has got the lock meanwhile: it is held.
      if (this.#released || this.#held?.how !== how || isCircuitError(error, 'EAGAIN', 'EINTR')) throw error;
    }
  }

  /** Ends the waits of those who share this open file. */
  #letGo(): void {
    for (const claim of this.#claims) claim.close();
  }

  #watch(held: Held): void {
    Promise.resolve()
      .then(() => held.claim.read(1))
      .then(
        () => (held.lost = new CircuitError('EIO', 'the lock was granted twice')),
        (error: unknown) => (held.lost = CircuitError.from(error)),
      )
      .finally(() => this.#wakePolls())
      .catch(() => undefined);
  }

  #wakePolls(): void {
    this.#change.resolve();
    this.#change = deferred();
  }

  #giveBack(): void {
    this.#held?.claim.close();
    this.#held = undefined;
  }
}
