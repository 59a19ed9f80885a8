/**
 * What every element is to its anchor: something with files that can be read and written, commands, and an end.
 *
 * An element knows nothing of paths, clients, the wire or FUSE. What it needs of the circuit is handed to its maker.
 */
import type { Credentials, Awaitable, ByteReader, ByteWriter, ReaderMode, WriterMode } from '../base/bytes.js';
import type { EventDetails, EventName } from '../base/event.js';
import type { ElementKind } from '../base/kind.js';
import type { ControlFile } from '../base/name.js';

export interface Element {
  readonly kind: ElementKind;
  /** Whether something runs that `rmdir` must not take away (EBUSY). */
  readonly busy: boolean;
  /** Its state, as printed by the file `peek`: plain data for JSON, or a promise of it that does not take long. */
  peek(): unknown;
  /** @throws CircuitError ENOENT if this element has no such file to read */
  openReader(file: ControlFile, credentials: Credentials, mode?: ReaderMode): ByteReader;
  /** Opening never blocks. @throws CircuitError ENOENT if this element has no such file to write, EAGAIN */
  openWriter(file: ControlFile, mode: WriterMode, credentials: Credentials): ByteWriter;
  /** A command of this element, words already parsed. @throws CircuitError EINVAL, and the command's own */
  perform(verb: string, args: readonly string[], credentials: Credentials): Awaitable<void>;
  /** Abandons the element at once: calls that wait on it fail with EIDRM. Idempotent. */
  scrub(): void;
  /** After `scrub`, where something goes with the element that takes its time: resolves when it is gone. @throws CircuitError why it could not go */
  readonly removal?: Promise<void> | undefined;
}

/** What an element tells its anchor; handed to the maker. */
export interface ElementEvents {
  /** Its state has changed: the anchor's mtime moves. */
  changed(): void;
  /** Something has happened of itself that belongs into the operation log: `held`, `stdout`. */
  happened(operation: string, args: readonly string[]): void;
  /** Something has happened of itself that `events` tells of. Before the element is made it is told behind that. */
  told?(what: EventName, details: EventDetails): void;
  /** It has ended by itself (`"Scrub": true`) and wants to be let go. */
  gone(): void;
}
