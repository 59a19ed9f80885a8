/**
 * One peer's session as it is served here: its calls become calls on a server's `ServerTree`, be it this server's own or, for a client that cannot reach
 * it, another's.
 *
 * Nothing that a peer says is taken for granted; what is wrong is answered with an error.
 */
import { after } from '../base/after.js';
import type { Credentials, Awaitable } from '../base/bytes.js';
import { type Clock, SYSTEM_CLOCK } from '../base/clock.js';
import { CircuitError } from '../base/error.js';
import type { Directory } from '../remote/directory.js';
import type { ServerTree, ProfileName } from '../tree/server-tree.js';
import {
  ask,
  type CallArguments,
  type CallName,
  checkCall,
  checkNote,
  isCall,
  isErrorCode,
  isNote,
  type NoteArguments,
  type NoteName,
  OPEN,
} from './calls.js';
import type { Farewell, IncomingCall, ServedSession, SessionHandler } from '../wire/session/session-handler.js';
import { Handles } from './handles.js';
import { fileOf, kindOf, takingOf } from './understood.js';
import type { Taken } from './incoming-writes.js';
import { PausableWaits } from './pausable-waits.js';
import { ServedReads } from './served-reads.js';
import type { Holder, Leases } from './leases.js';

/** Calls that may change the tree: who makes them has forgotten what it knew. */
const CHANGES: readonly CallName[] = ['mkdir', 'rmdir', 'make', 'scrub', 'perform'];

type NoteHandlers = { readonly [N in NoteName]: (args: NoteArguments<N>) => void };
type Handlers = { readonly [C in CallName]: (args: CallArguments<C>, call: IncomingCall) => Awaitable<unknown> };

export class TreeService implements SessionHandler, Holder {
  readonly #session: ServedSession;
  readonly #directory: Directory;
  readonly #leases: Leases;
  readonly #handles: Handles;
  readonly #waits = new PausableWaits();
  readonly #reads: ServedReads;
  /** By handle of a writer: tells its anchor that what an interrupted writer wrote was received all the same. */
  readonly #opened = new Map<number, () => void>();
  /** An open file keeps the session. */
  #letGo: (() => void) | undefined;

  constructor(session: ServedSession, directory: Directory, leases: Leases, clock: Clock = SYSTEM_CLOCK) {
    this.#session = session;
    this.#directory = directory;
    this.#leases = leases;
    this.#handles = new Handles(clock);
    this.#reads = new ServedReads(session, this.#handles, this.#waits);
  }

  /** How many readers and writers the peer has open. */
  get streams(): number {
    return this.#handles.size;
  }

