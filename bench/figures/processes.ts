/**
 * Starting many processes and waiting for them all, as a script does it: by `ctl` and `wait`, and by the shell itself.
 */
import { compare, type Contender, isAbsent, orAbsent, type Result } from '../comparison.js';
import { type Mounted, startCircuit } from '../contenders/circuit.js';
import { cpuSeconds, family } from '../cost.js';
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
/** The same by one write, without anchors that were made before. */
const BY_ONE_WRITE = `
  eval "anchors=({1..$1})"
  begin=\${EPOCHREALTIME/./}
  printf 'mkproc -C %s /bin/true\\n' "\${anchors[@]}" > ctl || exit
  cat "\${anchors[@]/%//wait}" > /dev/null || exit
  echo $((\${EPOCHREALTIME/./} - begin))
  for anchor in "\${anchors[@]}"; do echo scrub > $anchor/ctl; done`;
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
    const contender = ({ name, server }: Mounted, script = BY_FILES): Contender => ({ name, measure: () => measure(script, server) });
    const shell: Contender = { name: SHELL, measure: () => measure(BY_SHELL, '/') };
    const circuit = await startCircuit(scope, cores);
    const portable = await orAbsent('fuse-native engine', () => startCircuit(scope, cores, 'fuse-native'));
    for (const [how, script, atMost] of [
      ['', BY_FILES, 2],
      [', by one write', BY_ONE_WRITE, 1.2],
    ] as const)
      yield await compare(
        {
          figure: `${settings.processes} × \`/bin/true\`, started and waited for${how}`,
          unit: 'ms',
          ours: contender(circuit, script),
          peers: [shell, isAbsent(portable) ? portable : contender(portable, script)],
          aims: [{ ratioTo: SHELL, atMost }],
        },
        settings,
      );
    yield await costOf(circuit, settings.processes, () => measure(BY_ONE_WRITE, circuit.server));
  },
};

/** Of the daemon and its launcher, but not of what they start. */
async function costOf({ pid }: Mounted, count: number, start: () => Promise<unknown>): Promise<Result> {
  const pids = await family(pid);
  const before_s = await cpuSeconds(pids);
  await start();
  const each_us = (((await cpuSeconds(pids)) - before_s) * 1e6) / count;
  return { figure: 'processor time of daemon and launcher for each, by one write', unit: 'µs', ours: each_us, peers: [], aims: [] };
}
