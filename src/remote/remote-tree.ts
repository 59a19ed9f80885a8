/**
 * A server in another process as a `ServerTree`: each operation is one call over a session.
 *
 * What is known of its tree is kept as long as its lease lasts, and never past a change that is made through here.
 */
import type { Awaitable, Credentials, ByteReader, ByteWriter, ReaderMode, WaitOptions, WriterMode } from '../base/bytes.js';
import { type Clock, SYSTEM_CLOCK } from '../base/clock.js';
import { withoutEnvValues } from '../base/env-values.js';
import { CircuitError } from '../base/error.js';
import { ERROR_COMMAND_MAX, SENTENCE_MAX, TREE_ENTRIES_MAX } from '../base/limits.js';
import { checkLengths, type ControlFile, isTaken, noAnchor } from '../base/name.js';
import { type ElementKind, makingOf } from '../base/kind.js';
import { ask, type CallArguments, credentialsOf } from './calls.js';
import type { Caller } from '../wire/session/session-handler.js';
import type { AnchorPath, AnchorStat, Extent, LogPart, NamedStat, ServerTree, ProfileName, TreeSnapshot } from '../tree/server-tree.js';
import { told } from '../tree/last-error.js';
import { refusalOf } from '../tree/plain-spec.js';
import type { OpenRequest } from './open-request.js';
import type { MemoryBudget } from '../base/memory-budget.js';
import type { AheadBudgets } from './ahead-budgets.js';
import { type About, briefly, type Change, makeChange } from './change.js';
import { RemoteClaim } from './claim.js';
import { EndingWriters, RemoteInputWriter } from './input-writer.js';
import { RemotePublisher } from './publisher.js';
import { RemoteReader } from './reader.js';
import { type Following, RemoteSubscriber } from './subscriber.js';
import { RemoteTaker } from './taker.js';
import { TreeCache, statOfRow } from './tree-cache.js';
import type { Hoards, Shared } from './sent-ahead.js';
import { RemoteWriter } from './writer.js';

/** What one look-up brings along of what lies below: the rest of most paths. */
const LOOKUP_ENTRIES = 64;

/** Files that an element of a kind has in every state, and whose open cannot fail but by a try. */
const ALWAYS_THERE: Readonly<Record<ElementKind, readonly ControlFile[]>> = {
  server: ['events'],
  proc: ['stdin', 'stdout', 'stderr', 'wait', 'exitcode'],
  docker: ['stdin', 'stdout', 'stderr', 'wait', 'exitcode'],
  chan: ['send', 'recv', 'take', 'dead'],
  dns: [],
  '@join': ['recv'],
  '@leave': ['recv'],
  select: ['wait'],
  lock: ['lock'],
  // When `next` and `sub` are opened matters: their open is answered.
  topic: ['pub', 'last'],
};

let handles = 0;

/** One number space for all sessions: each has to be told apart within its session only. */
function nextHandle(): number {
  return ++handles;
}

/** Another server, asked over the session of now. */
export class RemoteTree implements ServerTree, Shared {
  readonly id: string;
  readonly distant = true;
  readonly #session: () => Caller;
  readonly #budgets: AheadBudgets;
  readonly hoards: Hoards = new Map();
  readonly clock: Clock;
  readonly #following: Following;
  readonly #ending = new EndingWriters();
  readonly #cache = new TreeCache();
  /** Counts what makes answers that are under way out of date. */
  #epoch = 0;

  /**
   * @param session the session to ask; what was opened stays with the one that it was opened in
   * @param budgets of all readers and writers of this process
   */
  constructor(id: string, session: () => Caller, budgets: AheadBudgets, clock: Clock = SYSTEM_CLOCK) {
    this.id = id;
    this.#session = session;
    this.#budgets = budgets;
    this.#following = { feeds: new Map(), budget: budgets.feeds };
    this.clock = clock;
  }

