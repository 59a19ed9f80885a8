/**
 * How `peek` shows outputs that hold back a process or container because they are not read.
 */
import type { Held, OutputWindow } from './window.js';

export interface HeldPeek {
  readonly Since: string;
  /** How many readers have it open. */
  readonly Readers: number;
  /** Process ID of the slowest reader; null if there is none. */
  readonly SlowestPid: number | null;
  /** If it came through another server, or as a client: which, and whose word the process ID is. */
  readonly SlowestServer?: string;
}

/** The outputs that are full now. */
export type HeldOutputs = Readonly<Partial<Record<'stdout' | 'stderr', HeldPeek>>>;

export function heldPeek(stdout: OutputWindow, stderr: OutputWindow): HeldOutputs {
  return { ...(stdout.held && { stdout: tell(stdout.held) }), ...(stderr.held && { stderr: tell(stderr.held) }) };
}

function tell({ since_ms, readers, slowestPid, slowestServer: server }: Held): HeldPeek {
  const held = { Since: new Date(since_ms).toISOString(), Readers: readers, SlowestPid: slowestPid ?? null };
  return server === undefined ? held : { ...held, SlowestServer: server };
}

/** The same as a sentence, which explains why it does not end; undefined if nothing is held. @param what in a word: 'process' */
export function heldSentence(what: string, stdout: OutputWindow, stderr: OutputWindow): string | undefined {
  const held = Object.entries(heldPeek(stdout, stderr)).map(([file, { Since }]) => `${file} (since ${Since})`);
  if (held.length === 0) return undefined;
  return `the ${what} is held back by unread output: ${held.join(' and ')}; read it, or drop it with "drain"`;
}
