/**
 * A handle of an anchor: a path on one server. It asks anew each time, so it may be of an anchor that does not exist yet, or no longer.
 */
import type { Awaitable, Credentials, WaitOptions } from '../base/bytes.js';
import { splitPath } from './paths.js';
import { CircuitError } from '../base/error.js';
import { type ElementKind, makingOf } from '../base/kind.js';
import { unlessAborted } from '../base/within.js';
import type { ProcessCommand } from '../element/process/command.js';
import type { ContainerRun } from '../element/container/run.js';
import type { SelectionClause } from '../element/selection/clause.js';
import { type ListedAnchor, listBelow } from './below.js';
import { call } from './call.js';
import { Channel, type ChannelOptions } from './channel.js';
import { Container } from './container.js';
import { type AnyElement, type HandleClass, HANDLES } from './elements.js';
import { Lock } from './lock.js';
import { NameServer } from './name-server.js';
import type { AnchorPath, AnchorStat, ServerTree } from '../tree/server-tree.js';
import { Process } from './process.js';
import { Selection } from './selection.js';
import { Server } from './server.js';
import { JoinSubscription, LeaveSubscription, Subscription } from './subscription.js';
import { Topic } from './topic.js';

/** How far down is listed. */
export interface BelowOptions extends WaitOptions {
  /** 1: the anchors right below; all unless given. */
  readonly levels?: number;
}

/** How much is scrubbed. */
export interface ScrubOptions extends WaitOptions {
  /** Everything below as well: elements and anchors. */
  readonly recursive?: boolean;
}

/**
 * An anchor, there or not: a path on one server. A handle owns nothing: what is made in an anchor stays there until it is scrubbed or removed.
 *
 * Every call can fail with EHOSTDOWN, with ENAMETOOLONG if a name of its path has more than 255 bytes, and with its signal's reason. A signal does not
 * take back a command that has gone out: the call then waits a quarter of a second for its result, and fails with the signal's reason if there is none:
 * what became of the command is not known.
 */
export class Anchor {
  readonly #tree: ServerTree;
  readonly #names: AnchorPath;
  readonly #credentials: Credentials;

  /** @internal anchors come from `walk` and `view` */
  constructor(tree: ServerTree, names: AnchorPath, credentials: Credentials) {
    this.#tree = tree;
    this.#names = names;
    this.#credentials = credentials;
  }

  /** As in `/X317c2314a386a9db/hello`; `/` of the root. */
  get path(): string {
    return `/${[this.#tree.id, ...this.#names].join('/')}`;
  }

  /** ID of the server that hosts it; empty for the root. */
  get serverId(): string {
    return this.#tree.id;
  }

