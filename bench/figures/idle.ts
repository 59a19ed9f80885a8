/**
 * What the daemon costs while nobody uses it: its start, its memory, its processor time; all its processes together.
 */
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { compare, type Contender, type Result } from '../comparison.js';
import { startCircuit } from '../contenders/circuit.js';
import { cpuSeconds, family, residentMegabytes } from '../cost.js';
import type { Figure } from '../figure.js';
import { PINNING } from '../pinning.js';
import { run } from '../program.js';
import { Scope } from '../scope.js';
import type { Settings } from '../settings.js';

const { server: cores } = PINNING.allCores;

export const idle: Figure = {
  name: 'idle',
  title: 'Start and idleness of the daemon',
  async *run(scope, settings) {
    yield await compare(
      { figure: 'start to mounted', unit: 's', ours: starting, peers: [emptyProgram], aims: [{ atMost: 0.6 }] },
      settings,
    );
    yield* restingOf(scope, settings);
  },
};

const starting: Contender = {
  name: 'circuit',
  measure: async () => {
    await using once = new Scope();
    return (await startCircuit(once, cores)).mounted_ms / 1000;
  },
};

const emptyProgram: Contender = {
  name: 'node with an empty program',
  measure: async () => {
    const begin_ms = performance.now();
    await run(cores, [process.execPath, '-e', '']);
    return (performance.now() - begin_ms) / 1000;
  },
};

async function* restingOf(scope: Scope, { idle_seconds }: Settings): AsyncGenerator<Result> {
  const { pid } = await startCircuit(scope, cores);
  const bare = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e9); console.log()'], { stdio: ['ignore', 'pipe', 'ignore'] });
  scope.defer(() => {
    bare.kill('SIGKILL');
    return Promise.resolve();
  });
  await once(bare.stdout, 'data');
  const pids = await family(pid);
  const before = await cpuSeconds(pids);
  await sleep(idle_seconds * 1000);
  const after = await cpuSeconds(pids);
  yield {
    figure: 'idle memory, RSS of the daemon',
    unit: 'MB',
    ours: await residentMegabytes(pid),
    peers: [{ name: 'node with an empty program', value: await residentMegabytes(bare.pid ?? 0) }],
    aims: [{ atMost: 70 }],
  };
  yield {
    figure: `idle processor time in ${idle_seconds} s, all ${pids.length} processes`,
    unit: 's',
    ours: after - before,
    peers: [],
    aims: [{ atMost: 0.05 }],
  };
}
