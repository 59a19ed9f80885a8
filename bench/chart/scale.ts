/**
 * The scale of one figure: linear, from 0. Its longest bar fills it, unless that would leave next to nothing of ours: then longer ones are cut short.
 */
import type { PrintedFigure } from './tables.js';

/** A bar so many times as long as ours is still shown whole. */
const WHOLE = 6;

export interface Scale {
  /** How far from 0 a value lies, in pixels; cut: it lies further. */
  at(value: number): { readonly x: number; readonly isCut: boolean };
}

/** @param width in pixels */
export function scaleOf({ ours, peers, aims }: PrintedFigure, width: number): Scale {
  const bounds = aims.flatMap(({ bound }) => bound ?? []);
  const longest = Math.max(ours.value, ...bounds, ...peers.flatMap(({ measured }) => measured?.value ?? []));
  const most = Math.min(longest, Math.max(WHOLE * ours.value, ...bounds));
  return { at: (value) => ({ x: most > 0 ? (Math.min(value, most) / most) * width : 0, isCut: value > most }) };
}
