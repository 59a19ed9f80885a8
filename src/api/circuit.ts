/**
 * A circuit as a program sees it: live servers, and below each a tree of anchors.
 */
import { getegid, geteuid, pid } from 'node:process';
import type { ByteReader, Credentials, WaitOptions } from '../base/bytes.js';
import { abortSignalOf } from '../base/cancellation.js';
import { CircuitError } from '../base/error.js';
import { CircuitEvents } from '../remote/circuit-events.js';
import type { Directory } from '../remote/directory.js';
import { Anchor } from './anchor.js';
import { EventStream, type EventsOptions, wantedEvents } from './events.js';
import type { Member, ServerTree } from '../tree/server-tree.js';
import { namesOf } from './paths.js';
import { RootAnchor } from './root-anchor.js';
import { Server } from './server.js';

/** A server that has come or gone. */
export interface MemberChange {
  readonly type: 'joined' | 'left';
  readonly member: Member;
}

/** In whose name a client acts, and how it lets go. */
export interface CircuitOptions {
  /** This process if absent. */
  readonly credentials?: Credentials;
  /** Lets go of the circuit; absent if there is nothing to let go of. */
  readonly leave?: () => Promise<void>;
}

/**
 * The way into a circuit, through one of its servers. What is made in a circuit stays when it is closed.
 */
export class Circuit implements AsyncDisposable {
  readonly #directory: Directory;
  readonly #credentials: Credentials;
  readonly #leave: () => Promise<void>;
  readonly #closed = new AbortController();

  /** @internal programs `dial` */
  constructor(directory: Directory, options: CircuitOptions = {}) {
    const { credentials = { uid: geteuid?.() ?? 0, gid: getegid?.() ?? 0, pid }, leave = () => Promise.resolve() } = options;
    this.#directory = directory;
    this.#credentials = credentials;
    this.#leave = leave;
  }

  /** The server through which this client reaches the others. */
  get self(): ServerTree {
    return this.#directory.self;
  }

  /** In whose name all is done that goes through this circuit. */
  get credentials(): Credentials {
    return this.#credentials;
  }

  /** ID of the server through which this client reaches the others. */
  get serverId(): string {
    return this.self.id;
  }

  /** HOST:PORT of that server; empty if it listens at none, or has left the circuit. */
  get address(): string {
    return this.members().find(({ id }) => id === this.serverId)?.address ?? '';
  }

  /** The live servers, as far as it is known now. */
  members(): readonly Member[] {
    return this.#directory.members();
  }

  /**
   * First the servers that are there, then who joins and leaves, in the order in which it is heard of, until the circuit is closed. Of who comes and
   * goes while nobody asks for the next change, nothing is told.
   * @throws CircuitError the signal's reason
   */
  async *changes({ signal }: WaitOptions = {}): AsyncGenerator<MemberChange, void, undefined> {
    const closed = this.#closed.signal;
    const ended = signal === undefined ? closed : AbortSignal.any([abortSignalOf(signal), closed]);
    let known: ReadonlyMap<string, Member> = new Map();
    const over = (): boolean => closed.aborted;
    while (!over()) {
      ended.throwIfAborted();
      const { version } = this.#directory;
      const present = new Map(this.members().map((member) => [member.id, member]));
      const gone = [...known.values()].filter(({ id }) => !present.has(id));
      const come = [...present.values()].filter(({ id }) => !known.has(id));
      known = present;
      for (const member of gone) yield { type: 'left', member };
      for (const member of come) yield { type: 'joined', member };
      if (version !== this.#directory.version) continue;
      try {
        await this.#directory.whenChanged({ signal: ended });
      } catch (error) {
        if (!over()) throw error;
      }
    }
  }

  /**
   * What happens, from the events that are held on: in the whole circuit, or at and below a path. `joined` and `left` come first for the servers
   * that are there, and then as servers come and go.
   *
   * ```ts
   * for await (const { host, path, code } of circuit.events({ what: 'exited' })) console.log(host, path, code);
   * ```
   *
   * Each call for the next event can fail with EOVERFLOW, once for each time that events were dropped because nobody asked for long: the same
   * iterator goes on behind that. It ends when the circuit is closed.
   * @throws CircuitError EINVAL for an event that there is not, ENOENT for a path on no live server
   */
  events({ path = '/', what, signal }: EventsOptions = {}): EventStream {
    const wanted = wantedEvents(what);
    const names = namesOf(path, this);
    const [id] = names;
    const tree = id === undefined ? undefined : this.tree(id);
    return new EventStream({
      open: async (options) =>
        tree === undefined ? this.openEvents() : tree.openReader([], 'events', this.#credentials, { unacked: false, lazy: true }, options),
      below: id === undefined ? undefined : `/${names.join('/')}`,
      what: wanted,
      signal: signal && abortSignalOf(signal),
      closed: this.#closed.signal,
    });
  }

  /** @internal the events of all servers as bytes, for the mount */
  openEvents(credentials: Credentials = this.#credentials): ByteReader {
    return new CircuitEvents(this.#directory, credentials);
  }

  /** A live server, as `ServerTree`: what the mount builds upon. @throws CircuitError ENOENT */
  tree(id: string): ServerTree {
    return this.#directory.tree(id);
  }

  /** A live server, by its ID; the one that was dialled, unless given. @throws CircuitError ENOENT */
  server(id: string = this.self.id): Server {
    return new Server(this.tree(id), [], this.#credentials);
  }

  /** The root anchors of the live servers, by their IDs. */
  view(): ReadonlyMap<string, Anchor> {
    return new Map(this.members().map(({ id }) => [id, this.walk(id)]));
  }

  /**
   * The anchor at a path like `/X317c2314a386a9db/hello`, or `['X317c2314a386a9db', 'hello']`; nothing is asked yet and nothing made. `/self` is the
   * server that was dialled, `/host/web-1` one of that host, and a mount point before them may stand there. `/`, or `[]`, is the root: its view
   * has the servers, and what would change it is refused with EPERM.
   * @throws CircuitError EINVAL for `/host`, which is no anchor; ENOENT if there is no such server; ENAMETOOLONG
   */
  walk(path: string | readonly string[]): Anchor {
    const text = typeof path === 'string' ? path : path.join('/');
    const [id, ...names] = namesOf(text, this);
    if (id === undefined) return new RootAnchor(this, this.#credentials);
    if (id === 'host') throw new CircuitError('EINVAL', `"${text}" names no server: expected /X…, /self or /host/NAME`);
    return new Anchor(this.tree(id), names, this.#credentials);
  }

  /** Lets go of the circuit, after what was said last has arrived; calls that wait end with EHOSTDOWN. Idempotent. */
  async close(): Promise<void> {
    this.#closed.abort(new CircuitError('EHOSTDOWN', 'this client has let go of the circuit'));
    await this.#leave();
  }

  /** As `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
