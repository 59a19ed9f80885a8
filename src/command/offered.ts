/**
 * Which commands an anchor takes as it is now.
 */
import type { ElementKind } from '../base/kind.js';
import { withBelow } from './below.js';
import type { CommandRow } from './row.js';
import { COMMANDS } from './table.js';

/** Those for what it holds, or may hold. */
export function commandsFor(kind: ElementKind | undefined): readonly CommandRow[] {
  return COMMANDS.filter(({ takes }) => {
    if (takes === 'none') return kind === undefined;
    if (takes === 'any') return kind !== undefined && kind !== 'server';
    return takes === 'anchor' || takes === kind || (Array.isArray(takes) && takes.includes(kind));
  });
}

/** All of them, a line each, as `ctl` shows them: where an element is, others can only be made below. */
export function usagesFor(kind: ElementKind | undefined): readonly string[] {
  const makers = kind === undefined ? [] : COMMANDS.filter(({ takes }) => takes === 'none');
  return [...commandsFor(kind), ...makers].map((row) => `${row.name} ${withBelow(row, kind !== undefined)}`.trimEnd());
}