  /** The server that hosts it; calls of the root's, which has none, fail with EPERM. */
  get server(): Server {
    return new Server(this.#tree, [], this.#credentials);
  }

  /** HOST:PORT of the server that hosts it; empty if it listens at none. */
  async address(options?: WaitOptions): Promise<string> {
    return (await this.server.peek(options)).Addr;
  }

  /** The anchor at a path below this one, or at the end of these names; nothing is asked yet and nothing made. */
  walk(path: string | readonly string[]): Anchor {
    return this.#at([...this.#names, ...splitPath(path)]);
  }

  /** What is known of it without looking into its element. @throws CircuitError ENOENT */
  async stat(options?: WaitOptions): Promise<AnchorStat> {
    return this.#call('stat', options, () => this.#tree.stat(this.#names, options));
  }

  /** The anchors right below, by name. @throws CircuitError ENOENT */
  async view(options?: WaitOptions): Promise<ReadonlyMap<string, Anchor>> {
    const list = await this.#call('list', options, () => this.#tree.list(this.#names, options));
    return new Map(list.map(({ name }) => [name, this.#at([...this.#names, name])]));
  }

  /** All anchors below, or those of some levels, with the kinds of their elements: a whole tree comes in few answers. @throws CircuitError ENOENT */
  async below({ levels = Infinity, signal }: BelowOptions = {}): Promise<readonly ListedAnchor[]> {
    return this.#call('list', { signal }, () => {
      const listing = listBelow(this.#tree, this.#names, levels);
      return signal === undefined ? listing : unlessAborted(signal, listing);
    });
  }

  /** Makes this anchor, to stay until it is removed. @throws CircuitError EEXIST, EINVAL, ENOENT if the one above is not there */
  async make(options?: WaitOptions): Promise<void> {
    await this.#call('mkdir', options, () => this.#tree.makeAnchor(this.#names, this.#credentials, options));
  }

  /** Removes this anchor and its element. @throws CircuitError ENOTEMPTY, EBUSY, ENOENT, EPERM for a server */
  async remove(options?: WaitOptions): Promise<void> {
    await this.#call('rmdir', options, () => this.#tree.removeAnchor(this.#names, this.#credentials, options));
  }

  /** Starts a program here; anchors that lack on the way are made, and go again with it. @throws CircuitError EEXIST, EINVAL, ENOENT, EACCES, EPERM */
  async makeProcess(command: ProcessCommand, options?: WaitOptions): Promise<Process> {
    return this.#make('proc', command, Process, options);
  }

  /**
   * Starts a Docker container here; an image that the engine lacks is pulled.
   * @throws CircuitError EOPNOTSUPP if the server was started without Docker; EEXIST, EINVAL, ENOENT no such image or program, EACCES, EIO
   */
  async makeContainer(run: ContainerRun, options?: WaitOptions): Promise<Container> {
    return this.#make('docker', run, Container, options);
  }

  /** Makes a channel here that buffers so many messages, up to 1,000,000. @throws CircuitError EEXIST, EINVAL, EPERM */
  async makeChannel(capacity: number, { tries, ...options }: ChannelOptions = {}): Promise<Channel> {
    return this.#make('chan', { capacity, ...(tries !== undefined && { tries }) }, Channel, options);
  }

  /**
   * Makes a name server here, at an IP address of its host and a port, as in `127.0.0.1:5353`; 127.0.0.1 and a free port if absent or empty.
   * @throws CircuitError EEXIST, EINVAL, EBUSY if the port is in use, EACCES
   */
  async makeNameServer(address?: string, options?: WaitOptions): Promise<NameServer> {
    return this.#make('dns', address === undefined || address === '' ? {} : { address }, NameServer, options);
  }

  /** Makes a lock here that so many may hold at once, up to 10,000; one if absent. @throws CircuitError EEXIST, EINVAL */
  async makeLock(slots = 1, options?: WaitOptions): Promise<Lock> {
    return this.#make('lock', { slots }, Lock, options);
  }

  /** Makes a topic here that holds so many of its newest messages, up to 100,000; one if absent. @throws CircuitError EEXIST, EINVAL */
  async makeTopic(keep = 1, options?: WaitOptions): Promise<Topic> {
    return this.#make('topic', { keep }, Topic, options);
  }

  /** Subscribes here to the servers that join, beginning with those that are there. @throws CircuitError EEXIST */
  async makeOnJoin(options?: WaitOptions): Promise<JoinSubscription> {
    return this.#make('@join', undefined, JoinSubscription, options);
  }

  /** Subscribes here to the servers that leave or die from now on. @throws CircuitError EEXIST */
  async makeOnLeave(options?: WaitOptions): Promise<LeaveSubscription> {
    return this.#make('@leave', undefined, LeaveSubscription, options);
  }

  /**
   * Waits here for the first of several files that is ready, on any servers.
   * @throws CircuitError EEXIST, EINVAL, and why one of the clauses cannot be opened: ENOENT, EHOSTDOWN, EPIPE
   */
  async makeSelection(clauses: readonly SelectionClause[], options?: WaitOptions): Promise<Selection> {
    return this.#make('select', clauses, Selection, options);
  }

  /** A handle of the element that is here now; undefined if there is none. @throws CircuitError ENOENT if there is no such anchor */
  async get(options?: WaitOptions): Promise<AnyElement | undefined> {
    const { kind } = await this.stat(options);
    return kind && new HANDLES[kind](this.#tree, this.#names, this.#credentials);
  }

  /** The channel that is here. @throws CircuitError ENOENT if there is none */
  async channel(options?: WaitOptions): Promise<Channel> {
    return this.#expect(await this.get(options), Channel);
  }

  /** The lock that is here. @throws CircuitError ENOENT if there is none */
  async lock(options?: WaitOptions): Promise<Lock> {
    return this.#expect(await this.get(options), Lock);
  }

  /** The topic that is here. @throws CircuitError ENOENT if there is none */
  async topic(options?: WaitOptions): Promise<Topic> {
    return this.#expect(await this.get(options), Topic);
  }

  /** The process that is here. @throws CircuitError ENOENT if there is none */
  async process(options?: WaitOptions): Promise<Process> {
    return this.#expect(await this.get(options), Process);
  }

  /** The container that is here. @throws CircuitError ENOENT if there is none */
  async container(options?: WaitOptions): Promise<Container> {
    return this.#expect(await this.get(options), Container);
  }

  /** The name server that is here. @throws CircuitError ENOENT if there is none */
  async nameServer(options?: WaitOptions): Promise<NameServer> {
    return this.#expect(await this.get(options), NameServer);
  }

  /** The subscription that is here. @throws CircuitError ENOENT if there is none */
  async subscription(options?: WaitOptions): Promise<Subscription> {
    return this.#expect(await this.get(options), Subscription);
  }

  /** The selection that is here. @throws CircuitError ENOENT if there is none */
  async selection(options?: WaitOptions): Promise<Selection> {
    return this.#expect(await this.get(options), Selection);
  }

  /** Abandons the element; recursive: everything below as well. @throws CircuitError ENOENT if there is no element, EPERM for a server */
  async scrub({ recursive = false, ...options }: ScrubOptions = {}): Promise<void> {
    await this.#call('scrub', options, () => this.#tree.scrub(this.#names, { recursive }, this.#credentials, options));
  }

  /** State of the element as the file `peek` shows it; null if there is none. @throws CircuitError ENOENT if there is no such anchor */
  async peek(options?: WaitOptions): Promise<unknown> {
    return this.#call('peek', options, () => this.#tree.peek(this.#names, options));
  }

  /** Why the last operation here failed, in a sentence with its time and command; empty if it did not. @throws CircuitError ENOENT */
  async lastError(options?: WaitOptions): Promise<string> {
    return this.#call('error', options, () => this.#tree.lastError(this.#names, options));
  }

  #call<T>(operation: string, options: WaitOptions | undefined, ask: () => Awaitable<T>): Promise<T> {
    return call(operation, { tree: this.#tree, names: this.#names }, options, ask);
  }

  #at(names: AnchorPath): Anchor {
    return new Anchor(this.#tree, names, this.#credentials);
  }

  async #make<T>(kind: ElementKind, spec: unknown, handle: HandleClass<T>, options: WaitOptions | undefined): Promise<T> {
    await this.#call(makingOf(kind), options, () => this.#tree.makeElement(this.#names, kind, spec, this.#credentials, options));
    return new handle(this.#tree, this.#names, this.#credentials);
  }

  #expect<T>(element: AnyElement | undefined, kind: abstract new (...args: never[]) => T): T {
    if (element instanceof kind) return element;
    throw new CircuitError('ENOENT', `${this.path} holds no ${kind.name.toLowerCase()}`, { path: this.path, server: this.serverId });
  }
}
