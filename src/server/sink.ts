/**
 * Standard error as something to write to without waiting, whatever it is: a terminal, a pipe, a file, a socket of the journal.
 *
 * O_NONBLOCK belongs to the open file description, which we share with the shell and others who would not expect it; so a terminal or pipe is
 * opened anew where that is possible.
 */
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { native } from '../../native/index.js';

const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants;
const NO_DESCRIPTORS: readonly number[] = [];
/** What a pipe or terminal takes without waiting once poll(2) says that it is writable; a pipe takes PIPE_BUF, a terminal may take less. */
const SURE_BYTES = 256;

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
  if (stats.isFile()) return { ...shared, write: (bytes) => native.write(fd, bytes, 0, bytes.length) };
  if (stats.isSocket()) return { ...shared, write: (bytes) => native.sendDescriptors(fd, bytes, 0, bytes.length, NO_DESCRIPTORS) };
  const own = reopen(fd);
  if (own === undefined)
    return { ...shared, asksFirst: true, write: (bytes) => native.write(fd, bytes, 0, Math.min(bytes.length, SURE_BYTES)) };
  return { fd: own, asksFirst: false, write: (bytes) => native.write(own, bytes, 0, bytes.length), close: () => closeSync(own) };
}

/** Undefined where it is not allowed: the terminal of another user, after su(1). */
function reopen(fd: number): number | undefined {
  try {
    return openSync(`/proc/self/fd/${fd}`, O_WRONLY | O_NONBLOCK | O_NOCTTY);
  } catch {
    return undefined;
  }
}
