/**
 * A circuit at one moment, as `circuit map` draws it: its servers, what each tells of itself, and which hold connections with each other. Pure: what
 * comes from a server is looked at field by field.
 */
import { MAP_SERVERS_MAX } from '../../base/limits.js';
import type { Member } from '../../api/index.js';
import { elementCounts, type Figures, figuresOf } from '../figures.js';
import { fieldsOf, textOf } from '../ps/runnable.js';

export interface MapServer {
  readonly id: string;
  /** What it is called: its host's name, with the ID if several servers have that. */
  readonly name: string;
  readonly address: string;
  readonly joined: Date;
  /** Whether it is the one that was asked. */
  readonly isSelf: boolean;
  /** Undefined: it did not answer. */
  readonly told: Told | undefined;
}

interface Told {
  readonly version: string;
  readonly figures: Figures;
  /** By kind, as `circuit ls -l` prints it. */
  readonly elements: ReadonlyMap<string, number>;
}

/** Between two servers, by their places in the list. */
export type Link = readonly [number, number];

export interface CircuitMap {
  readonly at: Date;
  readonly servers: readonly MapServer[];
  /** Each pair once, the lower place first. */
  readonly links: readonly Link[];
  /** Servers that are left out, since there are too many. */
  readonly omitted: number;
}

/** What a server answers. */
export interface Answer {
  readonly peek: unknown;
  /** Prometheus' text format. */
  readonly metrics: string;
}

/** As many of them as are shown: the one that was asked, and then by name. */
export function shownMembers(members: readonly Member[], names: ReadonlyMap<Member, string>, selfId: string): readonly Member[] {
  const name = (member: Member): string => names.get(member) ?? member.id;
  const all = [...members].sort((a, b) => (name(a) < name(b) ? -1 : 1));
  const self = all.filter(({ id }) => id === selfId);
  return [...self, ...all.filter(({ id }) => id !== selfId)].slice(0, MAP_SERVERS_MAX).sort((a, b) => (name(a) < name(b) ? -1 : 1));
}

interface Asked {
  readonly at: Date;
  readonly selfId: string;
  readonly names: ReadonlyMap<Member, string>;
  readonly omitted: number;
}

/** @param answers one for each member; undefined: it did not answer */
export function mapOf(
  members: readonly Member[],
  answers: readonly (Answer | undefined)[],
  { at, selfId, names, omitted }: Asked,
): CircuitMap {
  const servers = members.map((member, place): MapServer => {
    const { id, address, joined } = member;
    return { id, address, joined, name: names.get(member) ?? id, isSelf: id === selfId, told: toldBy(answers[place]) };
  });
  return { at, servers, links: linksOf(members, answers), omitted };
}

function toldBy(answer: Answer | undefined): Told | undefined {
  if (answer === undefined) return undefined;
  const { peek, metrics } = answer;
  return { version: textOf(fieldsOf(peek)['Version']) ?? '', figures: figuresOf(metrics, peek), elements: elementCounts(metrics) };
}

/** It is enough if one of the two tells of it. Of servers that are not shown nothing is. */
function linksOf(members: readonly Member[], answers: readonly (Answer | undefined)[]): readonly Link[] {
  const places = new Map(members.map(({ id }, place) => [id, place]));
  const found = new Map<string, Link>();
  for (const [from, answer] of answers.entries()) {
    const told = fieldsOf(answer?.peek)['Links'];
    for (const id of Array.isArray(told) ? (told as readonly unknown[]) : []) {
      const to = typeof id === 'string' ? places.get(id) : undefined;
      if (to === undefined || to === from) continue;
      const link: Link = from < to ? [from, to] : [to, from];
      found.set(link.join(), link);
    }
  }
  return [...found.values()].sort(([a, b], [c, d]) => a - c || b - d);
}

/** With how many others each server holds a connection. */
export function degreesOf({ servers, links }: CircuitMap): readonly number[] {
  const degrees = servers.map(() => 0);
  for (const link of links) for (const place of link) degrees[place] = (degrees[place] ?? 0) + 1;
  return degrees;
}

/** Of each server, the others by their places. */
export function neighboursOf({ servers, links }: CircuitMap): readonly (readonly number[])[] {
  const all = servers.map((): number[] => []);
  for (const [a, b] of links) {
    all[a]?.push(b);
    all[b]?.push(a);
  }
  return all;
}
