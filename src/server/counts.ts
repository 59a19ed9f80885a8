/**
 * What a server's tree holds, counted for its metrics.
 */
import type { ElementKind } from '../base/kind.js';
import { Channel } from '../element/channel/channel.js';
import type { Element } from '../element/element.js';
import { Lock } from '../element/lock/lock.js';
import type { Anchor } from '../tree/anchor.js';
import type { Census, HeldCensus, Messages } from './census.js';

export function census(root: Anchor): Pick<Census, 'anchors' | 'elements' | 'processes' | 'containers'> {
  const elements = new Map<ElementKind, number>();
  let processes = 0;
  let containers = 0;
  for (const { kind, busy } of elementsOf(root)) {
    elements.set(kind, (elements.get(kind) ?? 0) + 1);
    if (kind === 'proc' && busy) processes++;
    if (kind === 'docker' && busy) containers++;
  }
  return { anchors: root.total, elements, processes, containers };
}

/** @param gone of channels that are gone */
export function messagesOf(root: Anchor, gone: Messages): Messages {
  let { sent, received } = gone;
  for (const element of elementsOf(root)) {
    if (!(element instanceof Channel)) continue;
    sent += element.counts.sent;
    received += element.counts.received;
  }
  return { sent, received };
}

export function heldOf(root: Anchor): HeldCensus {
  let [holders, waiting, taken, dead] = [0, 0, 0, 0];
  for (const element of elementsOf(root)) {
    if (element instanceof Lock) {
      holders += element.counts.holders;
      waiting += element.counts.waiting;
    } else if (element instanceof Channel) {
      taken += element.held.taken;
      dead += element.held.dead;
    }
  }
  return { holders, waiting, taken, dead };
}

/** At an anchor and below. */
export function* elementsOf({ element, children }: Anchor): Generator<Element> {
  if (element !== undefined) yield element;
  for (const child of children.values()) yield* elementsOf(child);
}
