/**
 * One request of the kernel (struct fuse_in_header, linux/fuse.h), read out of the arena; and at the same time the `Call` that the tree sees.
 */
import { type CancelSignal, Cancellation } from '../../../src/base/cancellation.js';
import type { Call } from '../filesystem.js';
import { IN_HEADER_BYTES } from './layout.js';

/** The arena seen as bytes and as 32-bit words. */
export interface Arena {
  readonly bytes: Buffer;
  readonly words: Uint32Array;
}

const TWO_32 = 4_294_967_296;

/** A 64-bit number of the kernel that is known to stay below 2^53: node IDs, handles, offsets, uniques. */
export function wide(words: Uint32Array, at: number): number {
  return (words[at] ?? 0) + (words[at + 1] ?? 0) * TWO_32;
}

export class Request implements Call {
  readonly opcode: number;
  /** The kernel's number of this request; it counts up from 0 for each mount, so it stays below 2^53. */
  readonly unique: number;
  readonly nodeId: number;
  readonly uid: number;
  readonly gid: number;
  /** Thread ID of the caller as this process sees it; 0 from another PID namespace. */
  readonly pid: number;
  /** Index of the first argument word, and end of the request in bytes, in the arena. */
  readonly body: number;
  readonly end: number;
  nonblock = false;
  packet = false;
  #cancellation: Cancellation | undefined;
  #reason: Error | undefined;

  /** @param at where the request begins in the arena, in bytes; a multiple of 8 */
  constructor({ words }: Arena, at: number) {
    const word = at >>> 2;
    this.end = at + (words[word] ?? 0);
    this.opcode = words[word + 1] ?? 0;
    this.unique = wide(words, word + 2);
    this.nodeId = wide(words, word + 4);
    this.uid = words[word + 6] ?? 0;
    this.gid = words[word + 7] ?? 0;
    this.pid = words[word + 8] ?? 0;
    this.body = word + (IN_HEADER_BYTES >>> 2);
  }

  /** Made when it is first asked for: most requests are answered at once. */
  get signal(): CancelSignal {
    if (this.#cancellation === undefined) {
      this.#cancellation = new Cancellation();
      if (this.#reason !== undefined) this.#cancellation.abort(this.#reason);
    }
    return this.#cancellation;
  }

  /** Ends the call's waiting, if it waits for anything that can be ended. */
  abort(reason: Error): void {
    this.#reason ??= reason;
    this.#cancellation?.abort(this.#reason);
  }
}

/** The bytes behind the fixed arguments up to a NUL: a file name. Names that are not UTF-8 come out with U+FFFD, which no name may hold. */
export function nameAt(arena: Arena, from: number, end: number): string {
  const nul = arena.bytes.indexOf(0, from);
  return arena.bytes.toString('utf8', from, nul >= from && nul < end ? nul : end);
}
