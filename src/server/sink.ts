/**
 * Standard error as something to write to without waiting, whatever it is: a terminal, a pipe, a file, a socket of the journal.
 *
 * O_NONBLOCK belongs to the open file description, which we share with the shell and others who would not expect it; so a terminal or pipe is
 * opened anew where that is possible. Without the addon what cannot be opened anew, and a socket, may make the daemon wait: Node cannot ask first.
 */
import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs';
import { constants as system } from 'node:os';
import { addonProblem, native, type Watch } from '../../native/index.js';

const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants;
const NO_DESCRIPTORS: readonly number[] = [];
/** What a pipe or terminal takes without waiting once poll(2) says that it is writable; a pipe takes PIPE_BUF, a terminal may take less. */
const SURE_BYTES = 256;
/** Without the addon: how often it is tried again, in ms. */
const AGAIN_MS = 20;

export interface Sink {
  readonly fd: number;
  /** Writes only what poll(2) says there is room for: it must be asked first. */
  readonly asksFirst: boolean;
  /** Bytes written, or -errno (-EAGAIN: no room). */
  write(bytes: Uint8Array): number;
  close(): void;
}

/** @param fd stays open, and as it was */
export function openSink(fd: number): Sink {
  const stats = fstatSync(fd);
  const shared = { fd, asksFirst: false, close: () => undefined };
  // A file never makes anybody wait. It is written at the shared position, so that we and others never overwrite each other.
  if (stats.isFile()) return { ...shared, write: (bytes) => write(fd, bytes, bytes.length) };
  if (stats.isSocket() && addonProblem() === undefined)
    return { ...shared, write: (bytes) => native.sendDescriptors(fd, bytes, 0, bytes.length, NO_DESCRIPTORS) };
  const own = reopen(fd);
  if (own === undefined) return { ...shared, asksFirst: true, write: (bytes) => write(fd, bytes, Math.min(bytes.length, SURE_BYTES)) };
  return { fd: own, asksFirst: false, write: (bytes) => write(own, bytes, bytes.length), close: () => closeSync(own) };
}

/** Calls back, as often as there may be room again. */
export function whenWritable(fd: number, onWritable: () => void): Pick<Watch, 'close'> {
  if (addonProblem() === undefined) {
    const watch = native.watch(fd, onWritable);
    watch.want(false, true);
    return watch;
  }
  const timer = setInterval(onWritable, AGAIN_MS);
  return { close: () => clearInterval(timer) };
}

function write(fd: number, bytes: Uint8Array, length: number): number {
  if (addonProblem() === undefined) return native.write(fd, bytes, 0, length);
  try {
    return writeSync(fd, bytes, 0, length);
  } catch (error) {
    return (error as NodeJS.ErrnoException).errno ?? -system.errno.EIO;
  }
}

/** Undefined where it is not allowed: the terminal of another user, after su(1). */
function reopen(fd: number): number | undefined {
  try {
    return openSync(`${process.platform === 'linux' ? '/proc/self/fd' : '/dev/fd'}/${fd}`, O_WRONLY | O_NONBLOCK | O_NOCTTY);
  } catch {
    return undefined;
  }
}
