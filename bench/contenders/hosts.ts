/**
 * Hosts in network namespaces, each with a network address and a daemon of its own: the bed of the tests.
 */
import { Bed } from '../../test/lib/hosts/bed.js';
import type { Host } from '../../test/lib/hosts/host.js';
import type { HostDaemon } from '../../test/lib/hosts/host-daemon.js';
import type { Cores } from '../pinning.js';
import { AbsentError, commandOf, requireProgram, run } from '../program.js';
import type { Scope } from '../scope.js';

/** Two hosts with a server each that see each other: clients run `here`, what they use is `there`. */
export interface Pair {
  readonly bed: Bed;
  readonly here: Host;
  readonly there: Host;
  readonly daemons: readonly [here: HostDaemon, there: HostDaemon];
}

/** @throws AbsentError without the right to make namespaces */
export async function makeBed(scope: Scope, hosts: number): Promise<Bed> {
  if (process.getuid?.() !== 0) throw new AbsentError('only root can make hosts in namespaces');
  requireProgram('ip', 'iproute2');
  const bed = await Bed.create({ hosts });
  scope.defer(() => {
    bed.remove();
    return Promise.resolve();
  });
  return bed;
}

/** @throws AbsentError */
export async function startPair(scope: Scope, cores: Cores): Promise<Pair> {
  const bed = await makeBed(scope, 2);
  const [here, there] = [bed.host(1), bed.host(2)];
  const daemons = [await here.start(), await there.start()] as const;
  scope.defer(() => Promise.all(daemons.map((daemon) => daemon.stop())));
  for (const [at, daemon] of daemons.entries()) await daemon.program.says(new RegExp(`server ${daemons[1 - at]?.id ?? ''} .* has joined`));
  for (const { pid } of daemons) await run(cores, ['taskset', '--all-tasks', '--cpu-list', '--pid', cores, String(pid)]);
  return { bed, here, there, daemons };
}

/** A command line that runs on a host. */
export function on({ entering }: Host, ...command: readonly string[]): readonly [string, ...string[]] {
  return commandOf(entering, command);
}

/** Where a server's directory is in the mount of the other host. */
export function serverDirectory({ daemons }: Pair): string {
  return `/circuit/${daemons[1].id}`;
}
