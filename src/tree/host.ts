/**
 * What the server in this process lends to its tree: how elements are made, who is told what happens, and what only the server knows of itself.
 */
import type { Awaitable, Credentials } from '../base/bytes.js';
import type { CircuitError } from '../base/error.js';
import type { EventDetails, EventName } from '../base/event.js';
import type { ElementKind } from '../base/kind.js';
import type { Element, ElementEvents } from '../element/element.js';
import type { LogPart } from './server-tree.js';

/** Makes an element of one kind. @param path of its anchor, `/X…/hello`. @throws CircuitError EINVAL for a bad spec, and what making it can fail with */
export type ElementMaker = (spec: unknown, events: ElementEvents, credentials: Credentials, path: string) => Awaitable<Element>;

/** What a server lends to its `ServerTree`. */
export interface Host {
  readonly id: string;
  readonly makers: Readonly<Partial<Record<ElementKind, ElementMaker>>>;
  /** Told of each operation that has ended, well or not, in order. */
  record(operation: { operation: string; path: string; args: unknown; credentials: Credentials; error: CircuitError | undefined }): void;
  /** Told of what happens, in order, beside what the anchors tell. */
  tell?(what: EventName, path: string, details?: EventDetails): void;
  /** When all who were told of the tree as it was have forgotten it: no change is known to be made before. */
  settled?(): Promise<void> | undefined;
  readLog(offset: number, max: number): LogPart;
  env(): Readonly<Record<string, string>>;
  metrics(): Awaitable<string>;
  /** @throws CircuitError EINVAL for a name that is none */
  profile?(name: string): string;
}
