/**
 * Selections over channels, and whatever else a test puts at a path, all of them on one server.
 */
import { CircuitError } from '../../../src/base/error.js';
import type { Element, ElementEvents } from '../../../src/element/element.js';
import { type Channel, makeChannel } from '../../../src/element/channel/channel.js';
import { makeSelection, type Selection } from '../../../src/element/selection/selection.js';
import type { Files, ReadFile } from '../../../src/element/selection/end.js';

export const ID = 'X0123456789abcdef';
export const credentials = { uid: 0, gid: 0, pid: 1 };
const ALL = { truncate: true, append: false };

export const NO_EVENTS: ElementEvents = { changed: () => undefined, happened: () => undefined, gone: () => undefined };

export class Elements implements Files {
  readonly #elements = new Map<string, Element>();

  put<E extends Element>(name: string, element: E): E {
    this.#elements.set(name, element);
    return element;
  }

  channel(name: string, capacity: number): Channel {
    return this.put(name, makeChannel({ capacity }, NO_EVENTS));
  }

  openReader(_server: string, path: readonly string[], file: ReadFile): ReturnType<Element['openReader']> {
    return this.#at(path).openReader(file, credentials, { unacked: true });
  }

  openWriter(_server: string, path: readonly string[], file: 'send'): ReturnType<Element['openWriter']> {
    return this.#at(path).openWriter(file, ALL, credentials);
  }

  /** A selection of files like `a/recv`, `b/send`. */
  select(...files: readonly string[]): Promise<Selection> {
    return makeSelection(files.map(clauseOf), NO_EVENTS, this, credentials);
  }

  #at(path: readonly string[]): Element {
    const element = this.#elements.get(path.join('/'));
    if (element === undefined) throw new CircuitError('ENOENT', 'this anchor holds no element');
    return element;
  }
}

export function clauseOf(file: string): { op: 'r' | 'w'; file: string } {
  return { op: file.endsWith('/send') ? 'w' : 'r', file: `/${ID}/${file}` };
}

/** Lets everything happen that happens by itself. */
export const settled = (): Promise<void> => new Promise(setImmediate);
