/**
 * Tables that are part of a screen: cells in columns, each line with a style. Pure.
 */
import { TABLE_CELL_MAX } from '../../../base/limits.js';
import { escapeControls } from '../../../base/quote.js';
import { cutCells, padCells, widthOf } from '../../terminal/cells.js';

const GAP = '  ';

/** @param most columns that each may take; the last one takes what is left */
export function columnsOf(rows: readonly (readonly string[])[], most: readonly number[]): readonly string[] {
  const shown = rows.map((row) => row.map((cell, at) => cutCells(escapeControls(cell.slice(0, TABLE_CELL_MAX)), most[at] ?? Infinity)));
  const count = Math.max(0, ...shown.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, at) => shown.reduce((widest, row) => Math.max(widest, widthOf(row[at] ?? '')), 0));
  return shown.map((row) => row.map((cell, at) => padCells(cell, widths[at] ?? 0)).join(GAP).trimEnd()); // prettier-ignore
}
