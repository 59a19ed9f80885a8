/**
 * The server in this process as a `ServerTree`: its anchors and elements, reached by plain calls.
 *
 * Every operation that changes something goes through `#operate`, which records it in the order of execution and keeps each anchor's last error.
 */
import { Anchor } from './anchor.js';
import { after } from '../base/after.js';
import type { Credentials, Awaitable, ByteReader, ByteWriter, ReaderMode, WriterMode } from '../base/bytes.js';
import { withoutEnvValues } from '../base/env-values.js';
import { CircuitError } from '../base/error.js';
import { FRAME_NAME_MAX } from '../base/limits.js';
import type { ControlFile } from '../base/name.js';
import { type ElementKind, makingOf } from '../base/kind.js';
import type { Element, ElementEvents } from '../element/element.js';
import type { Host } from './host.js';
import type { AnchorPath, AnchorStat, Extent, LogPart, NamedStat, ServerTree, ProfileName, TreeSnapshot } from './server-tree.js';
import { blame, reportRead, reportWrite, setLastError, told } from './last-error.js';
import { refusalOf } from './plain-spec.js';
import { snapshotOf } from './snapshot.js';

/** The server in this process. */
export class LocalTree implements ServerTree {
  readonly root: Anchor;
  readonly #host: Host;

  constructor(host: Host, root: Anchor = Anchor.root()) {
    this.#host = host;
    this.root = root;
  }

  get id(): string {
    return this.#host.id;
  }

  stat(path: AnchorPath): AnchorStat {
    return statOf(this.root.find(path));
  }

  list(path: AnchorPath): readonly NamedStat[] {
    return Array.from(this.root.find(path).children.values(), (anchor) => ({ name: anchor.name, ...statOf(anchor) }));
  }

  tree(path: AnchorPath, extent: Extent): TreeSnapshot {
    return snapshotOf(this.root.find(path), extent);
  }

