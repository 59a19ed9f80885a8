/**
 * One message there and one back over a connection of ours, without sessions: the floor under every call to another server.
 */
import { ROOT } from '../compiled.js';
import type { Cores } from '../pinning.js';
import { serve } from '../program.js';
import type { Scope } from '../scope.js';
import { on, type Pair } from './hosts.js';

const WIRE = `${ROOT}dist/bench/clients/wire.js`;

/** Starts the other end. @returns the command that measures */
export async function floorCommand(
  scope: Scope,
  cores: Cores,
  { here, there }: Pair,
  seconds: number,
): Promise<readonly [string, ...string[]]> {
  const command = on(there, process.execPath, WIRE, there.key, 'listen', there.address);
  const { said } = await serve(scope, cores, command, /listens at (\S+)/);
  return on(here, process.execPath, WIRE, there.key, 'ping', said[1] ?? '', String(seconds));
}