  get #caller(): Caller {
    return this.#session();
  }

  /** Its server recalls what it has leased. */
  recall(): void {
    this.#epoch++;
    this.#cache.forget();
  }

  /** Of all readers of this process. */
  get budget(): MemoryBudget {
    return this.#budgets.reads;
  }

  /** Its server wants back what it has sent ahead to a reader. */
  giveBack(handle: number): void {
    this.hoards.get(handle)?.giveBack();
  }

  stat(path: AnchorPath, options?: WaitOptions): AnchorStat | Promise<AnchorStat> {
    const known = this.#cache.stat(path, this.clock.now_ms());
    if (known === null) throw noAnchor(path);
    return known ?? this.#fetch(path, LOOKUP_ENTRIES, 0, options).then((snapshot) => statOfRow(snapshot, 0));
  }

  list(path: AnchorPath, options?: WaitOptions): readonly NamedStat[] | Promise<readonly NamedStat[]> {
    return this.#cache.list(path, this.clock.now_ms()) ?? this.#list(path, options);
  }

  async tree(path: AnchorPath, { entries, after }: Extent): Promise<TreeSnapshot> {
    checkLengths(path);
    return { ...(await ask(this.#caller, 'tree', [this.id, [...path], entries, after], briefly())), lease_ms: 0 };
  }

  makeAnchor(path: AnchorPath, credentials: Credentials, options?: WaitOptions): Promise<void> {
    const about = { path: path.slice(0, -1), operation: `mkdir ${path.at(-1) ?? ''}`, credentials };
    return this.#change('mkdir', [this.id, [...path], credentialsOf(credentials)], about, options);
  }

  removeAnchor(path: AnchorPath, credentials: Credentials, options?: WaitOptions): Promise<void> {
    const about = { path: path.slice(0, -1), operation: `rmdir ${path.at(-1) ?? ''}`, credentials };
    return this.#change('rmdir', [this.id, [...path], credentialsOf(credentials)], about, options);
  }

  async makeElement(path: AnchorPath, kind: ElementKind, spec: unknown, credentials: Credentials, options?: WaitOptions): Promise<void> {
    const refusal = refusalOf(kind, spec);
    if (refusal !== undefined) throw refusal;
    const about = { path, operation: told(makingOf(kind), withoutEnvValues(spec)), credentials };
    return this.#change('make', [this.id, [...path], kind, spec, credentialsOf(credentials)], about, options);
  }

  scrub(path: AnchorPath, { recursive }: { readonly recursive: boolean }, credentials: Credentials, options?: WaitOptions): Promise<void> {
    const about = { path, operation: recursive ? 'scrub -r' : 'scrub', credentials };
    return this.#change('scrub', [this.id, [...path], recursive, credentialsOf(credentials)], about, options);
  }

  perform(path: AnchorPath, verb: string, args: readonly string[], credentials: Credentials, options?: WaitOptions): Promise<void> {
    const about = { path, operation: told(verb, args), credentials };
    return this.#change('perform', [this.id, [...path], verb, [...args], credentialsOf(credentials)], about, options);
  }

  async peek(path: AnchorPath, options?: WaitOptions): Promise<unknown> {
    checkLengths(path);
    return ask(this.#caller, 'peek', [this.id, [...path]], briefly(options));
  }

  /** Where a lease says that the file is there, nothing is asked: what fails is the first read. */
  openReader(
    path: AnchorPath,
    file: ControlFile,
    credentials: Credentials,
    mode?: ReaderMode,
    options?: WaitOptions,
  ): Awaitable<ByteReader> {
    if (file === 'lock') return new RemoteClaim(this.#caller, this.#request(path, file, credentials), mode, this.clock);
    if (file === 'sub') {
      const subscriber = new RemoteSubscriber(this.#caller, () => this.#request(path, file, credentials), this.#following, mode);
      return mode?.lazy === true ? subscriber : subscriber.opened(options);
    }
    const request = this.#request(path, file, credentials);
    const reader = isTaken(file) ? new RemoteTaker(this.#caller, request, mode) : new RemoteReader(this.#caller, request, this, mode);
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
    const request = this.#request(path, file, credentials);
    const writer = file === 'stdin' ? this.#inputWriter(path, request, mode) : this.#writer(file, request, mode);
    return mode.lazy === true || this.#isThere(path, file) ? writer : writer.opened(options);
  }

  #writer(file: ControlFile, request: OpenRequest, mode: WriterMode): RemoteWriter {
    const Writer = file === 'pub' ? RemotePublisher : RemoteWriter;
    return new Writer(this.#caller, request, this.#budgets.writes, mode, this.clock);
  }

  #inputWriter(path: AnchorPath, request: OpenRequest, mode: WriterMode): RemoteWriter {
    const shared = { budget: this.#budgets.writes, ending: this.#ending, input: path.join('/') };
    return new RemoteInputWriter(this.#caller, request, shared, mode, this.clock);
  }

  async lastError(path: AnchorPath, options?: WaitOptions): Promise<string> {
    checkLengths(path);
    return ask(this.#caller, 'error', [this.id, [...path]], briefly(options));
  }

  async reportError(path: AnchorPath, operation: string, error: unknown, credentials: Credentials): Promise<void> {
    checkLengths(path);
    const { code, message } = CircuitError.from(error);
    const about = [operation.slice(0, ERROR_COMMAND_MAX), code, message.slice(0, SENTENCE_MAX)] as const;
    await ask(this.#caller, 'report', [this.id, [...path], ...about, credentialsOf(credentials)], briefly());
  }

  readLog(offset: number, max: number, options?: WaitOptions): Promise<LogPart> {
    return ask(this.#caller, 'log', [this.id, offset, max], briefly(options));
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

  /** An open that its server could not understand would end the session. @throws CircuitError ENAMETOOLONG */
  #request(path: AnchorPath, file: ControlFile, credentials: Credentials): OpenRequest {
    checkLengths(path);
    return { handle: nextHandle(), target: this.id, path, file, credentials };
  }

  #isThere(path: AnchorPath, file: ControlFile): boolean {
    const kind = this.#cache.stat(path, this.clock.now_ms())?.kind;
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
    checkLengths(path);
    const asked_ms = this.clock.now_ms();
    const epoch = this.#epoch;
    const snapshot = await ask(this.#caller, 'tree', [this.id, [...path], entries, after], briefly(options));
    if (epoch === this.#epoch && after === 0) this.#cache.learn(path, snapshot, asked_ms, this.clock.now_ms());
    return snapshot;
  }

  async #change<C extends Change>(name: C, args: CallArguments<C>, about: Omit<About, 'server'>, options?: WaitOptions): Promise<void> {
    checkLengths(args[1]);
    const caller = this.#caller;
    this.recall();
    // What was asked for meanwhile may have been answered before the change.
    await makeChange(caller, name, args, { server: this.id, ...about }, () => this.recall(), options);
  }
}