  handle(name: string, args: unknown, call: IncomingCall): Awaitable<unknown> {
    if (!isCall(name)) throw new CircuitError('ENOSYS', `this server knows no call "${name.slice(0, 40)}": its version is older`);
    if (CHANGES.includes(name)) this.#leases.drop(this);
    const answer = this.#serve(name, checkCall(name, args), call);
    return answer instanceof Promise ? answer.catch((error: unknown) => this.#unlessLeaving(error, call)) : answer;
  }

  /** That another server is down is not told while it is this one that leaves: the end of the session says so, and is no other server's. */
  async #unlessLeaving(error: unknown, call: IncomingCall): Promise<never> {
    if (!(error instanceof CircuitError && error.code === 'EHOSTDOWN' && this.#directory.leaving === true)) throw error;
    const { signal } = call;
    if (!signal.aborted) await new Promise<void>((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    throw error;
  }

  noted(name: string, args: unknown): void {
    if (!isNote(name)) return;
    this.#notes[name](checkNote(name, args) as never);
    this.#holdWhileOpen();
  }

  transfer(handle: number, flags: number, bytes: Uint8Array, call: IncomingCall): Awaitable<Taken> {
    return after(this.#handles.writer(handle), (writes) => writes.write(flags, bytes, call));
  }

  detached(): void {
    this.#waits.pause('down');
    this.#handles.pause();
  }

  attached(): void {
    this.#waits.resume('down');
    this.#handles.resume();
  }

  ended(_reason: CircuitError, peer: Farewell): void {
    this.#opened.clear();
    this.#leases.drop(this);
    this.#handles.abortAll({ lost: !peer.knows, silent_ms: peer.silent_ms });
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
    opened: ([handle]) => after(this.#handles.any(handle), () => undefined),
    read: ([handle, most, flags], call) => this.#reads.read(handle, most, flags, call),
    receive: ([handle, most, ahead, flags], call) => this.#reads.receive(handle, most, ahead, flags, call),
    follow: ([handle, from, most, flags], call) => this.#reads.follow(handle, from, most, flags, call),
    take: ([handle, most, flags], call) => this.#reads.take(handle, most, flags, call),
    done: ([handle], call) => after(this.#handles.reader(handle), (reader) => takingOf(reader).done(call)),
    back: ([handle], call) => after(this.#handles.reader(handle), (reader) => takingOf(reader).back(call)),
    room: ([handle], call) =>
      this.#waits.make(call, (wait) => after(this.#handles.writer(handle), (writes) => writes.room({ signal: wait.signal }))),
    ready: ([handle], call) =>
      after(this.#handles.any(handle), (end) => (end.ready() ? undefined : end.whenReady({ signal: call.signal }))),
    probe: ([handle], call) =>
      after(this.#handles.any(handle), (end): Awaitable<boolean> =>
        end.probe === undefined ? end.ready() : end.probe({ signal: call.signal }).then(() => end.ready()),
      ),
    alive: () => undefined,
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

  readonly #notes: NoteHandlers = {
    open: ([handle, target, path, file, flags, credentials]) =>
      this.#open(handle, target, path, file, flags, this.#credentials(credentials)),
    ack: ([handle, count, ended]) => {
      this.#handles.withReader(handle, (reader) => {
        if (count > 0 || !ended) reader.ack(count);
        if (ended) reader.ack(0);
      });
      if (ended) this.#close(handle);
    },
    taken: ([handle, count]) => this.#handles.withReader(handle, (reader) => reader.taken?.(count)),
    spare: () => undefined,
    requeue: ([handle]) => this.#handles.withReader(handle, (reader) => reader.requeue()),
    forgo: ([handle]) => this.#handles.withWriter(handle, (writes) => writes.forgo()),
    close: ([handle]) => this.#close(handle),
    abort: ([handle]) => {
      this.#opened.delete(handle);
      this.#handles.abort(handle);
    },
    withdraw: ([handle]) => {
      const report = this.#opened.get(handle);
      this.#opened.delete(handle);
      this.#handles.withdraw(handle, () => report?.());
    },
  };

  #open(handle: number, target: string, path: readonly string[], file: string, flags: number, credentials: Credentials): void {
    const lazy = (flags & OPEN.LAZY) !== 0;
    if ((flags & OPEN.WRITE) === 0) {
      const mode = { unacked: true, lazy, passive: (flags & OPEN.PASSIVE) !== 0, shared: (flags & OPEN.SHARED) !== 0 };
      this.#handles.addReader(handle, () => this.#tree(target).openReader(path, fileOf(file), credentials, mode));
      return;
    }
    const isAlive = (): Promise<unknown> => ask(this.#session, 'alive', [handle]);
    const mode = { truncate: (flags & OPEN.TRUNCATE) !== 0, append: (flags & OPEN.APPEND) !== 0, lazy, isAlive };
    this.#handles.addWriter(handle, () => this.#tree(target).openWriter(path, fileOf(file), mode, credentials), isAlive);
    this.#opened.set(handle, () => void this.#reportReceived(target, path, file, credentials));
  }

  #close(handle: number): void {
    this.#opened.delete(handle);
    this.#handles.close(handle);
  }

  /** What an interrupted writer wrote was received before it could be taken back. */
  async #reportReceived(target: string, path: readonly string[], file: string, credentials: Credentials): Promise<void> {
    const error = new CircuitError('EINTR', 'interrupted, but what had been written by then was delivered');
    await Promise.resolve(this.#tree(target).reportError(path, file, error, credentials)).catch(() => undefined);
  }

  #holdWhileOpen(): void {
    if (this.#handles.size > 0) this.#letGo ??= this.#session.hold();
    else if (this.#letGo !== undefined) {
      this.#letGo();
      this.#letGo = undefined;
    }
  }
}
