/**
 * A long way between two hosts: their cables are joined by a program that passes packets on later, and loses some.
 */
import { ROOT } from '../compiled.js';
import { type Cores, PINNING } from '../pinning.js';
import { requireProgram, run, serve } from '../program.js';
import type { Scope } from '../scope.js';
import { on, type Pair } from './hosts.js';

export interface Way {
  /** There and back. */
  readonly round_trip_ms: number;
  readonly loss_percent: number;
}

/** From now on the two hosts are so far apart. @throws AbsentError */
export async function moveApart(scope: Scope, cores: Cores, { bed, here, there }: Pair, way: Way): Promise<void> {
  requireProgram('python3', 'python3');
  requireProgram('ethtool', 'ethtool');
  const { network } = bed;
  const ports = [here, there].map(({ index }) => network.port(index)) as [string, string];
  for (const host of [here, there])
    await run(PINNING.allCores.clients, on(host, 'ethtool', '-K', 'eth0', ...['gro', 'gso', 'tso', 'tx'].flatMap((what) => [what, 'off'])));
  for (const port of ports) await run(PINNING.allCores.clients, inSwitch('ip', 'link', 'set', port, 'nomaster'));
  const cable = ['python3', `${ROOT}bench/cable.py`, ...ports, String(way.round_trip_ms / 2), String(way.loss_percent)];
  await serve(scope, cores, inSwitch(...cable), /plugged in/);

  function inSwitch(...command: readonly string[]): readonly [string, ...string[]] {
    const [program, args] = network.inside(...command);
    return [program, ...args];
  }
}
