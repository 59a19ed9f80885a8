/**
 * What the native front says of its caller: the words, where it stands, and what its descriptors are.
 */
import { CircuitError } from '../base/error.js';

const HEADER_BYTES = 16;
const BY_URL = 8;

export interface Hello {
  /** As bytes: text of it may have been changed. */
  readonly args: readonly Buffer[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** By descriptor: which of 0, 1, 2 is a terminal. */
  readonly terminals: readonly [boolean, boolean, boolean];
  readonly columns: number;
  readonly rows: number;
  /** Whether the caller took this server because a URL names it; else because it is the user's newest. */
  readonly byUrl: boolean;
}

/**
 * Flags, columns and rows, and how many arguments follow (u32 each, little-endian); then the working directory, the arguments and the environment,
 * each ended by a NUL.
 * @throws CircuitError EINVAL
 */
export function parseHello(bytes: Buffer): Hello {
  const strings: Buffer[] = [];
  for (let at = HEADER_BYTES; at < bytes.length;) {
    const end = bytes.indexOf(0, at);
    if (end < 0) break;
    strings.push(bytes.subarray(at, end));
    at = end + 1;
  }
  const count = bytes.length < HEADER_BYTES ? Infinity : bytes.readUInt32LE(12);
  const [cwd, ...rest] = strings;
  if (cwd === undefined || count > rest.length) throw new CircuitError('EINVAL', 'bad hello of the native front');
  const flags = bytes.readUInt32LE(0);
  return {
    args: rest.slice(0, count).map((arg) => Buffer.from(arg)),
    cwd: cwd.toString(),
    env: Object.fromEntries(rest.slice(count).map(variableOf)),
    terminals: [(flags & 1) !== 0, (flags & 2) !== 0, (flags & 4) !== 0],
    columns: bytes.readUInt32LE(4),
    rows: bytes.readUInt32LE(8),
    byUrl: (flags & BY_URL) !== 0,
  };
}

function variableOf(bytes: Buffer): readonly [string, string] {
  const text = bytes.toString();
  const at = text.indexOf('=');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
