/**
 * The servers in `circuit top`, with the load of their hosts. Pure.
 */
import { isOverloaded, loadText } from '../figures.js';
import { ageOf } from '../ps/table.js';
import type { ServerFigures, Snapshot } from './model.js';

export const MEMBERS_HEAD = ['SERVER', 'ID', 'UP', 'LOAD', 'CPU', 'MEMORY', 'ANCHORS', 'PROCS', 'OPS/s'] as const;
const MEGABYTE = 1_000_000;

/** @param before the last snapshot, from which rates are taken; undefined at first */
export function memberCells({ host, id, joined, figures }: ServerFigures, now: Snapshot, before: Snapshot | undefined): readonly string[] {
  if (figures === undefined) return [host, id, ageOf(joined, now.now_ms), 'does not answer'];
  const earlier = before?.servers.find((one) => one.id === id)?.figures;
  const passed_s = before === undefined ? 0 : (now.now_ms - before.now_ms) / 1000;
  const rate = (value: number | undefined, was: number | undefined): number | undefined =>
    value === undefined || was === undefined || passed_s <= 0 ? undefined : Math.max(0, value - was) / passed_s;
  const cpu = rate(figures.cpu_s, earlier?.cpu_s);
  const operations = rate(figures.operations, earlier?.operations);
  return [
    host,
    id,
    ageOf(joined, now.now_ms),
    loadText(figures),
    cpu === undefined ? '-' : `${Math.round(cpu * 100)}%`,
    figures.memory_bytes === undefined ? '-' : `${Math.round(figures.memory_bytes / MEGABYTE)} MB`,
    text(figures.anchors),
    text(figures.processes),
    text(operations === undefined ? undefined : Math.round(operations)),
  ];
}

/** What deserves a look first: servers that do not answer, then those with the most to do for each processor. */
export function mostLoaded(a: ServerFigures, b: ServerFigures): number {
  return strain(b) - strain(a) || (a.host < b.host ? -1 : 1);
}

export function deservesLook({ figures }: ServerFigures): 'bad' | 'warning' | undefined {
  return figures === undefined ? 'bad' : isOverloaded(figures) ? 'warning' : undefined;
}

function strain({ figures }: ServerFigures): number {
  return figures === undefined ? Infinity : (figures.load ?? 0) / (figures.processors ?? 1);
}

function text(value: number | undefined): string {
  return value === undefined ? '-' : String(value);
}
