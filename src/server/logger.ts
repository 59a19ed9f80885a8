/**
 * The daemon's own log: lines for people where stderr is a terminal, JSON lines (pino) elsewhere. Not to be confused with the operation log (`operation-log.ts`),
 * which is the circuit's and a file in the mount.
 */
import { isatty } from 'node:tty';
import { type Logger, pino } from 'pino';
import type { LogLevel } from '../base/log.js';
import { BoundedWriter } from './stderr.js';

export type { Logger };

/** @param level what is less grave is not written */
export function makeLogger(level: LogLevel): Logger {
  const writer = new BoundedWriter();
  const formatters = { level: (label: string): object => ({ level: label }) };
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters };
  return pino(options, isatty(2) ? { write: (line) => writer.write(forPeople(line)) } : writer);
}

/** `12:30:01 warn  message` and, indented, the error if there is one. */
function forPeople(line: string): string {
  const { level, time, msg, err } = JSON.parse(line) as { level: string; time: string; msg?: string; err?: { stack?: string } };
  const stack = err?.stack === undefined ? '' : `\n${err.stack.replace(/^/gm, '  ')}`;
  return `${time.slice(11, 19)} ${level.padEnd(5)} ${msg ?? ''}${stack}\n`;
}
