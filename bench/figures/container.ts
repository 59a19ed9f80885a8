/**
 * One container from nothing to its end, and to the first byte that it prints: by `ctl`, `wait` and `stdout`, and by `docker run --rm` on the same engine.
 */
import { IMAGE } from '../../test/lib/docker.js';
import { type Absentee, compare, type Contender, orAbsent } from '../comparison.js';
import { startCircuit } from '../contenders/circuit.js';
import { serveDocker } from '../contenders/docker.js';
import type { Figure } from '../figure.js';
import { PINNING } from '../pinning.js';
import { requireProgram, run } from '../program.js';

/** Scripts print the microseconds they took; the anchor is made before and removed after, with the container, unmeasured. */
const BY_FILES = {
  end: `echo 'mkdkr {"Image":"${IMAGE}","Path":"/bin/true"}' > a/ctl && cat a/wait > /dev/null`,
  'first byte': `echo 'mkdkr {"Image":"${IMAGE}","Path":"/bin/echo","Args":["x"]}' > a/ctl && head -c 1 a/stdout > /dev/null`,
} as const;
const BY_DOCKER = {
  end: `docker run --rm ${IMAGE} /bin/true`,
  'first byte': `read -r -n 1 < <(exec docker run --rm ${IMAGE} /bin/echo x)`,
} as const;
const PEER = 'docker run --rm';

export const container: Figure = {
  name: 'container',
  title: 'Starting a container',
  async *run(scope, settings) {
    const { server: cores, clients } = PINNING.allCores;
    const engine = await serveDocker(scope);
    const circuit = await startCircuit(scope, cores, 'kernel', [`--docker=${engine.socket}`]);
    const measure = async (script: string, cwd: string): Promise<number> =>
      Number(await run(clients, ['env', `DOCKER_HOST=unix://${engine.socket}`, 'bash', '-c', script], { cwd })) / 1000;
    const timed = (script: string): string => `begin=\${EPOCHREALTIME/./}; ${script} || exit; echo $((\${EPOCHREALTIME/./} - begin))`;
    const peers = (script: string): Promise<Contender | Absentee> =>
      orAbsent(PEER, (): Promise<Contender> => {
        requireProgram('docker', 'docker.io');
        return Promise.resolve({ name: PEER, measure: () => measure(script, '/') });
      });
    for (const what of ['end', 'first byte'] as const) {
      const ours = `mkdir a; ${timed(BY_FILES[what])}; echo scrub > a/ctl; rmdir a`;
      const peer = `${timed(BY_DOCKER[what])}; wait`;
      yield await compare(
        {
          figure:
            what === 'end' ? 'a container of `/bin/true`, from its making to its end' : 'a container of `/bin/echo x`, to its first byte',
          unit: 'ms',
          ours: { name: circuit.name, measure: () => measure(ours, circuit.server) },
          peers: [await peers(peer)],
          aims: [{ ratioTo: PEER, atMost: 1.1 }],
        },
        settings,
      );
    }
  },
};
