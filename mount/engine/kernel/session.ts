/**
 * One mounted tree's conversation with the kernel: takes each request to its operation, answers it, and ends what waits.
 *
 * Nothing a request or a tree does leaves this class as an exception, since that would take the whole mount down: it becomes an errno, and what is
 * not a `CircuitError`, a fault of ours, is logged.
 */
import type { Awaitable } from '../../../src/base/bytes.js';
import { CircuitError, type InterruptedError } from '../../../src/base/error.js';
import type { Directory, MountOptions } from '../filesystem.js';
import { HandleTable } from './handles.js';
import { IN_HEADER_BYTES, type Opcode } from './layout.js';
import { Names } from './names.js';
import { NodeTable } from './nodes.js';
import { type Arena, Request } from './request.js';
import { type Outlet, type Owner, Replies } from './replies.js';

/** What a session needs of the device. */
export interface Connection extends Outlet {
  readonly arena: ArrayBuffer;
  /** Where in the arena each request of a batch begins, in bytes. */
  readonly offsets: Uint32Array;
}

/**
 * Carries out a request and answers it, now or later; what it throws is answered instead. It reads everything it needs of the request before it
 * first waits: the next batch overwrites the arena.
 */
export type Operation = (session: Session, request: Request) => Awaitable<void>;
export type Operations = Partial<Record<Opcode, Operation>>;

/** How requests with one opcode are handled. */
export interface Row {
  readonly operation: Operation;
  /** Fixed arguments, in bytes; a shorter request is invalid. */
  readonly bytes: number;
  /** An interrupted request is answered EINTR at once, whatever its operation is waiting for. */
  readonly letGo: boolean;
}

/** The rows by opcode. */
export type Dispatch = readonly (Row | undefined)[];

export class Session {
  readonly nodes: NodeTable;
  readonly names: Names;
  readonly handles = new HandleTable();
  readonly replies: Replies;
  readonly arena: Arena;
  readonly owner: Owner;
  /** Resolves when the kernel has said INIT, rejects if it speaks no protocol that we know. */
  readonly initialized: Promise<void>;
  readonly settleInitialized: (error?: CircuitError) => void;
  readonly #dispatch: Dispatch;
  readonly #offsets: Uint32Array;
  readonly #log: MountOptions['log'];
  /** Calls that wait, by the kernel's number of them. */
  readonly #waiting = new Map<number, Request>();

  constructor(
    connection: Connection,
    root: Directory,
    owner: Owner,
    dispatch: Dispatch,
    { log, keepNames }: Pick<MountOptions, 'log' | 'keepNames'>,
  ) {
    this.#dispatch = dispatch;
    this.nodes = new NodeTable(root);
    this.names = new Names(keepNames);
    this.replies = new Replies(connection, owner);
    this.arena = { bytes: Buffer.from(connection.arena), words: new Uint32Array(connection.arena) };
    this.owner = owner;
    this.#offsets = connection.offsets;
    this.#log = log;
    const { promise, resolve, reject } = promiseWithResolvers();
    this.initialized = promise;
    promise.catch(() => undefined); // a test, or a mount given up, may not wait for it
    this.settleInitialized = (error) => (error === undefined ? resolve() : reject(error));
  }

  /** How many calls wait now. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Handles a batch of requests, in order. */
  receive(count: number): void {
    for (let i = 0; i < count; i++) this.#handle(this.#offsets[i] ?? 0);
  }

  /** The call that waits under this number of the kernel's, if one does. */
  find(unique: number): Request | undefined {
    return this.#waiting.get(unique);
  }

  /** Answers with the error's errno. */
  fail(request: Request, error: unknown): void {
    const known = CircuitError.from(error);
    if (known.code === 'EIO') this.#log('error', `request ${request.opcode} on node ${request.nodeId} failed`, known.cause ?? known);
    if (known.code === 'ESTALE') {
      this.replies.error(request.unique, this.names.staleErrno(request, known));
      return;
    }
    this.names.answered(request, { failed: true });
    this.replies.error(request.unique, known.errno);
  }

  /** Lets all waiting calls go with EHOSTDOWN: this server takes no more part. */
  abortAll(): void {
    const reason = new CircuitError('EHOSTDOWN', 'the mount is being taken away');
    for (const request of this.#waiting.values()) request.abort(reason);
  }

  /**
   * A signal has come for the caller of a waiting request. A caller that is being killed is let go at once, and so is one whose request has a row
   * that says so; any other request undoes itself or goes on to its true end.
   */
  interrupt(request: Request, reason: InterruptedError): void {
    request.abort(reason);
    if (!reason.fatal && this.#dispatch[request.opcode]?.letGo !== true) return;
    if (this.#waiting.delete(request.unique)) this.replies.error(request.unique, reason.errno);
  }

  #handle(at: number): void {
    const request = new Request(this.arena, at);
    const row = this.#dispatch[request.opcode];
    if (row === undefined) {
      this.replies.error(request.unique, new CircuitError('ENOSYS').errno);
      return;
    }
    try {
      if (request.end > this.arena.bytes.length || request.end - at < IN_HEADER_BYTES + row.bytes)
        throw new CircuitError('EINVAL', 'a truncated request');
      const later = row.operation(this, request);
      if (later instanceof Promise) this.#wait(request, later);
      else this.names.answered(request);
    } catch (error) {
      this.fail(request, error);
    }
  }

  #wait(request: Request, later: Promise<void>): void {
    this.#waiting.set(request.unique, request);
    later.then(
      () => {
        this.#waiting.delete(request.unique);
        this.names.answered(request);
      },
      (error: unknown) => {
        this.#waiting.delete(request.unique);
        this.fail(request, error);
      },
    );
  }
}

function promiseWithResolvers(): { promise: Promise<void>; resolve: () => void; reject: (reason: Error) => void } {
  let resolve!: () => void;
  let reject!: (reason: Error) => void;
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
