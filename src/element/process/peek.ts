/**
 * What `peek` and `wait` print of a process.
 */
import type { HeldOutputs } from '../../stream/held.js';
import type { Command } from './command.js';

/** `running` until it ends; `stopped` and `continued` by job control; `exited` by itself; `signaled` to death. */
export type Phase = 'running' | 'stopped' | 'continued' | 'exited' | 'signaled';

export interface ProcessPeek {
  /** What was asked for, defaults filled in. */
  readonly Cmd: Command;
  /** Null while it runs and after success; else in the words of Go's os/exec: `exit status 3`, `signal: killed`. */
  readonly Exit: string | null;
  readonly Phase: Phase;
  readonly Pid: number;
  readonly ExitCode: number | null;
  /** Name of the signal that ended it. */
  readonly Signal: string | null;
  /** RFC 3339. */
  readonly Started: string;
  readonly Finished: string | null;
  /** The outputs that hold the process back since nobody reads them. */
  readonly Held: HeldOutputs;
}
