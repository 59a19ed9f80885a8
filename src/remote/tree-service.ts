/**
 * One peer's session as it is served here: its calls become calls on a server's `ServerTree`, be it this server's own or, for a client that cannot reach
 * it, another's.
 *
 * Nothing that a peer says is taken for granted; what is wrong is answered with an error. What is read on its behalf stays unacknowledged until it has arrived.
 */
import { after } from '../base/after.js';
import type { Credentials, Awaitable, TransferOptions, WaitOptions } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import { type ControlFile, isReserved } from '../base/name.js';
import type { Directory } from '../remote/directory.js';
import type { ServerTree, ProfileName } from '../tree/server-tree.js';
import { type ElementKind, isElementKind } from '../base/kind.js';
import { type CallArguments, type CallName, checkCall, checkNote, isCall, isErrorCode, isNote, TRANSFER } from './calls.js';
import type { IncomingCall, ServedSession, SessionHandler } from '../wire/session/session-handler.js';
import { Handles } from './handles.js';
import { PausableWaits } from './pausable-waits.js';
import type { Holder, Leases } from './leases.js';

/** Calls that may change the tree: who makes them has forgotten what it knew. */
const CHANGES: readonly CallName[] = ['mkdir', 'rmdir', 'make', 'scrub', 'perform'];

type Handlers = { readonly [C in CallName]: (args: CallArguments<C>, call: IncomingCall) => Awaitable<unknown> };

export class TreeService implements SessionHandler, Holder {
  readonly #session: ServedSession;
  readonly #directory: Directory;
  readonly #leases: Leases;
  readonly #handles = new Handles();
  readonly #offers = new PausableWaits();
  /** An open file keeps the session. */
  #letGo: (() => void) | undefined;

  constructor(session: ServedSession, directory: Directory, leases: Leases) {
    this.#session = session;
    this.#directory = directory;
    this.#leases = leases;
  }

  handle(name: string, args: unknown, call: IncomingCall): Awaitable<unknown> {
    if (!isCall(name)) throw new CircuitError('ENOSYS', `this server knows no call "${name.slice(0, 40)}": its version is older`);
    if (CHANGES.includes(name)) this.#leases.drop(this);
    return this.#serve(name, checkCall(name, args), call);
  }

  noted(name: string, args: unknown): void {
    if (!isNote(name)) return;
    const [handle, count = 0] = checkNote(name, args);
    if (name === 'close') this.#handles.close(handle);
    else if (name === 'abort') this.#handles.abort(handle);
    else this.#settle(handle, name === 'taken' ? count : undefined);
    this.#holdWhileOpen();
  }

  detached(): void {
    this.#offers.down();
  }

  attached(): void {
    this.#offers.up();
  }

  ended(): void {
    this.#leases.drop(this);
    this.#handles.abortAll();
    this.#holdWhileOpen();
  }

  async recall(): Promise<void> {
    try {
      await this.#session.call('recall', []);
    } catch {
      // It is gone, and what it knew with it.
    }
  }

