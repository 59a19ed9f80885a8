/**
 * One server as a client sees it. The same interface serves "here" (the server in this process) and "elsewhere" (over the wire): a call is a
 * path, an operation and its arguments, so that one call is one round trip. Everything above, handles, mount and command line, knows only this.
 */
import type { Credentials, Awaitable, ByteReader, ByteWriter, ReaderMode, WaitOptions, WriterMode } from '../base/bytes.js';
import type { ControlFile } from '../base/name.js';
import type { ElementKind } from '../base/kind.js';

/** Names from the server's root anchor down; empty is the root anchor itself. */
export type AnchorPath = readonly string[];

/** What is known of an anchor without looking into its element. */
export interface AnchorStat {
  /** Tells this anchor from every other that its server ever had, also at the same path. */
  readonly serial: number;
  /** Last change of its element or children, ms since 1970. */
  readonly changed_ms: number;
  readonly kind: ElementKind | undefined;
  /** Number of sub-anchors. */
  readonly children: number;
}

/** The serial of every server's root anchor. */
export const ROOT_SERIAL = 1;

/** As `AnchorStat`, in a list. */
export interface NamedStat extends AnchorStat {
  readonly name: string;
}

/** How much of a tree is wanted. */
export interface Extent {
  /** Most anchors; the children of the anchor asked for come first, those of one anchor all together. */
  readonly entries: number;
  /** Of the anchor asked for, the children whose serial is higher than this. */
  readonly after: number;
}

/**
 * A tree of anchors as columns, breadth first, the anchor asked for in row 0: how `ls -lR` travels. The children of a row are all there or, where
 * the tree was cut off, all missing: `children` counts them.
 */
export interface TreeSnapshot {
  readonly names: readonly string[];
  /** Row of the anchor above; -1 in row 0. */
  readonly parents: readonly number[];
  readonly serials: readonly number[];
  readonly changed_ms: readonly number[];
  readonly kinds: readonly (string | null)[];
  readonly children: readonly number[];
  /** More children of row 0 follow the last one: ask again with its serial. */
  readonly more: boolean;
  /** How long this may be taken as true, counted from the question, unless it is recalled before. */
  readonly lease_ms: number;
  /** Counts the changes of the whole tree: what was told at the same version is still true. */
  readonly version: number;
}

/** A part of the operation log. */
export interface LogPart {
  /** Size of the whole log now, in bytes. */
  readonly size: number;
  readonly bytes: Uint8Array;
}

/**
 * All paths: @throws CircuitError ENOENT if there is no such anchor, ENAMETOOLONG if there can be none, EHOSTDOWN if its server is gone.
 *
 * A call's signal ends the wait for a server elsewhere, for an answer or for a file to be open. A command that has gone out is not taken back:
 * within a second the call tells what has become of it; with the signal's reason it is not known. Here all is done at once, or is finished.
 */
export interface ServerTree {
  /** The server's ID, `X` and 16 hex digits. */
  readonly id: string;
  /** Each call goes over a connection: what will be wanted is worth asking for ahead. */
  readonly distant?: boolean;
  stat(path: AnchorPath, options?: WaitOptions): Awaitable<AnchorStat>;
  list(path: AnchorPath, options?: WaitOptions): Awaitable<readonly NamedStat[]>;
  /** What lies at and below a path, for a server that asks on behalf of somebody else. */
  tree(path: AnchorPath, extent: Extent): Awaitable<TreeSnapshot>;
  /** As mkdir(2): one anchor, which stays until it is removed. @throws CircuitError EEXIST, EINVAL, ENAMETOOLONG */
  makeAnchor(path: AnchorPath, credentials: Credentials, options?: WaitOptions): Awaitable<void>;
  /** As rmdir(2), with its element. @throws CircuitError ENOTEMPTY, EBUSY, EPERM for a server's root */
  removeAnchor(path: AnchorPath, credentials: Credentials, options?: WaitOptions): Awaitable<void>;
  /** Makes an element, and the anchors that lead to it where they lack; those go again with it. @throws CircuitError EEXIST, EINVAL, … */
  makeElement(path: AnchorPath, kind: ElementKind, spec: unknown, credentials: Credentials, options?: WaitOptions): Awaitable<void>;
  /** Scrubs the element; recursive: those of all sub-anchors, and the sub-anchors, too. */
  scrub(path: AnchorPath, extent: { readonly recursive: boolean }, credentials: Credentials, options?: WaitOptions): Awaitable<void>;
  /** A command of the element there. @throws CircuitError EINVAL if it takes no such command */
  perform(path: AnchorPath, verb: string, args: readonly string[], credentials: Credentials, options?: WaitOptions): Awaitable<void>;
  peek(path: AnchorPath, options?: WaitOptions): Awaitable<unknown>;
  openReader(
    path: AnchorPath,
    file: ControlFile,
    credentials: Credentials,
    mode?: ReaderMode,
    options?: WaitOptions,
  ): Awaitable<ByteReader>;
  openWriter(path: AnchorPath, file: ControlFile, mode: WriterMode, credentials: Credentials, options?: WaitOptions): Awaitable<ByteWriter>;
  /** The last failed operation on this anchor as one sentence with its time and command; empty if the last one went well. */
  lastError(path: AnchorPath, options?: WaitOptions): Awaitable<string>;
  /** Records a failure that only the client saw: a command that could not be parsed. */
  reportError(path: AnchorPath, operation: string, error: unknown, credentials: Credentials): Awaitable<void>;
  /** Part of the operation log, from a byte offset. */
  readLog(offset: number, max: number, options?: WaitOptions): Awaitable<LogPart>;
  env(options?: WaitOptions): Awaitable<Readonly<Record<string, string>>>;
  /** Prometheus text format. */
  metrics(options?: WaitOptions): Awaitable<string>;
  /** JSON. @throws CircuitError EINVAL for a name that this server does not know */
  profile(name: ProfileName, options?: WaitOptions): Awaitable<string>;
}

/** Ways to look into a server that runs. */
export type ProfileName = 'report' | 'heap';

/** A live server of the circuit. */
export interface Member {
  readonly id: string;
  /** HOST:PORT, or empty while the server listens on no port. */
  readonly address: string;
  readonly host: string;
  readonly joined: Date;
}
