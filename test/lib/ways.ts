/**
 * The two ways in which a command runs: in the user's server, by the native front, or in a process of its own, by Node.
 */
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../../bin/circuit', import.meta.url));

export interface Way {
  readonly name: string;
  /** What comes before the words of the command; its process becomes the one that runs it, or asks for it. */
  readonly command: readonly [string, ...string[]];
}

/** Without Node in reach: it cannot fall back upon that. */
export const NATIVE: Way = { name: 'by the native front', command: ['/usr/bin/env', 'PATH=/nowhere', PROGRAM] };
export const NODE: Way = { name: 'by Node', command: [process.execPath, PROGRAM] };
export const WAYS: readonly Way[] = [NATIVE, NODE];
/** As a user calls it. */
export const ANY: Way = { name: 'as it comes', command: [PROGRAM] };
