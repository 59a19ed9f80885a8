/**
 * A server in another process as a `ServerTree`: each operation is one call over a session.
 *
 * What is known of its tree is kept as long as its lease lasts, and never past a change that is made through here.
 */
import type { Awaitable, Credentials, ByteReader, ByteWriter, ReaderMode, WaitOptions, WriterMode } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import { TREE_ENTRIES_MAX } from '../base/limits.js';
import type { ControlFile } from '../base/name.js';
import type { ElementKind } from '../base/kind.js';
import { ask, type CallArguments } from './calls.js';
import type { Caller } from '../wire/session/session-handler.js';
import type { AnchorPath, AnchorStat, Extent, LogPart, NamedStat, ServerTree, ProfileName, TreeSnapshot } from '../tree/server-tree.js';
import type { OpenRequest } from './open-request.js';
import type { ReadAheadBudget } from './read-ahead.js';
import { RemoteReader } from './reader.js';
import { TreeCache, statOfRow } from './tree-cache.js';
import { RemoteWriter } from './writer.js';

/** What one look-up brings along of what lies below: the rest of most paths. */
const LOOKUP_ENTRIES = 64;

/** How long a change waits for a server that gives no sign of life, in ms. */
const SILENCE_MS = 5000;

/** Files that an element of a kind has in every state, and whose open cannot fail but by a try. */
const ALWAYS_THERE: Readonly<Record<ElementKind, readonly ControlFile[]>> = {
  server: [],
  proc: ['stdin', 'stdout', 'stderr', 'wait'],
  docker: ['stdin', 'stdout', 'stderr', 'wait'],
  chan: ['send', 'recv'],
  dns: [],
  '@join': ['recv'],
  '@leave': ['recv'],
  select: ['wait'],
};

let handles = 0;

/** One number space for all sessions: each has to be told apart within its session only. */
function nextHandle(): number {
  return ++handles;
}

/** Changes that the tree shows. */
type Change = 'mkdir' | 'rmdir' | 'make' | 'scrub' | 'perform';

/** Another server, asked over the session of now. */
export class RemoteTree implements ServerTree {
  readonly id: string;
  readonly distant = true;
  readonly #session: () => Caller;
  readonly #budget: ReadAheadBudget;
  readonly #now_ms: () => number;
  readonly #cache = new TreeCache();
  /** Counts what makes answers that are under way out of date. */
  #epoch = 0;

  /**
   * @param session the session to ask; what was opened stays with the one that it was opened in
   * @param budget of all readers of this process
   * @param now_ms any monotonic clock
   */
  constructor(id: string, session: () => Caller, budget: ReadAheadBudget, now_ms: () => number = () => performance.now()) {
    this.id = id;
    this.#session = session;
    this.#budget = budget;
    this.#now_ms = now_ms;
  }

