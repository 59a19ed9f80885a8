/**
 * A small tree for tests of an engine: files that do one peculiar thing each, so that a kernel's quirk can be shown without the product around it.
 */
import { CircuitError } from '../../../src/base/error.js';
import type { Credentials } from '../../../src/base/bytes.js';
import type { Attributes, Call, Directory, Entry, File, ListedEntry, OpenFile, OpenHow } from '../../../mount/engine/filesystem.js';

/** What a test says about a file; what it leaves out is an error to call. */
export interface ToyFile {
  readonly mode?: number;
  readonly size?: number;
  readonly writesWait?: File['writesWait'];
  /** Whether its name is to be looked up each time, as tests that put another file at its name need it; it is, unless this says otherwise. */
  readonly fleeting?: boolean;
  /** A file with a size knows it, unless it says otherwise. */
  readonly sizeKnown?: boolean;
  open?(how: OpenHow, credentials: Credentials): Partial<OpenFile>;
}

let lastIno = 1;

export function file(toy: ToyFile): File {
  const ino = ++lastIno;
  return {
    kind: 'file',
    ino,
    fleeting: toy.fleeting ?? true,
    writesWait: toy.writesWait ?? 'never',
    sizeKnown: toy.sizeKnown ?? toy.size !== undefined,
    attributes: () => ({ mode: toy.mode ?? 0o644, size: toy.size ?? 0, mtime_ms: 1_700_000_000_123 }),
    open: (how, credentials) => {
      const opened = toy.open?.(how, credentials) ?? {};
      return {
        read: () => {
          throw new CircuitError('EACCES');
        },
        write: (bytes: Uint8Array) => bytes.length,
        release: () => undefined,
        ...opened,
      };
    },
  };
}

/** A file of these bytes. */
export function text(content: string): File {
  const bytes = Buffer.from(content);
  return file({ open: () => ({ read: (offset, size) => bytes.subarray(offset, offset + size) }) });
}

export class ToyDirectory implements Directory {
  readonly kind = 'directory';
  readonly ino = ++lastIno;
  readonly fleeting: boolean = true;
  readonly entries: Map<string, Entry>;

  constructor(entries: Readonly<Record<string, Entry>> = {}) {
    this.entries = new Map(Object.entries(entries));
  }

  attributes(): Attributes {
    return { mode: 0o755, size: 0, mtime_ms: 1_700_000_000_123, links: 2 };
  }

  lookup(name: string): Entry {
    const entry = this.entries.get(name);
    if (entry === undefined) throw new CircuitError('ENOENT');
    return entry;
  }

  list(): readonly ListedEntry[] {
    return [...this.entries].map(([name, { ino, kind }]) => ({ name, ino, type: kind }));
  }

  makeDirectory(name: string): void {
    this.entries.set(name, new ToyDirectory());
  }

  removeDirectory(name: string): void {
    this.entries.delete(name);
  }
}

/** Rejects when the call is ended, as everything that waits must; `waits` tells the test that it has begun to. */
export function untilEnded<T>(call: Call, waits?: () => void): Promise<T> {
  return new Promise((_, reject: (reason: Error) => void) => {
    const { signal } = call;
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    waits?.();
  });
}
