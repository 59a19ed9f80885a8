/**
 * Which control files an anchor has, by what it holds: one row an element.
 */
import type { ControlFile } from '../../src/base/name.js';
import type { ElementKind } from '../../src/base/kind.js';
import { channelView } from './channel.js';
import { containerView } from './container.js';
import type { AnchorHolder, FileKind } from './control-file.js';
import { anchorFiles } from './every-anchor.js';
import { anchorHelp } from './help.js';
import type { ElementView, FileTable } from './kinds.js';
import { lockView } from './lock.js';
import { nameServerView } from './name-server.js';
import { processView } from './process.js';
import { selectionView } from './selection.js';
import { serverView } from './server.js';
import { joinView, leaveView } from './subscription.js';
import { topicView } from './topic.js';

export const ELEMENTS: Readonly<Record<ElementKind, ElementView>> = {
  server: serverView,
  proc: processView,
  docker: containerView,
  chan: channelView,
  dns: nameServerView,
  '@join': joinView,
  '@leave': leaveView,
  select: selectionView,
  lock: lockView,
  topic: topicView,
};

export interface NamedKind {
  readonly name: ControlFile;
  readonly kind: FileKind<AnchorHolder>;
}

/** By name, in the order in which they are listed. */
export type Files = ReadonlyMap<string, NamedKind>;

function files(...tables: readonly FileTable[]): Files {
  const rows = tables.flatMap((table) => Object.entries(table) as [ControlFile, FileKind<AnchorHolder>][]);
  return new Map(rows.map(([name, kind]) => [name, { name, kind }]));
}

const ANCHOR_FILES = anchorFiles((anchor) => anchorHelp(anchor, (kind) => ELEMENTS[kind], filesNow));
const WITHOUT_ELEMENT = files(ANCHOR_FILES);
const WITH_ELEMENT = new Map((Object.keys(ELEMENTS) as ElementKind[]).map((kind) => [kind, files(ANCHOR_FILES, ELEMENTS[kind].files)]));

export function filesOf(kind: ElementKind | undefined): Files {
  return kind === undefined ? WITHOUT_ELEMENT : (WITH_ELEMENT.get(kind) ?? WITHOUT_ELEMENT);
}

/** As `filesOf`, and those that the element has only in the state in which it is. */
export function filesNow(kind: ElementKind | undefined, state: unknown): Files {
  const now = kind === undefined ? undefined : ELEMENTS[kind].filesNow;
  return now === undefined ? filesOf(kind) : new Map([...filesOf(kind), ...files(now(state))]);
}

/** Whether the state has to be known to tell which files there are. */
export function filesVary(kind: ElementKind | undefined): boolean {
  return kind !== undefined && ELEMENTS[kind].filesNow !== undefined;
}
