/**
 * One command on ten hosts at once: by `circuit run`, and by ssh to a server on each.
 */
import { compare, type Contender, orAbsent, type Peer } from '../comparison.js';
import { ROOT } from '../compiled.js';
import { makeBed, on } from '../contenders/hosts.js';
import { serveSsh } from '../contenders/ssh.js';
import type { Figure } from '../figure.js';
import { PINNING } from '../pinning.js';
import { requireProgram, run as runTool } from '../program.js';

const AT_ONCE = 'ssh to all at once';
/** Both print the microseconds that it took; `"$@"` is ssh with its options, `$HOSTS` whom to reach. */
const ALL_AT_ONCE =
  'begin=${EPOCHREALTIME/./}; for host in $HOSTS; do "$@" root@$host true & done; wait; echo $((${EPOCHREALTIME/./} - begin))';
const ONE_BY_ONE =
  'begin=${EPOCHREALTIME/./}; for host in $HOSTS; do "$@" root@$host true || exit; done; echo $((${EPOCHREALTIME/./} - begin))';
const ITSELF = 'begin=${EPOCHREALTIME/./}; "$@" || exit; echo $((${EPOCHREALTIME/./} - begin))';

export const run: Figure = {
  name: 'run',
  title: 'One command on many hosts',
  async *run(scope, settings) {
    const { server: cores, clients } = PINNING.allCores;
    const bed = await makeBed(scope, settings.run_hosts);
    const here = bed.host(1);
    const daemons = await Promise.all(bed.hosts.map((host) => host.start()));
    scope.defer(() => Promise.all(daemons.map((daemon) => daemon.stop())));
    const [first, ...others] = daemons;
    for (const { id } of others) await first?.program.says(new RegExp(`server ${id} .* has joined`));
    const hosts = bed.hosts.map(({ address }) => address).join(' ');
    const contender = (name: string, script: string, command: readonly string[]): Contender => ({
      name,
      measure: async () =>
        Number(await runTool(clients, on(here, 'env', `HOSTS=${hosts}`, 'bash', '-c', script, 'bash', ...command))) / 1000,
    });
    const ssh = async (): Promise<readonly string[]> => ['ssh', '-F', '/dev/null', ...(await serveSsh(scope, cores, bed, bed.hosts))];
    const command = await orAbsent(AT_ONCE, ssh);
    const absent: Peer[] = 'absent' in command ? [command] : [];
    const pdsh = await orAbsent('pdsh', (): Promise<Peer> => {
      requireProgram('pdsh', 'pdsh');
      if ('absent' in command) return Promise.resolve(command);
      const options = command.slice(1).join(' ');
      const list = hosts.replaceAll(' ', ',');
      return Promise.resolve(
        contender('pdsh', ITSELF, ['env', `PDSH_SSH_ARGS=${options} -l%u %h`, 'pdsh', '-R', 'ssh', '-l', 'root', '-w', list, 'true']),
      );
    });
    const peers = 'absent' in command ? absent : [contender(AT_ONCE, ALL_AT_ONCE, command), contender('ssh, one after the other', ONE_BY_ONE, command)]; // prettier-ignore
    const ours = [`${ROOT}bin/circuit`, 'run', '-d', first?.url ?? '', '--hmac', here.key, '--all', '--', 'true'];
    yield await compare(
      {
        figure: `\`circuit run --all -- true\` on ${settings.run_hosts} hosts`,
        unit: 'ms',
        ours: contender('circuit', ITSELF, ours),
        peers: [...peers, pdsh],
        aims: [{ ratioTo: AT_ONCE, atMost: 0.15 }],
      },
      settings,
    );
  },
};
