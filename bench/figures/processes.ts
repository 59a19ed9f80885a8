/**
 * Starting many processes and waiting for them all, as a script does it: by `ctl` and `wait`, and by the shell itself.
 */
import { compare, type Contender, isAbsent, orAbsent } from '../comparison.js';
import { type Mounted, startCircuit } from '../contenders/circuit.js';
import type { Figure } from '../figure.js';
import { PINNING } from '../pinning.js';
import { run } from '../program.js';

/** `$1` is the number of processes; each prints the microseconds it took. The anchors are made before and removed after, unmeasured. */
const BY_FILES = `
  eval "anchors=({1..$1})"
  mkdir "\${anchors[@]}"
  begin=\${EPOCHREALTIME/./}
  for anchor in "\${anchors[@]}"; do echo mkproc /bin/true > $anchor/ctl || exit; done
  cat "\${anchors[@]/%//wait}" > /dev/null || exit
  echo $((\${EPOCHREALTIME/./} - begin))
  rmdir "\${anchors[@]}"`;
const BY_SHELL = `
  begin=\${EPOCHREALTIME/./}
  for ((i = 0; i < $1; i++)); do /bin/true & done
  wait
  echo $((\${EPOCHREALTIME/./} - begin))`;
const SHELL = 'bash & and wait';

export const processes: Figure = {
  name: 'processes',
  title: 'Starting processes',
  async *run(scope, settings) {
    const { server: cores, clients } = PINNING.allCores;
    const measure = async (script: string, cwd: string): Promise<number> =>
      Number(await run(clients, ['bash', '-c', `cd "$2" || exit${script}`, 'bash', String(settings.processes), cwd])) / 1000;
    const contender = ({ name, server }: Mounted): Contender => ({ name, measure: () => measure(BY_FILES, server) });
    const circuit = await startCircuit(scope, cores);
    const portable = await orAbsent('fuse-native engine', () => startCircuit(scope, cores, 'fuse-native'));
    yield await compare(
      {
        figure: `${settings.processes} × \`/bin/true\`, started and waited for`,
        unit: 'ms',
        ours: contender(circuit),
        peers: [{ name: SHELL, measure: () => measure(BY_SHELL, '/') }, isAbsent(portable) ? portable : contender(portable)],
        aims: [{ ratioTo: SHELL, atMost: 2.5 }],
      },
      settings,
    );
  },
};
