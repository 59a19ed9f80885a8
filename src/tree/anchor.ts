/**
 * An anchor: a name in a server's tree, with at most one element and any number of anchors below.
 *
 * Pure: the time is handed in. Serial numbers only ever grow, so that an anchor can be told from a later one at the same path.
 */
import { CircuitError } from '../base/error.js';
import { ANCHORS_MAX, DEPTH_MAX } from '../base/limits.js';
import { checkName, noAnchor } from '../base/name.js';
import type { ElementKind } from '../base/kind.js';
import type { Element } from '../element/element.js';

/** What all anchors of one tree share. */
export interface Clockwork {
  /** Wall clock, ms since 1970. */
  now(): number;
  /** Told after each change of what the tree shows. */
  changed?(): void;
  /** Told of each anchor and element below the root that comes or goes, in order. @param kind of the element */
  happened?(what: AnchorEvent, anchor: Anchor, kind?: ElementKind): void;
}

/** What comes and goes in a tree. */
export type AnchorEvent = 'anchor-made' | 'anchor-gone' | 'made' | 'scrubbed';

/** Counts of one tree. */
interface Tally {
  serial: number;
  anchors: number;
  readonly clock: Clockwork;
}

export class Anchor {
  readonly name: string;
  readonly serial: number;
  readonly parent: Anchor | undefined;
  readonly #tally: Tally;
  readonly #children = new Map<string, Anchor>();
  #kept: boolean;
  #element: Element | undefined;
  /** An element is being made: the place is taken. */
  #reserved = false;
  #changed_ms: number;
  #removed = false;
  /** The last failed operation here, in words; empty if the last one went well. */
  lastError = '';

  /** The root of a new tree. */
  static root(clock: Clockwork = Date): Anchor {
    return new Anchor('', undefined, { serial: 0, anchors: 0, clock }, true);
  }

  private constructor(name: string, parent: Anchor | undefined, tally: Tally, kept: boolean) {
    this.name = name;
    this.parent = parent;
    this.#tally = tally;
    this.#kept = kept;
    this.serial = ++tally.serial;
    tally.anchors++;
    this.#changed_ms = tally.clock.now();
  }

  get changed_ms(): number {
    return this.#changed_ms;
  }

  get element(): Element | undefined {
    return this.#element;
  }

  get children(): ReadonlyMap<string, Anchor> {
    return this.#children;
  }

  /** Anchors of the whole tree. */
  get total(): number {
    return this.#tally.anchors;
  }

  /** Names from the root down. */
  get path(): readonly string[] {
    return this.parent === undefined ? [] : [...this.parent.path, this.name];
  }

  /** The anchor at a path below. @throws CircuitError ENOENT, ENAMETOOLONG */
  find(path: readonly string[]): Anchor {
    return descend(this, path);
  }

  /**
   * Makes an anchor below that stays until it is removed.
   * @throws CircuitError EEXIST, EINVAL, ENAMETOOLONG, EAGAIN when the tree is as large or as deep as it may be
   */
  make(name: string): Anchor {
    checkName(name);
    const known = this.#children.get(name);
    if (known !== undefined) throw new CircuitError('EEXIST', `${name} is there already`);
    return this.#add(name, true);
  }

  /** The anchor at a path below, made where it lacks; what is made goes again when its last element and child are gone. @throws CircuitError as `make` */
  walk(path: readonly string[]): Anchor {
    const [name, ...rest] = path;
    if (name === undefined) return this;
    checkName(name);
    const child = this.#children.get(name) ?? this.#add(name, false);
    try {
      return child.walk(rest);
    } catch (error) {
      child.collect(); // it was made for what could not be made
      throw error;
    }
  }

  /** Removes this anchor with its element. @throws CircuitError ENOTEMPTY, EBUSY, EPERM for the root */
  remove(): void {
    if (this.parent === undefined) throw new CircuitError('EPERM', 'a server is not removed like this; suicide stops it');
    if (this.#children.size > 0) throw new CircuitError('ENOTEMPTY');
    if (this.#reserved || this.#element?.busy === true)
      throw new CircuitError('EBUSY', 'its process still runs: end it with "signal TERM", or scrub it first');
    const element = this.#element;
    element?.scrub();
    this.#element = undefined;
    if (element !== undefined) this.#tell('scrubbed', element.kind);
    this.#drop();
  }

  /** Takes the place for an element that is about to be made. @throws CircuitError EEXIST */
  reserve(): void {
    if (this.#reserved || this.#element !== undefined)
      throw new CircuitError('EEXIST', 'this anchor holds an element already: scrub it first, or use another anchor');
    this.#reserved = true;
  }

  /** Ends what `reserve` began: with the element, or without one if it could not be made. */
  settle(element: Element | undefined): void {
    this.#reserved = false;
    this.#element = element;
    if (element !== undefined) {
      this.touch();
      this.#tell('made', element.kind);
    }
    this.collect();
  }

  /** Lets the element go, scrubbed. Nothing happens if there is none. */
  scrub(): void {
    const element = this.#element;
    if (element === undefined) return;
    element.scrub();
    this.release(element);
  }

  /** The element has ended by itself. */
  release(element: Element): void {
    if (this.#element !== element) return;
    this.#element = undefined;
    this.touch();
    this.#tell('scrubbed', element.kind);
    this.collect();
  }

  /** Something here has changed. */
  touch(): void {
    this.#changed_ms = this.#tally.clock.now();
    this.#tally.clock.changed?.();
  }

  /** Goes if nothing keeps it: not made by hand, no element, no child. */
  collect(): void {
    if (this.#kept || this.#reserved || this.#element !== undefined || this.#children.size > 0 || this.#removed) return;
    this.#drop();
  }

  /** Scrubs everything below, and removes it, whatever runs. */
  clear(): void {
    for (const child of [...this.#children.values()]) {
      child.clear();
      child.scrub();
      if (child.#reserved || child.#children.size > 0) continue; // an element is being made there: it comes to stay
      child.#drop();
    }
  }

  #add(name: string, kept: boolean): Anchor {
    if (this.#tally.anchors >= ANCHORS_MAX)
      throw new CircuitError('EAGAIN', `too many anchors: expected at most ${ANCHORS_MAX} on one server`);
    if (this.path.length >= DEPTH_MAX) throw new CircuitError('EINVAL', `too many names in a path: expected at most ${DEPTH_MAX}`);
    const child = new Anchor(name, this, this.#tally, kept);
    this.#children.set(name, child);
    this.touch();
    child.#tell('anchor-made');
    return child;
  }

  #tell(what: AnchorEvent, kind?: ElementKind): void {
    if (this.parent !== undefined) this.#tally.clock.happened?.(what, this, kind);
  }

  #drop(): void {
    if (this.#removed || this.parent === undefined) return;
    this.#removed = true;
    this.#tally.anchors--;
    this.parent.#children.delete(this.name);
    this.parent.touch();
    this.#tell('anchor-gone');
    this.parent.collect();
  }
}

/** @throws CircuitError ENOENT, ENAMETOOLONG */
function descend(from: Anchor, path: readonly string[]): Anchor {
  let anchor: Anchor | undefined = from;
  for (const name of path) {
    anchor = anchor.children.get(name);
    if (anchor === undefined) throw noAnchor(path);
  }
  return anchor;
}
