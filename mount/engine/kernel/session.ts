/**
 * One mounted tree's conversation with the kernel: takes each request to its operation, answers it, and ends what waits.
 *
 * Nothing a request or a tree does leaves this class as an exception, since that would take the whole mount down: it becomes an errno, and what is
 * not a `CircuitError`, a fault of ours, is logged.
 */
import { CircuitError } from '../../../src/base/error.js';
import type { Directory, MountOptions } from '../filesystem.js';
import { directoryOperations } from './directory-operations.js';
import { fileOperations } from './file-operations.js';
import { HandleTable } from './handles.js';
import { inodeOperations } from './inode-operations.js';
import { interruptOperations } from './interrupts.js';
import { IN_HEADER_BYTES, OPCODE_LIMIT, OPCODES, type Opcode } from './layout.js';
import { NodeTable } from './nodes.js';
import type { Operation, Operations } from './operation.js';
import { type Arena, Request } from './request.js';
import { type Outlet, type Owner, Replies } from './replies.js';
import { sessionOperations } from './session-operations.js';

/** What a session needs of the device. */
export interface Connection extends Outlet {
  readonly arena: ArrayBuffer;
  /** Where in the arena each request of a batch begins, in bytes. */
  readonly offsets: Uint32Array;
}

const OPERATIONS: Operations = {
  ...sessionOperations,
  ...interruptOperations,
  ...inodeOperations,
  ...directoryOperations,
  ...fileOperations,
};

interface Row {
  readonly operation: Operation;
  readonly bytes: number;
}

/** The operations by number, for one look-up a request. */
const ROWS: readonly (Row | undefined)[] = Array.from({ length: OPCODE_LIMIT }, (_, code) => {
  const name = (Object.keys(OPCODES) as Opcode[]).find((key) => OPCODES[key].code === code);
  const operation = name && OPERATIONS[name];
  return operation && { operation, bytes: OPCODES[name].bytes };
});

/** What changes nothing, so that it can be left without an answer. An open that is left so is discarded when it is done. */
const QUESTIONS: ReadonlySet<number> = new Set(
  (['LOOKUP', 'GETATTR', 'READLINK', 'ACCESS', 'READDIR', 'OPEN', 'POLL'] as const).map((name) => OPCODES[name].code),
);

export class Session {
  readonly nodes: NodeTable;
  readonly handles = new HandleTable();
  readonly replies: Replies;
  readonly arena: Arena;
  readonly owner: Owner;
  /** Resolves when the kernel has said INIT, rejects if it speaks no protocol that we know. */
  readonly initialized: Promise<void>;
  readonly settleInitialized: (error?: CircuitError) => void;
  readonly #offsets: Uint32Array;
  readonly #log: MountOptions['log'];
  /** Calls that wait, by the kernel's number of them. */
  readonly #waiting = new Map<number, Request>();

  constructor(connection: Connection, root: Directory, owner: Owner, log: MountOptions['log']) {
    this.nodes = new NodeTable(root);
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
    this.replies.error(request.unique, known.errno);
  }

  /** Lets all waiting calls go with EHOSTDOWN: this server takes no more part. */
  abortAll(): void {
    const reason = new CircuitError('EHOSTDOWN', 'the mount is being taken away');
    for (const request of this.#waiting.values()) request.abort(reason);
  }

  /**
   * A signal has come for the caller of a request that waits. Who only asks is let go at once, whoever is being asked; anything else undoes itself, or
   * goes on to its true end.
   */
  interrupt(request: Request): void {
    const reason = new CircuitError('EINTR');
    request.abort(reason);
    if (!QUESTIONS.has(request.opcode) || !this.#waiting.delete(request.unique)) return;
    this.replies.error(request.unique, reason.errno);
  }

  #handle(at: number): void {
    const request = new Request(this.arena, at);
    const row = ROWS[request.opcode];
    if (row === undefined) {
      this.replies.error(request.unique, new CircuitError('ENOSYS').errno);
      return;
    }
    try {
      if (request.end > this.arena.bytes.length || request.end - at < IN_HEADER_BYTES + row.bytes)
        throw new CircuitError('EINVAL', 'a truncated request');
      const later = row.operation(this, request);
      if (later instanceof Promise) this.#wait(request, later);
    } catch (error) {
      this.fail(request, error);
    }
  }

  #wait(request: Request, later: Promise<void>): void {
    this.#waiting.set(request.unique, request);
    later.then(
      () => {
        this.#waiting.delete(request.unique);
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