  get #caller(): Caller {
    return this.#session();
  }

  /** Its server recalls what it has leased. */
  recall(): void {
    this.#epoch++;
    this.#cache.forget();
  }

  stat(path: AnchorPath, options?: WaitOptions): AnchorStat | Promise<AnchorStat> {
    const known = this.#cache.stat(path, this.#now_ms());
    if (known === null) throw new CircuitError('ENOENT');
    return known ?? this.#fetch(path, LOOKUP_ENTRIES, 0, options).then((snapshot) => statOfRow(snapshot, 0));
  }

  list(path: AnchorPath, options?: WaitOptions): readonly NamedStat[] | Promise<readonly NamedStat[]> {
    return this.#cache.list(path, this.#now_ms()) ?? this.#list(path, options);
  }

  async tree(path: AnchorPath, { entries, after }: Extent): Promise<TreeSnapshot> {
    return { ...(await ask(this.#caller, 'tree', [this.id, [...path], entries, after])), lease_ms: 0 };
  }

  makeAnchor(path: AnchorPath, credentials: Credentials, options?: WaitOptions): Promise<void> {
    return this.#change('mkdir', [this.id, [...path], credentials], options);
  }

  removeAnchor(path: AnchorPath, credentials: Credentials, options?: WaitOptions): Promise<void> {
    return this.#change('rmdir', [this.id, [...path], credentials], options);
  }

  makeElement(path: AnchorPath, kind: ElementKind, spec: unknown, credentials: Credentials, options?: WaitOptions): Promise<void> {
    return this.#change('make', [this.id, [...path], kind, spec, credentials], options);
  }

  scrub(path: AnchorPath, { recursive }: { readonly recursive: boolean }, credentials: Credentials, options?: WaitOptions): Promise<void> {
    return this.#change('scrub', [this.id, [...path], recursive, credentials], options);
  }

  perform(path: AnchorPath, verb: string, args: readonly string[], credentials: Credentials, options?: WaitOptions): Promise<void> {
    return this.#change('perform', [this.id, [...path], verb, [...args], credentials], options);
  }

  peek(path: AnchorPath, options?: WaitOptions): Promise<unknown> {
    return ask(this.#caller, 'peek', [this.id, [...path]], { signal: options?.signal });
  }

  /** Where a lease says that the file is there, nothing is asked: what fails is the first read. */
  openReader(
    path: AnchorPath,
    file: ControlFile,
    credentials: Credentials,
    mode?: ReaderMode,
    options?: WaitOptions,
  ): Awaitable<ByteReader> {
    const reader = new RemoteReader(this.#caller, this.#request(path, file, credentials), this.#budget, mode);
    return mode?.lazy === true || this.#isThere(path, file) ? reader : reader.opened(options);
  }

  /** As `openReader`. */
  openWriter(
    path: AnchorPath,
    file: ControlFile,
    mode: WriterMode,
    credentials: Credentials,
    options?: WaitOptions,
  ): Awaitable<ByteWriter> {
    const writer = new RemoteWriter(this.#caller, this.#request(path, file, credentials), mode);
    return mode.lazy === true || this.#isThere(path, file) ? writer : writer.opened(options);
  }

  lastError(path: AnchorPath, options?: WaitOptions): Promise<string> {
    return ask(this.#caller, 'error', [this.id, [...path]], { signal: options?.signal });
  }

  async reportError(path: AnchorPath, operation: string, error: unknown, credentials: Credentials): Promise<void> {
    const { code, message } = CircuitError.from(error);
    await ask(this.#caller, 'report', [this.id, [...path], operation, code, message, credentials]);
  }

  readLog(offset: number, max: number, options?: WaitOptions): Promise<LogPart> {
    return ask(this.#caller, 'log', [this.id, offset, max], { signal: options?.signal });
  }

  env(options?: WaitOptions): Promise<Readonly<Record<string, string>>> {
    return ask(this.#caller, 'env', [this.id], { signal: options?.signal });
  }

  metrics(options?: WaitOptions): Promise<string> {
    return ask(this.#caller, 'metrics', [this.id], { signal: options?.signal });
  }

  profile(name: ProfileName, options?: WaitOptions): Promise<string> {
    return ask(this.#caller, 'profile', [this.id, name], { signal: options?.signal });
  }

  #request(path: AnchorPath, file: ControlFile, credentials: Credentials): OpenRequest {
    return { handle: nextHandle(), target: this.id, path, file, credentials };
  }

  #isThere(path: AnchorPath, file: ControlFile): boolean {
    const kind = this.#cache.stat(path, this.#now_ms())?.kind;
    return kind !== undefined && ALWAYS_THERE[kind].includes(file);
  }

  async #list(path: AnchorPath, options: WaitOptions | undefined): Promise<readonly NamedStat[]> {
    const children: NamedStat[] = [];
    for (let after = 0; ;) {
      const snapshot = await this.#fetch(path, TREE_ENTRIES_MAX, after, options);
      for (const [row, name] of snapshot.names.entries()) {
        if (snapshot.parents[row] === 0) children.push({ name, ...statOfRow(snapshot, row) });
      }
      if (!snapshot.more) return children;
      const next = snapshot.serials.at(-1) ?? 0;
      if (next <= after) throw new CircuitError('EIO', 'the other server answers with the same part of its tree again and again');
      after = next;
    }
  }

  async #fetch(path: AnchorPath, entries: number, after: number, options: WaitOptions | undefined): Promise<TreeSnapshot> {
    const asked_ms = this.#now_ms();
    const epoch = this.#epoch;
    const snapshot = await ask(this.#caller, 'tree', [this.id, [...path], entries, after], { signal: options?.signal });
    if (epoch === this.#epoch && after === 0) this.#cache.learn(path, snapshot, asked_ms, this.#now_ms());
    return snapshot;
  }

  async #change<C extends Change>(name: C, args: CallArguments<C>, options: WaitOptions | undefined): Promise<void> {
    this.recall();
    try {
      await ask(this.#caller, name, args, { signal: options?.signal, silence_ms: SILENCE_MS });
    } catch (error) {
      throw error instanceof CircuitError && error.code === 'EHOSTDOWN' ? uncertain(error) : error;
    } finally {
      this.recall(); // what was asked for meanwhile may have been answered before the change
    }
  }
}

/** The server through which a client asks may have said so already. */
function uncertain(error: CircuitError): CircuitError {
  const doubt = '; whether the command was carried out is not known';
  return error.message.endsWith(doubt) ? error : new CircuitError('EHOSTDOWN', error.message + doubt, { cause: error });
}
