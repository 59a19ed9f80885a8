/**
 * A program's output as lines that a terminal may show: what the program told its own terminal, colours and movements, is left out. Bounded: the oldest
 * lines go. Pure.
 */
import { stripVTControlCharacters } from 'node:util';
import { TOP_LINE_MAX, TOP_OUTPUT_LINES_MAX, TOP_OUTPUT_MAX } from '../../../base/limits.js';
import { escapeControls } from '../../../base/quote.js';

export interface Output {
  readonly lines: readonly string[];
  /** What has come of the next line, as it came. */
  readonly begun: string;
  /** Lines that are forgotten. */
  readonly forgotten: number;
}

export const NOTHING: Output = { lines: [], begun: '', forgotten: 0 };
const TAB_COLUMNS = 8;

export function append({ lines, begun, forgotten }: Output, text: string): Output {
  const parts = (begun + text).split('\n');
  const rest = parts.pop() ?? '';
  const whole = parts.flatMap((part) => pieces(part));
  const long = pieces(rest);
  const last = long.pop() ?? '';
  const all = [...lines, ...[...whole, ...long].map(shownLine)];
  const kept = newest(all);
  return { lines: kept, begun: last, forgotten: forgotten + all.length - kept.length };
}

/** All lines, the one that has begun included. */
export function linesOf({ lines, begun }: Output): readonly string[] {
  return begun === '' ? lines : [...lines, shownLine(begun)];
}

/** As a terminal would show it: what stands behind a carriage return replaces what stood before it. */
export function shownLine(text: string): string {
  const plain = stripVTControlCharacters(text).replace(/\r+$/, '');
  const last = plain.slice(plain.lastIndexOf('\r') + 1);
  let shown = '';
  for (const part of last.split('\t')) shown += shown === '' && part === last ? part : part.padEnd(padded(part));
  return escapeControls(shown.trimEnd());
}

/** Where the next tab stop is, as far as characters of one cell go. */
function padded(part: string): number {
  return (Math.floor(part.length / TAB_COLUMNS) + 1) * TAB_COLUMNS;
}

function pieces(text: string): string[] {
  const all: string[] = [];
  for (let at = 0; at === 0 || at < text.length; at += TOP_LINE_MAX) all.push(text.slice(at, at + TOP_LINE_MAX));
  return all;
}

function newest(lines: readonly string[]): readonly string[] {
  let from = Math.max(0, lines.length - TOP_OUTPUT_LINES_MAX);
  let length = lines.slice(from).reduce((sum, each) => sum + each.length, 0);
  for (; length > TOP_OUTPUT_MAX && from < lines.length - 1; from++) length -= lines[from]?.length ?? 0;
  return from === 0 ? lines : lines.slice(from);
}
