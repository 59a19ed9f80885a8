/**
 * The forms in which a daemon logs: for people, for programs, for systemd's journal.
 */
import { fstatSync } from 'node:fs';
import { isatty } from 'node:tty';

export const LOG_FORMATS = ['text', 'json', 'journal'] as const;

export type LogFormat = (typeof LOG_FORMATS)[number];

/** What fits where this descriptor leads: a terminal, the journal of systemd (JOURNAL_STREAM of systemd.exec(5)), or anything else. */
export function formatFor(fd: number, env: Readonly<Record<string, string | undefined>>): LogFormat {
  if (isatty(fd)) return 'text';
  const { JOURNAL_STREAM: stream = '' } = env;
  return stream !== '' && stream === identityOf(fd) ? 'journal' : 'json';
}

function identityOf(fd: number): string | undefined {
  try {
    const { dev, ino } = fstatSync(fd);
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}
