/**
 * Names of anchors, and the names that are not free because control files bear them.
 */
import { CircuitError } from './error.js';
import { NAME_MAX_BYTES } from './limits.js';

/** The one list of control files, of all elements: reserved in every directory, so that a new element never collides with an anchor. */
export const CONTROL_FILES = [
  'ctl', 'error', 'help', 'peek', 'log', 'env', 'metrics',
  'stdin', 'stdout', 'stderr', 'wait', 'exitcode', 'trystdout', 'trystderr', 'trywait',
  'send', 'recv', 'trysend', 'tryrecv', 'take', 'dead', 'lock', 'pub', 'sub', 'next', 'last', 'events', 'log.sh',
] as const; // prettier-ignore

/** The end that a selection has won, by the number of its clause; there while the selection has it. */
export type WinningEnd = `read.${number}` | `write.${number}` | TakingEnd;
/** One whose message is held until it is done. */
export type TakingEnd = `take.${number}`;
export type ControlFile = (typeof CONTROL_FILES)[number] | WinningEnd;

/**
 * A directory of this name, in the root of a mount, is asked for by who is about to take the mount away for good (`circuit umount`). It is never
 * made; the kernel vouches for who asks.
 */
export const GIVE_UP = '@umount';

const RESERVED = new Set<string>(CONTROL_FILES);
const WINNING_END = /^(read|write|take)\.\d+$/;

export function isReserved(name: string): name is ControlFile {
  return RESERVED.has(name) || isWinningEnd(name);
}

export function isWinningEnd(name: string): name is WinningEnd {
  return WINNING_END.test(name);
}

/** Of a file whose messages are held until they are done, not received by being read. */
export function isTaken(name: ControlFile): name is 'take' | TakingEnd {
  return name === 'take' || name.startsWith('take.');
}

/** Whether it is longer than any name in a file system may be. */
export function isTooLong(name: string): boolean {
  return Buffer.byteLength(name) > NAME_MAX_BYTES;
}

/** Lets a path pass that may be of an anchor. @throws CircuitError ENAMETOOLONG */
export function checkLengths(path: readonly string[]): void {
  if (path.some(isTooLong)) throw new CircuitError('ENAMETOOLONG');
}

/** Why there is no anchor at a path. */
export function noAnchor(path: readonly string[]): CircuitError {
  return path.some(isTooLong) ? new CircuitError('ENAMETOOLONG') : new CircuitError('ENOENT', 'no such anchor');
}

/**
 * Lets a name for a new anchor pass.
 * @throws CircuitError EINVAL with what is wrong, ENAMETOOLONG, EEXIST for a reserved name
 */
export function checkName(name: string): void {
  if (name === '' || name === '.' || name === '..' || name === '...') throw new CircuitError('EINVAL', `"${name}" cannot name an anchor`);
  if (isTooLong(name)) throw new CircuitError('ENAMETOOLONG');
  // Those of ASCII: what else acts on a terminal, such as U+0080 to U+009F, may stand in a name, and is escaped where the name is shown.
  if (/(?![\u0080-\u009f])[\p{Cc}/]/u.test(name)) throw new CircuitError('EINVAL', 'invalid name: a control character or a slash in it');
  if (name.includes('\ufffd')) throw new CircuitError('EINVAL', 'invalid name: expected UTF-8');
  if (isReserved(name)) throw new CircuitError('EEXIST', `"${name}" is the name of a control file`);
}
