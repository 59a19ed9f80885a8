/**
 * What the two ends of a session say in the greetings of a connection: which session it carries, and how much of it has come.
 */

import { type LocalProcess, readLocalProcess } from '../../base/local-process.js';

/** The dialling end's. */
export interface SessionNote {
  /** 32 hex digits. */
  readonly session: string;
  /** How many messages of the session have been received. */
  readonly received: number;
  /** The session has never been welcomed, as far as the dialling end knows: it may be begun. */
  readonly fresh: boolean;
  /** How long the session outlives a broken connection, in ms; `SESSION_RESUME_MS` if absent, which is the longest. */
  readonly patience_ms?: number | undefined;
  /** The program that dials, if it wants to be known to have ended when it has. */
  readonly process?: LocalProcess | undefined;
}

/** Undefined for anything else. */
export function readSessionNote(note: unknown): SessionNote | undefined {
  const { session, received, fresh, patience_ms, process } = fieldsOf(note);
  if (typeof session !== 'string' || !/^[\da-f]{32}$/.test(session) || !isCount(received) || typeof fresh !== 'boolean') return undefined;
  return { session, received, fresh, process: readLocalProcess(process), ...(isCount(patience_ms) && { patience_ms }) };
}

/** The accepting end's `received`; undefined for anything else. */
export function readWelcomeNote(note: unknown): number | undefined {
  const { received } = fieldsOf(note);
  return isCount(received) ? received : undefined;
}

function fieldsOf(note: unknown): Readonly<Record<string, unknown>> {
  return typeof note === 'object' && note !== null ? (note as Record<string, unknown>) : {};
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
