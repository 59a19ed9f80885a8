/**
 * What is said of a server and of a circuit, in few words, wherever it is drawn. Pure.
 */
import { loadText } from '../figures.js';
import type { CircuitMap, MapServer } from './model.js';

/** Kinds as people call them, one and several; others by their own names. */
const KINDS: Readonly<Record<string, readonly [string, string]>> = {
  proc: ['process', 'processes'],
  docker: ['container', 'containers'],
  chan: ['channel', 'channels'],
  dns: ['name server', 'name servers'],
  select: ['selection', 'selections'],
  lock: ['lock', 'locks'],
  topic: ['topic', 'topics'],
};

export function titleOf({ servers, links, omitted, at }: CircuitMap): string {
  const silent = servers.filter(({ told }) => told === undefined).length;
  return [
    `circuit of ${count(servers.length + omitted, 'server', 'servers')}`,
    count(links.length, 'link', 'links'),
    ...(silent > 0 ? [`${silent} did not answer`] : []),
    ...(omitted > 0 ? [`${omitted} left out`] : []),
    at.toISOString().replace(/\.\d+Z$/, 'Z'),
  ].join(', ');
}

/** As in `2 processes, 1 channel`. */
export function elementsText({ told }: MapServer): string {
  if (told === undefined) return 'did not answer';
  if (told.elements.size === 0) return 'no elements';
  const words = [...told.elements].map(([kind, value]) => {
    const [one, several] = KINDS[kind] ?? [kind, kind];
    return count(value, one, several);
  });
  return words.join(', ');
}

/** As in `load 0.42/8`. */
export function loadWords({ told }: MapServer): string {
  return told === undefined ? 'did not answer' : `load ${loadText(told.figures)}`;
}

export function count(value: number, one: string, several: string): string {
  return `${value} ${value === 1 ? one : several}`;
}

/** Of the load for each processor. */
const CALM = 0.25;

/** How much a server's host has to do; `over`: more than it has processors for. */
export function calmness(server: MapServer): 'calm' | 'busy' | 'over' | 'silent' {
  if (server.told === undefined) return 'silent';
  const strain = strainOf(server);
  return strain > 1 ? 'over' : strain > CALM ? 'busy' : 'calm';
}

/** For each processor of its host; what does not answer is the most. */
export function strainOf({ told }: MapServer): number {
  return told === undefined ? Infinity : (told.figures.load ?? 0) / (told.figures.processors ?? 1);
}

/** What deserves a look on a terminal. */
export function styleOf(server: MapServer): 'bad' | 'warning' | undefined {
  const how = calmness(server);
  return how === 'silent' ? 'bad' : how === 'over' ? 'warning' : undefined;
}