  makeAnchor(path: AnchorPath, credentials: Credentials): Awaitable<void> {
    const parent = this.root.find(path.slice(0, -1));
    return this.#operate({ operation: 'mkdir', path, args: undefined, credentials, blamed: parent }, () => {
      parent.make(path.at(-1) ?? '');
    });
  }

  removeAnchor(path: AnchorPath, credentials: Credentials): Awaitable<void> {
    const anchor = this.root.find(path);
    return this.#operate({ operation: 'rmdir', path, args: undefined, credentials, blamed: anchor }, () => {
      const { element } = anchor;
      anchor.remove();
      return removalOf([element]);
    });
  }

  makeElement(path: AnchorPath, kind: ElementKind, spec: unknown, credentials: Credentials): Awaitable<void> {
    const anchor = this.root.walk(path);
    const refusal = refusalOf(kind, spec);
    const args = refusal === undefined ? withoutEnvValues(spec) : '…';
    return this.#operate({ operation: makingOf(kind), path, args, credentials, blamed: anchor }, () => {
      anchor.reserve();
      const made: { element?: Element; gone: boolean } = { gone: false };
      const at = this.#pathText(path);
      const early: (() => void)[] = [];
      const told: ElementEvents['told'] = (what, details) => {
        if (made.element === undefined) early.push(() => this.#host.tell?.(what, at, details));
        else this.#host.tell?.(what, at, details);
      };
      const events: ElementEvents = {
        changed: () => anchor.touch(),
        happened: (operation, about) => {
          this.#host.record({ operation, path: at, args: about, credentials, error: undefined });
          if (operation === 'held') told('held', { stream: about[0] ?? '' });
        },
        told,
        gone: () => {
          made.gone = true;
          if (made.element !== undefined) anchor.release(made.element);
        },
      };
      const settle = (element: Element): void => {
        anchor.settle(element);
        made.element = element;
        for (const tell of early) tell();
        if (made.gone) anchor.release(element);
      };
      const fail = (error: unknown): never => {
        anchor.settle(undefined);
        throw error;
      };
      try {
        if (refusal !== undefined) throw refusal;
        const maker = this.#host.makers[kind];
        if (maker === undefined) throw new CircuitError('EOPNOTSUPP', `this server makes no ${kind}`);
        const element = maker(spec, events, credentials, this.#pathText(path));
        if (element instanceof Promise) return element.then(settle, fail);
        settle(element);
        return undefined;
      } catch (error) {
        return fail(error);
      }
    });
  }

  scrub(path: AnchorPath, { recursive }: { readonly recursive: boolean }, credentials: Credentials): Awaitable<void> {
    const anchor = this.root.find(path);
    return this.#operate({ operation: 'scrub', path, args: recursive ? ['-r'] : [], credentials, blamed: anchor }, () => {
      const elements = recursive ? elementsAt(anchor) : [anchor.element];
      if (recursive) anchor.clear();
      else if (anchor.element === undefined) throw new CircuitError('ENOENT', 'this anchor holds no element');
      if (anchor.parent !== undefined || !recursive) anchor.scrub();
      return removalOf(elements);
    });
  }

  perform(path: AnchorPath, verb: string, args: readonly string[], credentials: Credentials): Awaitable<void> {
    const anchor = this.root.find(path);
    return this.#operate({ operation: verb, path, args, credentials, blamed: anchor }, () => {
      if (anchor.element === undefined) throw new CircuitError('EINVAL', `this anchor holds no element that takes "${verb}"`);
      const { kind } = anchor.element;
      const performed = anchor.element.perform(verb, args, credentials);
      if (verb !== 'close') return performed;
      return after(performed, () => this.#host.tell?.('closed', this.#pathText(path), { kind }));
    });
  }

  peek(path: AnchorPath): unknown {
    return this.root.find(path).element?.peek() ?? null;
  }

  openReader(path: AnchorPath, file: ControlFile, credentials: Credentials, mode?: ReaderMode): ByteReader {
    const anchor = this.root.find(path);
    const { passive } = mode ?? {};
    const report = (error: unknown): void => (passive === true ? undefined : blame(anchor, file, error)); // who may only look changes nothing
    try {
      return reportRead(elementOf(anchor).openReader(file, credentials, mode), report);
    } catch (error) {
      report(error);
      throw error;
    }
  }

  openWriter(path: AnchorPath, file: ControlFile, mode: WriterMode, credentials: Credentials): ByteWriter {
    const anchor = this.root.find(path);
    const report = (error: unknown): void => blame(anchor, file, error);
    try {
      return reportWrite(elementOf(anchor).openWriter(file, mode, credentials), report);
    } catch (error) {
      report(error);
      throw error;
    }
  }

  lastError(path: AnchorPath): string {
    return this.root.find(path).lastError;
  }

  reportError(path: AnchorPath, operation: string, error: unknown, credentials: Credentials): void {
    const known = CircuitError.from(error);
    setLastError(this.root.find(path), operation, known);
    const name = (operation.trim().split(/\s/, 1)[0] ?? '').slice(0, FRAME_NAME_MAX);
    this.#host.record({ operation: name, path: this.#pathText(path), args: undefined, credentials, error: known });
  }

  readLog(offset: number, max: number): LogPart {
    return this.#host.readLog(offset, max);
  }

  env(): Readonly<Record<string, string>> {
    return this.#host.env();
  }

  metrics(): Awaitable<string> {
    return this.#host.metrics();
  }

  profile(name: ProfileName): string {
    if (this.#host.profile === undefined) throw new CircuitError('EOPNOTSUPP', 'this server tells nothing of its inside');
    return this.#host.profile(name);
  }

  #pathText(path: AnchorPath): string {
    return `/${[this.id, ...path].join('/')}`;
  }

  #operate({ operation, path, args, credentials, blamed }: Attempt, run: () => Awaitable<void>): Awaitable<void> {
    const { lastError } = blamed;
    const ended = (error?: CircuitError): void => {
      this.#host.record({ operation, path: this.#pathText(path), args, credentials, error });
      if (error === undefined) {
        // What failed meanwhile, or left its caller in doubt about this very operation, stays.
        if (blamed.lastError === lastError) blamed.lastError = '';
      } else blame(blamed, told(operation, args), error);
    };
    const failed = (reason: unknown): never => {
      const error = CircuitError.from(reason);
      ended(error);
      throw error;
    };
    try {
      const later = run();
      if (later instanceof Promise) return later.then(() => ended(), failed).then(() => this.#host.settled?.());
    } catch (error) {
      return failed(error);
    }
    ended();
    return this.#host.settled?.();
  }
}

interface Attempt {
  readonly operation: string;
  readonly path: AnchorPath;
  readonly args: unknown;
  readonly credentials: Credentials;
  /** Whose last error this becomes. */
  readonly blamed: Anchor;
}

function statOf({ serial, changed_ms, element, children }: Anchor): AnchorStat {
  return { serial, changed_ms, kind: element?.kind, children: children.size };
}

/** At an anchor and below. */
function elementsAt(anchor: Anchor): (Element | undefined)[] {
  return [anchor.element, ...[...anchor.children.values()].flatMap(elementsAt)];
}

/** When what goes with scrubbed elements is gone; at once, without a promise, if nothing takes its time. */
function removalOf(elements: readonly (Element | undefined)[]): Awaitable<void> {
  const removals = elements.flatMap((element) => element?.removal ?? []);
  return removals.length === 0 ? undefined : Promise.all(removals).then(() => undefined);
}

function elementOf(anchor: Anchor): Element {
  if (anchor.element === undefined) throw new CircuitError('ENOENT', 'this anchor holds no element');
  return anchor.element;
}
