/**
 * What starts the programs of a server, whichever it is: the launcher in C, or the portable one where that is not built.
 */
import type { CircuitError } from '../../base/error.js';
import type { Sink } from '../../stream/input.js';
import type { OutputWindow } from '../../stream/window.js';
import type { LaunchedProcess } from './launched-process.js';
import type { LaunchRequest } from './launcher-protocol.js';

export interface LauncherOptions {
  /** How long descendants have between TERM and KILL, in seconds. */
  readonly grace_s: number;
  /** The launcher's own environment, whose PATH is searched for programs; the server's if absent. */
  readonly env?: NodeJS.ProcessEnv;
  /** Told once if the launcher ends by anything but `stop`: nothing can be started any more, and its processes were killed. */
  readonly onLost?: (error: CircuitError) => void;
}

/** Carries an output into its window. @param onFirstHold the process is held back for the first time. @returns what goes on when there is room again */
export type OutputSource = (window: OutputWindow, onFirstHold: () => void) => { resume(): void };

/** A program that runs, and our ends of its standard streams. Each of them is to be taken once, at once. */
export interface StartedProgram {
  readonly process: LaunchedProcess;
  /** @param writable told, when that is wanted, that it takes more */
  readonly stdin: (writable: () => void) => Sink;
  readonly stdout: OutputSource;
  readonly stderr: OutputSource;
}

export interface ProgramLauncher {
  /** Process ID of the launcher, the parent of all processes; undefined if it could not be started. */
  readonly pid: number | undefined;
  /** Resolves when it has answered, so that it runs. @throws CircuitError EIO with what is wrong if it does not */
  answers(): Promise<void>;
  /**
   * Starts a program in a session and process group of its own, and resolves when it runs.
   * @throws CircuitError ENOENT, EACCES, ENOTDIR, ENAMETOOLONG, EPERM, EINVAL with what is wrong; EAGAIN when the system is full; EIO when the launcher
   * is gone; EOPNOTSUPP for what it cannot do
   */
  start(request: LaunchRequest): Promise<StartedProgram>;
  /**
   * Ends all descendants that it knows, TERM first, after the grace time KILL, and then the launcher. States are reported meanwhile. Idempotent.
   * @throws CircuitError EIO if the launcher ended before it was done, so that some may be left
   */
  stop(): Promise<void>;
}

/** What ends whom a launcher leaves that is killed. */
export interface OrphanKeeper {
  /** @returns those that are still there after some time */
  end(): Promise<readonly number[]>;
}
