/**
 * The console of a command that has a process of its own.
 */
import { readFileSync } from 'node:fs';
import type { Console, ConsoleSignal } from '../console/console.js';
import { watchTerminal } from './signals/terminal.js';

/** A process that was not stopped by then will not be: nobody could continue it (the kernel asks that of an orphaned process group). */
const STOPPED_MS = 100;

/** Streams are opened when they are first used. */
export class ProcessConsole implements Console {
  readonly env = process.env;
  readonly cwd = process.cwd();
  readonly argumentsAsGiven = argumentsAsGiven;
  readonly watchTerminal = watchTerminal;
  status = 0;

  get stdin(): NodeJS.ReadStream {
    return process.stdin;
  }

  get stdout(): NodeJS.WriteStream {
    return process.stdout;
  }

  get stderr(): NodeJS.WriteStream {
    return process.stderr;
  }

  exit(status: number): void {
    process.exit(status);
  }

  suspend(): void {
    // Nobody tells a stopped program that the window has another size by now: Node looks when it gets this.
    process.once('SIGCONT', () => process.kill(process.pid, 'SIGWINCH'));
    process.kill(0, 'SIGTSTP');
    setTimeout(() => process.emit('SIGCONT', 'SIGCONT'), STOPPED_MS);
  }

  on(signal: ConsoleSignal, heard: () => void): void {
    process.on(signal, heard);
  }

  off(signal: ConsoleSignal, heard: () => void): void {
    process.off(signal, heard);
  }
}

/** By proc_pid_cmdline(5); empty where there is none. */
function argumentsAsGiven(): readonly Buffer[] {
  try {
    const text = readFileSync('/proc/self/cmdline').toString('latin1');
    return text.split('\0').slice(0, -1).map((word) => Buffer.from(word, 'latin1')); // prettier-ignore
  } catch {
    return [];
  }
}
