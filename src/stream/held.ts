/**
 * How `peek` tells of outputs that hold back what runs, since nobody reads them.
 */
import type { Held, OutputWindow } from './window.js';

export interface HeldPeek {
  readonly Since: string;
  /** How many have it open. */
  readonly Readers: number;
  /** Process ID of the one that is farthest behind; null if nobody has it open. */
  readonly SlowestPid: number | null;
}

/** The outputs that hold it back now. */
export type HeldOutputs = Readonly<Partial<Record<'stdout' | 'stderr', HeldPeek>>>;

export function heldPeek(stdout: OutputWindow, stderr: OutputWindow): HeldOutputs {
  return { ...(stdout.held && { stdout: tell(stdout.held) }), ...(stderr.held && { stderr: tell(stderr.held) }) };
}

function tell({ since_ms, readers, slowestPid }: Held): HeldPeek {
  return { Since: new Date(since_ms).toISOString(), Readers: readers, SlowestPid: slowestPid ?? null };
}

/** The same as a sentence, for who asks why it does not end; undefined if nothing is held. @param what in a word: 'process' */
export function heldSentence(what: string, stdout: OutputWindow, stderr: OutputWindow): string | undefined {
  const held = Object.entries(heldPeek(stdout, stderr)).map(([file, { Since }]) => `${file} (since ${Since})`);
  if (held.length === 0) return undefined;
  return `the ${what} is held back by unread output: ${held.join(' and ')}; read it, or let it go with "drain"`;
}
