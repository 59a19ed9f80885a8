/**
 * What `peek` and `wait` print of a process.
 */
import type { Held, OutputWindow } from '../../stream/window.js';
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
  readonly Held: Readonly<Partial<Record<'stdout' | 'stderr', HeldPeek>>>;
}

export interface HeldPeek {
  readonly Since: string;
  /** How many have it open. */
  readonly Readers: number;
  /** Process ID of the one that is farthest behind; null if nobody has it open. */
  readonly SlowestPid: number | null;
}

export function heldPeek(stdout: OutputWindow, stderr: OutputWindow): ProcessPeek['Held'] {
  return { ...(stdout.held && { stdout: tell(stdout.held) }), ...(stderr.held && { stderr: tell(stderr.held) }) };
}

function tell({ since_ms, readers, slowestPid }: Held): HeldPeek {
  return { Since: new Date(since_ms).toISOString(), Readers: readers, SlowestPid: slowestPid ?? null };
}
