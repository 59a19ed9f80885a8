/**
 * A handle of an anchor: a path on one server. It asks anew each time, so it may be of an anchor that does not exist yet, or no longer.
 */
import type { Asker } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import type { ElementKind } from '../base/kind.js';
import type { ProcessCommand } from '../element/process/command.js';
import type { ContainerRun } from '../element/container/run.js';
import { Container } from './container.js';
import { Channel } from './channel.js';
import type { AnchorPath, AnchorStat, NamedStat, Place } from './place.js';
import { Process } from './process.js';
import { Server } from './server.js';

/** A handle of what an anchor holds. */
export type ElementHandle = Process | Container | Channel | Server;

/** An anchor, there or not: a path on one server. */
export class Anchor {
  readonly #place: Place;
  readonly #names: AnchorPath;
  readonly #asker: Asker;

  constructor(place: Place, names: AnchorPath, asker: Asker) {
    this.#place = place;
    this.#names = names;
    this.#asker = asker;
  }

  /** As in `/X317c2314a386a9db/hello`. */
  get path(): string {
    return `/${[this.#place.id, ...this.#names].join('/')}`;
  }

  /** The anchor at a path below this one. */
  walk(path: string): Anchor {
    return new Anchor(this.#place, [...this.#names, ...path.split('/').filter((name) => name !== '')], this.#asker);
  }

  /** @throws CircuitError ENOENT */
  async stat(): Promise<AnchorStat> {
    return this.#place.stat(this.#names);
  }

  /** The anchors below, by name. @throws CircuitError ENOENT */
  async view(): Promise<ReadonlyMap<string, AnchorStat>> {
    const list: readonly NamedStat[] = await this.#place.list(this.#names);
    return new Map(list.map(({ name, ...stat }) => [name, stat]));
  }

  /** Makes this anchor, to stay until it is removed. @throws CircuitError EEXIST, EINVAL, ENOENT if the one above is not there */
  async make(): Promise<void> {
    await this.#place.makeAnchor(this.#names, this.#asker);
  }

  /** Removes this anchor and its element. @throws CircuitError ENOTEMPTY, EBUSY, ENOENT */
  async remove(): Promise<void> {
    await this.#place.removeAnchor(this.#names, this.#asker);
  }

  /** Starts a program here; anchors that lack on the way are made, and go again with it. @throws CircuitError EEXIST, EINVAL, ENOENT, EACCES, EPERM */
  async makeProcess(command: ProcessCommand): Promise<Process> {
    await this.#place.makeElement(this.#names, 'proc', command, this.#asker);
    return new Process(this.#place, this.#names, this.#asker);
  }

  /**
   * Starts a Docker container here; an image that the engine lacks is pulled.
   * @throws CircuitError EOPNOTSUPP if the server was started without Docker; EEXIST, EINVAL, ENOENT no such image or program, EACCES, EIO
   */
  async makeContainer(run: ContainerRun): Promise<Container> {
    await this.#place.makeElement(this.#names, 'docker', run, this.#asker);
    return new Container(this.#place, this.#names, this.#asker);
  }

  /** Makes a channel here that buffers so many messages. @throws CircuitError EEXIST, EINVAL */
  async makeChannel(capacity: number): Promise<Channel> {
    await this.#place.makeElement(this.#names, 'chan', { capacity }, this.#asker);
    return new Channel(this.#place, this.#names, this.#asker);
  }

  /** A handle of the element that is here now; undefined if there is none. @throws CircuitError ENOENT */
  async get(): Promise<ElementHandle | undefined> {
    const { kind } = await this.#place.stat(this.#names);
    return kind && HANDLES[kind](this.#place, this.#names, this.#asker);
  }

  /** @throws CircuitError ENOENT if there is no channel here */
  async channel(): Promise<Channel> {
    return this.#expect(await this.get(), Channel);
  }

  /** @throws CircuitError ENOENT if there is no container here */
  async container(): Promise<Container> {
    return this.#expect(await this.get(), Container);
  }

  /** @throws CircuitError ENOENT if there is no process here */
  async process(): Promise<Process> {
    return this.#expect(await this.get(), Process);
  }

  /** Abandons the element; recursive: everything below as well. */
  async scrub({ recursive = false }: { recursive?: boolean } = {}): Promise<void> {
    await this.#place.scrub(this.#names, { recursive }, this.#asker);
  }

  /** State of the element as `peek` prints it; null if there is none. */
  async peek(): Promise<unknown> {
    return await this.#place.peek(this.#names);
  }

  /** Why the last operation here failed; empty if it did not. */
  async lastError(): Promise<string> {
    return this.#place.lastError(this.#names);
  }

  #expect<T>(element: unknown, kind: abstract new (...args: never[]) => T): T {
    if (element instanceof kind) return element;
    throw new CircuitError('ENOENT', `${this.path} holds no ${kind.name.toLowerCase()}`);
  }
}

const HANDLES: Readonly<Record<ElementKind, (place: Place, path: AnchorPath, asker: Asker) => ElementHandle>> = {
  proc: (place, path, asker) => new Process(place, path, asker),
  docker: (place, path, asker) => new Container(place, path, asker),
  chan: (place, path, asker) => new Channel(place, path, asker),
  server: (place, _path, asker) => new Server(place, asker),
};
