/**
 * What the server and the portable launcher say to each other, over the channel that Node makes between a program and its child.
 *
 * A start takes two turns, since no descriptors travel: the launcher makes three named pipes and opens its end of the first one, the server opens its own
 * ends, and then the launcher opens the others, removes the names, and starts the program.
 */
import type { LaunchRequest, Stage } from '../launcher-protocol.js';

/** Paths of the named pipes of stdin, stdout and stderr. */
export type PipePaths = readonly [string, string, string];

export type Order =
  | { readonly type: 'prepare'; readonly id: number; readonly request: LaunchRequest }
  /** Start it, or forget it. */
  | { readonly type: 'go' | 'cancel'; readonly id: number }
  /** To the group of a program. */
  | { readonly type: 'signal'; readonly id: number; readonly signal: number }
  | { readonly type: 'stop' };

export type Notice =
  /** It runs, and its named pipes are in this directory, which it removes at its end; or why it cannot. */
  | { readonly type: 'ready'; readonly directory: string; readonly problem?: string }
  | { readonly type: 'pipes'; readonly id: number; readonly paths: PipePaths }
  | { readonly type: 'started'; readonly id: number; readonly pid: number }
  | { readonly type: 'failed'; readonly id: number; readonly errno: number; readonly stage: Stage }
  | { readonly type: 'stopped' | 'continued'; readonly id: number }
  | { readonly type: 'exited'; readonly id: number; readonly code: number }
  | { readonly type: 'killed'; readonly id: number; readonly signal: NodeJS.Signals }
  /** The last: what was to be ended has ended, as far as it could be reached. */
  | { readonly type: 'done' };