  #serve<C extends CallName>(name: C, args: CallArguments<C>, call: IncomingCall): Awaitable<unknown> {
    return this.#calls[name](args, call);
  }

  readonly #calls: Handlers = {
    tree: ([target, path, entries, from]) =>
      after(this.#tree(target).tree(path, { entries, after: from }), (snapshot) =>
        target === this.#directory.self.id ? { ...snapshot, lease_ms: this.#leases.grant(this), version: this.#leases.version } : snapshot,
      ),
    mkdir: ([target, path, credentials]) => this.#tree(target).makeAnchor(path, this.#credentials(credentials)),
    rmdir: ([target, path, credentials]) => this.#tree(target).removeAnchor(path, this.#credentials(credentials)),
    make: ([target, path, kind, spec, credentials]) =>
      this.#tree(target).makeElement(path, kindOf(kind), spec, this.#credentials(credentials)),
    scrub: ([target, path, recursive, credentials]) => this.#tree(target).scrub(path, { recursive }, this.#credentials(credentials)),
    perform: ([target, path, verb, words, credentials]) => this.#tree(target).perform(path, verb, words, this.#credentials(credentials)),
    peek: ([target, path]) => this.#tree(target).peek(path),
    error: ([target, path]) => this.#tree(target).lastError(path),
    report: ([target, path, operation, code, sentence, credentials]) =>
      this.#tree(target).reportError(
        path,
        operation,
        new CircuitError(isErrorCode(code) ? code : 'EIO', sentence),
        this.#credentials(credentials),
      ),
    log: ([target, offset, most]) => this.#tree(target).readLog(offset, most),
    env: ([target]) => this.#tree(target).env(),
    metrics: ([target]) => this.#tree(target).metrics(),
    profile: ([target, name]) => this.#tree(target).profile(name as ProfileName), // which there are is that server's to say
    reader: ([handle, target, path, file, credentials]) => {
      const open = (): ReturnType<ServerTree['openReader']> =>
        this.#tree(target).openReader(path, fileOf(file), this.#credentials(credentials), { unacked: true });
      return this.#opened(this.#handles.addReader(handle, open));
    },
    writer: ([handle, target, path, file, truncate, append, credentials]) => {
      const open = (): ReturnType<ServerTree['openWriter']> =>
        this.#tree(target).openWriter(path, fileOf(file), { truncate, append }, this.#credentials(credentials));
      return this.#opened(this.#handles.addWriter(handle, open));
    },
    read: ([handle, most, flags], call) => {
      const read = (): Awaitable<Uint8Array> =>
        this.#offers.make(call, (wait) =>
          after(this.#handles.reader(handle), (reader) => reader.read(Math.max(1, most), optionsOf(flags, wait))),
        );
      // A peer that does not take what it asked for is answered no more.
      return this.#session.congested ? this.#session.whenFlowing({ signal: call.signal }).then(read) : read();
    },
    write: ([handle, flags, bytes], call) =>
      this.#offers.make(call, (wait) => after(this.#handles.writer(handle), (writer) => writer.write(bytes, optionsOf(flags, wait)))),
    ready: ([handle], call) =>
      after(this.#handles.any(handle), (end) => (end.ready() ? undefined : end.whenReady({ signal: call.signal }))),
    probe: ([handle], call) =>
      after(this.#handles.any(handle), (end): Awaitable<boolean> =>
        end.probe === undefined ? end.ready() : end.probe({ signal: call.signal }).then(() => end.ready()),
      ),
    sync: () => undefined,
    members: async ([version], call) => {
      if (this.#directory.version === version) await this.#directory.whenChanged({ signal: call.signal });
      const members = this.#directory.members().map(({ joined, ...member }) => ({ ...member, joined_ms: joined.getTime() }));
      return { version: this.#directory.version, members };
    },
    recall: () => undefined,
  };

  /** @throws CircuitError ENOENT, EHOSTDOWN */
  #tree(target: string): ServerTree {
    if (this.#session.peer.role !== 'client' && target !== this.#directory.self.id) {
      throw new CircuitError('ENOENT', `this is not server ${target.slice(0, 40)}, and only clients are passed on`);
    }
    return this.#directory.tree(target);
  }

  /** In whose name: a peer may speak for its users, but not as another server's. */
  #credentials({ uid, gid, pid }: Credentials): Credentials {
    return { uid, gid, pid, server: this.#session.peer.id };
  }

  /** At once if it can be: a close may stand right behind it, and would take back what has arrived. */
  #settle(handle: number, count: number | undefined): void {
    this.#handles.withReader(handle, (reader) => {
      if (count === undefined) reader.requeue();
      else reader.ack(count);
    });
  }

  #opened(opening: Awaitable<void>): Awaitable<void> {
    this.#holdWhileOpen();
    if (opening instanceof Promise) return opening.finally(() => this.#holdWhileOpen());
  }

  #holdWhileOpen(): void {
    if (this.#handles.size > 0) this.#letGo ??= this.#session.hold();
    else if (this.#letGo !== undefined) {
      this.#letGo();
      this.#letGo = undefined;
    }
  }
}

function optionsOf(flags: number, wait: WaitOptions): TransferOptions {
  return {
    nonblock: (flags & TRANSFER.NONBLOCK) !== 0,
    packet: (flags & TRANSFER.PACKET) !== 0,
    reserve: (flags & TRANSFER.RESERVE) !== 0,
    get signal() {
      return wait.signal;
    },
  };
}

/** @throws CircuitError ENOENT */
function fileOf(name: string): ControlFile {
  if (!isReserved(name)) throw new CircuitError('ENOENT', `this server knows no file "${name}"`);
  return name;
}

/** @throws CircuitError EOPNOTSUPP */
function kindOf(name: string): ElementKind {
  if (!isElementKind(name)) throw new CircuitError('EOPNOTSUPP', `this server makes no ${name}: its version is older`);
  return name;
}
