/**
 * What a command has of the program that was called: its streams, its surroundings, its signals. Commands touch no globals of the process, so that
 * the same functions serve a process of their own and, in the daemon, one caller among many.
 */
import type { Readable } from 'node:stream';
import type { Circuit } from '../api/circuit.js';

/** Where a command prints; `process.stdout` is one. */
export interface ConsoleOutput {
  readonly isTTY?: boolean;
  /** Of a terminal, as it is now. */
  readonly columns?: number;
  readonly rows?: number;
  /** @param done called once: when the system has taken the bytes, or with why it has not */
  write(bytes: string | Uint8Array, done?: (error?: NodeJS.ErrnoException | null) => void): boolean;
  /** `error`: for each write that failed. `resize`: a terminal has another size. */
  on(event: 'error', heard: (error: NodeJS.ErrnoException) => void): unknown;
  on(event: 'resize', heard: () => void): unknown;
  off(event: 'resize', heard: () => void): unknown;
}

/** Where a command reads; `process.stdin` is one. Nothing is taken from it before it is asked. */
export type ConsoleInput = Readable & {
  readonly isTTY?: boolean;
  /** Of a terminal: each key as it is pressed, Ctrl-C included. */
  setRawMode?(raw: boolean): unknown;
};

/** What tells a command to end; and what tells it that it goes on after it was stopped, as by Ctrl-Z: the terminal may show anything by then. */
export type ConsoleSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGCONT';

export interface Console {
  readonly stdin: ConsoleInput;
  readonly stdout: ConsoleOutput;
  readonly stderr: ConsoleOutput;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly cwd: string;
  /** The circuit that the command works on, where it runs in a server of it; undefined: it has to be dialled. */
  readonly circuit?: Circuit;
  /** The arguments as bytes: what is no UTF-8 has been replaced in the text of them. The last ones are those of the command. */
  readonly argumentsAsGiven: () => readonly Buffer[];
  /** The exit status, as far as the command has got. */
  status: number;
  /** Ends at once, whatever still runs. A process does not come back from it, a caller in the daemon does. */
  exit(status: number): void;
  /** Stops the caller's whole job, as Ctrl-Z does at a terminal that is not raw. `SIGCONT` is heard when it goes on, or if it was not stopped. */
  suspend(): void;
  on(signal: ConsoleSignal, heard: () => void): void;
  /** The signal has its usual effect again when nobody hears it. */
  off(signal: ConsoleSignal, heard: () => void): void;
  /** Called at the start: returns a function that tells whether the terminal is gone. */
  watchTerminal(): () => boolean;
}
