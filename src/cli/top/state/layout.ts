/**
 * How the lines of a terminal are shared: a title, members, the list, and what is said below it. Pure.
 */
import type { Size } from './state.js';

export interface Layout {
  /** Members with their heading; 0: none are shown. */
  readonly members: number;
  /** The list, or what covers it, without its heading. */
  readonly body: number;
  readonly hasHeading: boolean;
  readonly hasStatus: boolean;
  readonly hasHints: boolean;
}

/** With fewer rows members are not shown; nor the line of keys; nor the status. */
const MEMBERS_FROM = 12;
const HINTS_FROM = 6;
const STATUS_FROM = 4;
/** Of the rows, as many are for members at most. */
const MEMBERS_SHARE = 1 / 3;

export function layoutOf({ rows }: Pick<Size, 'rows'>, servers: number): Layout {
  const hasHints = rows >= HINTS_FROM;
  const hasStatus = rows >= STATUS_FROM;
  const hasHeading = rows >= 3;
  const members = rows >= MEMBERS_FROM ? Math.min(servers + 1, Math.floor(rows * MEMBERS_SHARE)) : 0;
  const body = Math.max(0, rows - 1 - members - Number(hasHeading) - Number(hasStatus) - Number(hasHints));
  return { members, body, hasHeading, hasStatus, hasHints };
}
