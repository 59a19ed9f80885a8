/**
 * Open files and directories: the handles that OPEN and OPENDIR give to the kernel, which brings them along in READ, WRITE, POLL and RELEASE.
 */
import { CircuitError } from '../../../src/base/error.js';
import type { ListedEntry, OpenFile } from '../filesystem.js';

export interface FileHandle {
  readonly file: OpenFile;
  /** Whether the kernel keeps no position (FOPEN_STREAM), so that it is kept here. */
  readonly stream: boolean;
  /** Whether it was opened for writing. */
  readonly writes: boolean;
  /** Whether its size is not known, so that only read(2) and its like may read it. */
  readonly unsized: boolean;
  position: number;
  /** Ends the wait of a poll(2) on this file; there is one at most. */
  polling?: AbortController | undefined;
}

export interface DirectoryHandle {
  /** What READDIR pages through; taken anew when it starts at the beginning. */
  listing?: readonly ListedEntry[];
}

export class HandleTable {
  readonly #files = new Map<number, FileHandle>();
  readonly #directories = new Map<number, DirectoryHandle>();
  #last = 0;

  addFile(file: OpenFile, how: Pick<FileHandle, 'stream' | 'writes' | 'unsized'>): number {
    this.#files.set(++this.#last, { file, ...how, position: 0 });
    return this.#last;
  }

  addDirectory(): number {
    this.#directories.set(++this.#last, {});
    return this.#last;
  }

  /** @throws CircuitError EBADF */
  file(handle: number): FileHandle {
    const found = this.#files.get(handle);
    if (found === undefined) throw new CircuitError('EBADF');
    return found;
  }

  /** @throws CircuitError EBADF */
  directory(handle: number): DirectoryHandle {
    const found = this.#directories.get(handle);
    if (found === undefined) throw new CircuitError('EBADF');
    return found;
  }

  /** Returns what was released, if the handle was open. */
  releaseFile(handle: number): FileHandle | undefined {
    const found = this.#files.get(handle);
    if (found === undefined) return undefined;
    this.#files.delete(handle);
    found.polling?.abort();
    found.file.release();
    return found;
  }

  releaseDirectory(handle: number): void {
    this.#directories.delete(handle);
  }

  /** The mount is gone: nobody will release anything any more. */
  releaseAll(): void {
    for (const handle of [...this.#files.keys()]) this.releaseFile(handle);
    this.#directories.clear();
  }
}
