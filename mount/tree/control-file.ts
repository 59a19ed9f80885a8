/**
 * A control file in a directory: what `stat` and `ls` show of it, and who may open it how. What it does once it is open is its kind's business;
 * the kinds are rows of tables (`every-anchor.ts`, `process.ts` …).
 */
import { after } from '../../src/base/after.js';
import type { Credentials, Awaitable, WaitOptions } from '../../src/base/bytes.js';
import { CircuitError } from '../../src/base/error.js';
import type { Attributes, File, ListedEntry, OpenFile, OpenHow } from '../engine/filesystem.js';
import type { AnchorPath, AnchorStat, ServerTree } from '../../src/tree/server-tree.js';
import type { Access } from './access.js';
import type { View } from './view.js';

/** What a control file is in. */
export interface Holder {
  readonly access: Access;
  /**
   * Last change of the directory, ms since 1970; its control files carry it too.
   * @param file one that has to be in it still
   * @throws CircuitError ENOENT when either is gone, ESTALE if another one stands in its place
   */
  changed_ms(file?: HeldFile): Awaitable<number>;
}

/** A control file as its directory knows it. */
export interface HeldFile {
  readonly name: string;
  readonly kind: object;
  /** Whether it is there in some states of the element only. */
  readonly fleeting: boolean;
}

/** An anchor's directory, as its control files see it. */
export interface AnchorHolder extends Holder {
  readonly view: View;
  /** ID of the server whose anchor it is. */
  readonly server: string;
  readonly tree: ServerTree;
  readonly path: AnchorPath;
  /** @throws CircuitError ENOENT if this anchor is gone, ESTALE if there is another one at its path, EHOSTDOWN */
  stat(options?: WaitOptions): Awaitable<AnchorStat>;
  /** Something in this directory, or the directory itself, as a word to copy into a shell. */
  toCopy(...names: readonly string[]): string;
}

/** A kind of control file, in directories of type `H`. */
export interface FileKind<H extends Holder> {
  /** Permission bits: what the file is for, for everybody, root too. */
  readonly mode: 0o444 | 0o400 | 0o222 | 0o644;
  /** As listed: a file that blocks or consumes is a 'fifo', so that `grep -r` and `find -type f` pass it over. */
  readonly type: ListedEntry['type'];
  readonly writesWait: File['writesWait'];
  /** Reading it takes something away, or shows what is not everybody's. */
  readonly guarded: boolean;
  /** For `help`: what it is for, and a line to copy. */
  readonly purpose: string;
  readonly example: (path: string) => string;
  /** Bytes; for a file of true size. */
  readonly size?: (holder: H) => Awaitable<number>;
  readonly open: (holder: H, how: OpenHow, credentials: Credentials) => Awaitable<OpenFile>;
}

interface ControlFileOptions<H extends Holder> {
  readonly name: string;
  readonly ino: number;
  readonly kind: FileKind<H>;
  readonly fleeting?: boolean;
}

export class ControlFileEntry<H extends Holder> implements File {
  readonly kind = 'file';
  readonly ino: number;
  readonly fleeting: boolean;
  readonly #holder: H;
  readonly #kind: FileKind<H>;
  readonly #held: HeldFile;
  /** What the look-up knew of the directory's last change, for the question that always follows it. */
  #changed_ms: number | undefined;

  constructor(holder: H, { name, ino, kind, fleeting = false }: ControlFileOptions<H>, changed_ms?: number) {
    this.#holder = holder;
    this.ino = ino;
    this.fleeting = fleeting;
    this.#kind = kind;
    this.#held = { name, kind, fleeting };
    this.#changed_ms = changed_ms;
  }

  get writesWait(): File['writesWait'] {
    return this.#kind.writesWait;
  }

  /** Of a file that can only be written there is nothing to read: 0 is its true size. */
  get sizeKnown(): boolean {
    const { mode, size } = this.#kind;
    return size !== undefined || (mode & 0o444) === 0;
  }

  attributes(): Awaitable<Attributes> {
    const { mode, size: sizeOf } = this.#kind;
    const changed_ms = this.#changed_ms ?? this.#holder.changed_ms(this.#held);
    this.#changed_ms = undefined;
    return after(changed_ms, (mtime_ms) =>
      sizeOf === undefined ? { mode, size: 0, mtime_ms } : after(sizeOf(this.#holder), (size) => ({ mode, size, mtime_ms })),
    );
  }

  open(how: OpenHow, credentials: Credentials): Awaitable<OpenFile> {
    const { mode, type, guarded } = this.#kind;
    if (how.read && (mode & 0o444) === 0) throw new CircuitError('EACCES', 'this file can only be written');
    if (how.write && (mode & 0o222) === 0) throw new CircuitError('EACCES', 'this file can only be read');
    if (how.noatime && type === 'fifo') throw new CircuitError('EPERM', 'reading this file would take something away: not for backups');
    // What opens it goes by the path, at which another anchor may stand by now.
    const open = (): Awaitable<OpenFile> =>
      after(this.#holder.changed_ms(this.#held), () => this.#kind.open(this.#holder, how, credentials));
    return !how.write && !guarded ? open() : after(this.#holder.access.check(credentials), open);
  }
}
