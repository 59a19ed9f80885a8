/**
 * The terminal in which a program was started may hang up: its window was closed, or the connection to its host has ended.
 *
 * The kernel takes a terminal that hangs up from all processes of its session, and only then sends SIGHUP to the session's leader, a shell as a rule,
 * which hands it on. So /dev/tty cannot be opened any more when the signal comes, and can be when somebody else has sent it.
 */
import { closeSync, constants, openSync } from 'node:fs';
import { isatty } from 'node:tty';

const CONTROLLING_TERMINAL = '/dev/tty';
const STANDARD_STREAMS = [0, 1, 2] as const;
const { O_RDONLY, O_NOCTTY, O_NONBLOCK } = constants;

/**
 * Called at the start: returns a function that tells whether the terminal is gone. It never is for a program that belongs to none (setsid(1), a
 * service), nor for one that neither reads nor writes there: nohup(1) leaves it no stream of the terminal, and Node undoes that SIGHUP is ignored.
 */
export function watchTerminal(): () => boolean {
  const isOurs = STANDARD_STREAMS.some((fd) => isatty(fd)) && isThere();
  return () => isOurs && !isThere();
}

/**
 * Called at the start: Node puts a terminal back at its exit as it was, and aborts (SIGABRT, a core file) if that has hung up meanwhile (measured with
 * 20.20). It passes over streams that are closed.
 */
export function outliveTerminal(): void {
  const terminals = STANDARD_STREAMS.filter((fd) => isatty(fd));
  process.on('exit', () => {
    for (const fd of terminals) if (!isatty(fd)) closeSync(fd);
  });
}

/** Other errors do not say that there is none: a program may be out of descriptors. */
function isThere(): boolean {
  try {
    closeSync(openSync(CONTROLLING_TERMINAL, O_RDONLY | O_NOCTTY | O_NONBLOCK));
    return true;
  } catch (error) {
    return !['ENXIO', 'EIO', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '');
  }
}
