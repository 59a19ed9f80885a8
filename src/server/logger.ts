/**
 * The daemon's own log: lines for people where stderr is a terminal, JSON lines (pino) elsewhere. Not to be confused with the operation log (`operation-log.ts`),
 * which is the circuit's and a file in the mount.
 */
import { type Logger, pino } from 'pino';
import type { LogLevel } from '../base/log.js';
import { escapeControls, escapeInJson } from '../base/quote.js';
import { formatFor, type LogFormat } from './log-format.js';
import { BoundedWriter } from './stderr.js';

export type { Logger };

const STDERR = 2;

interface Line {
  readonly level: string;
  readonly time: string;
  readonly msg?: string;
  readonly err?: { readonly stack?: string };
}

/** How lines look; may be changed while the program runs. */
export interface LogForm {
  /** What fits standard error if undefined. */
  format?: LogFormat | undefined;
}

/** Of sd-daemon(3), behind which the journal takes a line. */
const PRIORITIES: Readonly<Record<string, number>> = { error: 3, warn: 4, info: 6, debug: 7 };

/**
 * What peers say may be in any line: nothing in it acts on a terminal, be it the daemon's or that of one who reads the journal.
 * @param level what is less grave is not written
 */
export function makeLogger(level: LogLevel, form: LogForm = {}): Logger {
  const writer = new BoundedWriter();
  const formatters = { level: (label: string): object => ({ level: label }) };
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters };
  const fitting = formatFor(STDERR, process.env);
  return pino(options, { write: (line) => writer.write(WRITE[form.format ?? fitting](line)) });
}

const WRITE: Readonly<Record<LogFormat, (line: string) => string>> = { text: forPeople, json: escapeInJson, journal: forJournal };

/** Each line behind its priority; the journal knows the time. */
function forJournal(line: string): string {
  const { level, msg = '', err } = JSON.parse(line) as Line;
  const priority = `<${PRIORITIES[level] ?? PRIORITIES['info']}>`;
  return [msg, ...(err?.stack?.split('\n') ?? [])].map((each) => `${priority}${escapeControls(each)}\n`).join('');
}

/** `12:30:01 warn  message` and, indented, the error if there is one. */
function forPeople(line: string): string {
  const { level, time, msg, err } = JSON.parse(line) as Line;
  const stack = err?.stack?.split('\n').map((each) => `\n  ${escapeControls(each)}`).join('') ?? ''; // prettier-ignore
  return `${time.slice(11, 19)} ${level.padEnd(5)} ${escapeControls(msg ?? '')}${stack}\n`;
}
