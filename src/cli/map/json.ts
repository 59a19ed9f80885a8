/**
 * A circuit as JSON, for programs. Pure.
 */
import { type CircuitMap, neighboursOf } from './model.js';

/** What `circuit map --json` prints. */
export function mapJson(map: CircuitMap): object {
  const { at, servers, omitted } = map;
  const neighbours = neighboursOf(map);
  return {
    time: at.toISOString(),
    omitted,
    servers: servers.map(({ id, name, address, joined, isSelf, told }, place) => ({
      ...{ id, name, address, joined: joined.toISOString(), self: isSelf, answers: told !== undefined },
      ...{ version: told?.version ?? null, load: told?.figures.load ?? null, processors: told?.figures.processors ?? null },
      elements: Object.fromEntries(told?.elements ?? []),
      links: (neighbours[place] ?? []).map((other) => servers[other]?.id),
    })),
  };
}
