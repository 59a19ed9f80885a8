/**
 * Maps of circuits that nobody has to run.
 */
import type { Member } from '../../../src/api/index.js';
import { type Answer, type CircuitMap, mapOf } from '../../../src/cli/map/model.js';

export const AT = new Date('2026-01-02T03:04:05.000Z');
const METRICS = 'circuit_elements{kind="server"} 1\ncircuit_elements{kind="proc"} 2\ncircuit_elements{kind="chan"} 1\ncircuit_elements{kind="lock"} 0\n'; // prettier-ignore

/** What is not said of a server is usual. */
export interface Told {
  readonly name?: string;
  readonly load?: unknown;
  readonly version?: string;
  readonly metrics?: string;
  readonly links?: unknown;
  readonly silent?: boolean;
}

export const idOf = (at: number): string => `X${at.toString(16).padStart(16, '0')}`;

/** The first one is asked. Unless told otherwise each is linked with the next. */
export function mapOfServers(all: readonly Told[], omitted = 0): CircuitMap {
  const members = all.map(({ name }, at): Member => ({ id: idOf(at), address: `10.0.0.${at % 250}:11022`, host: name ?? `web-${at}`, joined: new Date(AT.getTime() - 7_200_000) })); // prettier-ignore
  const names = new Map(members.map((member) => [member, member.host]));
  const answers = all.map(({ silent, load = 0.1, version = '1.2.3', links, metrics = METRICS }, at): Answer | undefined =>
    silent === true
      ? undefined
      : { metrics, peek: { Version: version, Load: load, Cpus: 2, Links: links ?? [idOf((at + 1) % all.length)] } },
  );
  return mapOf(members, answers, { at: AT, selfId: idOf(0), names, omitted });
}
