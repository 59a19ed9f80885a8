/**
 * The frames between the server and its launcher, as native/launcher/protocol.h defines them: requests are encoded here, reports decoded.
 *
 * Pure: bytes in, bytes out. The decoder is fed as the socket delivers, in pieces of any size.
 */
import { CircuitError } from '../../base/error.js';
import { LAUNCH_MAX_BYTES } from '../../base/limits.js';

export interface LaunchRequest {
  /** What to run; a name without a slash is searched in the PATH of the launcher's own environment. It is also argv[0]. */
  readonly path: string;
  /** The arguments after argv[0]. */
  readonly args: readonly string[];
  /** The whole environment, as KEY=value; bytes where it is not UTF-8. */
  readonly env: readonly (string | Uint8Array)[];
  /** Working directory. */
  readonly dir: string;
  /** Name or number of the user, if it is another one than the server's. */
  readonly user?: string | undefined;
  /** Name or number of the group; without it the user's own groups. */
  readonly group?: string | undefined;
}

/** Where a start failed, by `enum stage` of protocol.h. */
export const STAGES = ['', 'request', 'fork', 'stdio', 'group', 'user', 'dir', 'exec', 'interpreter'] as const;
export type Stage = Exclude<(typeof STAGES)[number], ''>;

export type Report =
  | { readonly type: 'started'; readonly id: number; readonly pid: number }
  | { readonly type: 'failed'; readonly id: number; readonly errno: number; readonly stage: Stage }
  | { readonly type: 'stopped'; readonly id: number; readonly signal: number }
  | { readonly type: 'continued'; readonly id: number }
  | { readonly type: 'exited'; readonly id: number; readonly code: number }
  | { readonly type: 'killed'; readonly id: number; readonly signal: number; readonly core: boolean };

const REQUEST = { START: 1, SIGNAL: 2, STOP: 3 } as const;
const LENGTH_BYTES = 4;
const NUL = Buffer.of(0);
/** Type, ID, value and detail: all reports are of one size. */
const REPORT_BYTES = 13;

/**
 * A START frame; the three stdio descriptors must travel with its first byte.
 * @throws CircuitError EINVAL for texts with NUL, and for what is too long
 */
export function encodeStart(id: number, request: LaunchRequest): Uint8Array {
  const { length, environment } = measure(request);
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + length);
  let at = frame.writeUInt32LE(length, 0);
  at = frame.writeUInt8(REQUEST.START, at);
  at = frame.writeUInt32LE(id, at);
  const writeText = (text: string): void => {
    at += frame.write(text, at);
    at = frame.writeUInt8(0, at);
  };
  singleTexts(request).forEach(writeText);
  at = frame.writeUInt32LE(request.args.length, at);
  request.args.forEach(writeText);
  environment.copy(frame, at);
  return frame;
}

/**
 * How long the frame is, without its length; the portable launcher takes no other requests.
 * @throws CircuitError EINVAL for texts with NUL, and for what is too long
 */
export function measure(request: LaunchRequest): { readonly length: number; readonly environment: Buffer } {
  const texts = [...singleTexts(request), ...request.args];
  const environment = encodedOnce(request.env);
  if (texts.some(hasNul) || environment === undefined)
    throw new CircuitError('EINVAL', 'a NUL byte in path, arguments or environment: expected text');
  if (request.path === '') throw new CircuitError('EINVAL', 'the path of the program is missing');
  const length = texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 1 + 2 * 4 + environment.length);
  if (length > LAUNCH_MAX_BYTES)
    throw new CircuitError('EINVAL', `arguments and environment are too long: ${length} bytes; expected at most ${LAUNCH_MAX_BYTES}`);
  return { length, environment };
}

function singleTexts({ path, dir, user = '', group = '' }: LaunchRequest): readonly string[] {
  return [path, dir, user, group];
}

/** Environments as they stand in a frame: most processes have the server's own, the same list each time. */
const environments = new WeakMap<LaunchRequest['env'], Buffer>();

/** undefined if there is a NUL in it. */
function encodedOnce(env: LaunchRequest['env']): Buffer | undefined {
  const known = environments.get(env);
  if (known !== undefined) return known;
  if (env.some(hasNul)) return undefined;
  const count = Buffer.allocUnsafe(4);
  count.writeUInt32LE(env.length, 0);
  const encoded = Buffer.concat([count, ...env.flatMap((pair) => [typeof pair === 'string' ? Buffer.from(pair) : pair, NUL])]);
  environments.set(env, encoded);
  return encoded;
}

function hasNul(text: string | Uint8Array): boolean {
  return typeof text === 'string' ? text.includes('\0') : text.includes(0);
}

export function encodeSignal(id: number, signal: number): Uint8Array {
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + 9);
  frame.writeUInt32LE(9, 0);
  frame.writeUInt8(REQUEST.SIGNAL, 4);
  frame.writeUInt32LE(id, 5);
  frame.writeUInt32LE(signal, 9);
  return frame;
}

export function encodeStop(): Uint8Array {
  return Uint8Array.of(1, 0, 0, 0, REQUEST.STOP);
}

/** Turns what the socket delivers into reports. */
export class ReportDecoder {
  readonly #frame = Buffer.alloc(LENGTH_BYTES + REPORT_BYTES);
  #filled = 0;

  /**
   * Yields the reports that `bytes` completes.
   * @throws CircuitError EIO for what is no report
   */
  *feed(bytes: Uint8Array): Generator<Report, void, undefined> {
    for (let at = 0; at < bytes.length;) {
      const piece = bytes.subarray(at, at + this.#frame.length - this.#filled);
      this.#frame.set(piece, this.#filled);
      this.#filled += piece.length;
      at += piece.length;
      if (this.#filled < this.#frame.length) return;
      this.#filled = 0;
      yield decodeReport(this.#frame);
    }
  }
}

function decodeReport(frame: Buffer): Report {
  const type = frame.readUInt8(4);
  const id = frame.readUInt32LE(5);
  const value = frame.readUInt32LE(9);
  const detail = frame.readUInt32LE(13);
  if (frame.readUInt32LE(0) === REPORT_BYTES) {
    const stage = STAGES[detail];
    if (type === 1) return { type: 'started', id, pid: value };
    if (type === 2 && stage !== undefined && stage !== '') return { type: 'failed', id, errno: value, stage };
    if (type === 3) return { type: 'stopped', id, signal: value };
    if (type === 4) return { type: 'continued', id };
    if (type === 5) return { type: 'exited', id, code: value };
    if (type === 6) return { type: 'killed', id, signal: value, core: detail === 1 };
  }
  throw new CircuitError('EIO', `the launcher sent an invalid report: ${frame.toString('hex')}`);
}
