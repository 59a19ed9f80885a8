/**
 * Composes what goes back to the kernel (struct fuse_out_header and the …_out structures of linux/fuse.h) in one buffer that is used again and again,
 * and sends it with one system call.
 */
import type { Attributes, Entry } from '../filesystem.js';
import { FILE_TYPE, NOTIFY_INVAL_INODE, NOTIFY_POLL, OUT_HEADER_BYTES } from './layout.js';

/** What of a device is needed to answer it. */
export interface Outlet {
  readonly out: ArrayBuffer;
  /** Sends the first `length` bytes of `out`, then `body`: 0, or -errno (-ENOENT: nobody waits for that answer any more). */
  send(length: number, body?: Uint8Array): number;
}

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

const HEADER_WORDS = OUT_HEADER_BYTES >>> 2;
const TWO_32 = 4_294_967_296;
const BLOCK_BYTES = 4096;
const ALL_ONES = 0xffffffff;

export class Replies {
  readonly #outlet: Outlet;
  readonly #words: Uint32Array;
  readonly #owner: Owner;

  constructor(outlet: Outlet, owner: Owner) {
    this.#outlet = outlet;
    this.#words = new Uint32Array(outlet.out);
    this.#owner = owner;
  }

  /** @param errno positive, or 0 for "done" */
  error(unique: number, errno: number): boolean {
    return this.#send(unique, -errno, HEADER_WORDS);
  }

  /** The bytes themselves: READ, READDIR, READLINK. */
  data(unique: number, bytes: Uint8Array): boolean {
    return this.#send(unique, 0, HEADER_WORDS, bytes);
  }

  /** Plain 32-bit words: the small fixed structures. */
  words(unique: number, ...values: readonly number[]): boolean {
    this.#words.set(values, HEADER_WORDS);
    return this.#send(unique, 0, HEADER_WORDS + values.length);
  }

  /** struct fuse_open_out. */
  opened(unique: number, handle: number, flags: number): boolean {
    const end = this.#wide(HEADER_WORDS, handle);
    this.#words[end] = flags;
    this.#words[end + 1] = 0;
    return this.#send(unique, 0, end + 2);
  }

  /**
   * struct fuse_entry_out. Attributes are never kept: they may change at any moment.
   * @param name_ms for how long the name may be kept, less than a second
   */
  entry(unique: number, nodeId: number, entry: Entry, attributes: Attributes, name_ms: number): boolean {
    const words = this.#words;
    const at = this.#wide(HEADER_WORDS, nodeId);
    words.fill(0, at, at + 8); // generation, both time-outs and their nanoseconds
    words[at + 6] = name_ms * 1e6;
    return this.#send(unique, 0, this.#attributes(at + 8, entry, attributes));
  }

  /** struct fuse_attr_out with a time-out of 0. */
  attributes(unique: number, entry: Entry, attributes: Attributes): boolean {
    this.#words.fill(0, HEADER_WORDS, HEADER_WORDS + 4);
    return this.#send(unique, 0, this.#attributes(HEADER_WORDS + 4, entry, attributes));
  }

  /** FUSE_NOTIFY_POLL: who polls the file known to the kernel as `kh` is to ask again. */
  wakePoll(kh: number): void {
    this.#send(0, NOTIFY_POLL, this.#wide(HEADER_WORDS, kh));
  }

  /**
   * FUSE_NOTIFY_INVAL_INODE at offset -1, attributes alone: whatever answers about the inode are still under way are out of date. Without pages to
   * drop the kernel takes no lock that a caller of ours could hold.
   */
  outdateAttributes(nodeId: number): void {
    const at = this.#wide(HEADER_WORDS, nodeId);
    this.#words.fill(ALL_ONES, at, at + 2);
    this.#send(0, NOTIFY_INVAL_INODE, this.#wide(at + 2, 0));
  }

  #attributes(at: number, entry: Entry, { mode, size, mtime_ms, links }: Attributes): number {
    const words = this.#words;
    const seconds = Math.floor(mtime_ms / 1000);
    const nanoseconds = Math.floor((mtime_ms - seconds * 1000) * 1e6);
    let word = this.#wide(at, entry.ino);
    word = this.#wide(word, size);
    word = this.#wide(word, Math.ceil(size / 512));
    for (let time = 0; time < 3; time++) word = this.#wide(word, seconds);
    words[word++] = nanoseconds;
    words[word++] = nanoseconds;
    words[word++] = nanoseconds;
    words[word++] = FILE_TYPE[entry.kind] | mode;
    words[word++] = links ?? 1;
    words[word++] = this.#owner.uid;
    words[word++] = this.#owner.gid;
    words[word++] = 0; // rdev
    words[word++] = BLOCK_BYTES;
    words[word++] = 0; // flags
    return word;
  }

  #wide(at: number, value: number): number {
    this.#words[at] = value % TWO_32;
    this.#words[at + 1] = value / TWO_32;
    return at + 2;
  }

  /** Whether the kernel took it. */
  #send(unique: number, error: number, end: number, body?: Uint8Array): boolean {
    const words = this.#words;
    const length = end * 4;
    words[0] = length + (body?.length ?? 0);
    words[1] = error;
    this.#wide(2, unique);
    return this.#outlet.send(length, body) === 0;
  }
}
