/**
 * What the daemon costs while nobody uses it: its start, its memory, its processor time, beside an empty program of Node and an agent of serf.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Aim, compare, type Contender, isAbsent, orAbsent, type Peer, type Result, type Standing } from '../comparison.js';
import { startCircuit } from '../contenders/circuit.js';
import { cpuSeconds, family, residentMegabytes } from '../cost.js';
import type { Figure } from '../figure.js';
import { PINNING } from '../pinning.js';
import { requireProgram, serve } from '../program.js';
import { Scope } from '../scope.js';
import type { Settings } from '../settings.js';

const { server: cores } = PINNING.allCores;
const EMPTY = 'node with an empty program';

/** A program that has just said that it is ready. */
interface Started {
  readonly pid: number;
  readonly ready_s: number;
}

type Start = (scope: Scope) => Promise<Started>;

const circuit: Start = async (scope) => {
  const { pid, mounted_ms } = await startCircuit(scope, cores);
  return { pid, ready_s: mounted_ms / 1000 };
};

/** As our daemon is started: without the certificates of NODE_EXTRA_CA_CERTS. */
const empty: Start = (scope) =>
  served(scope, ['env', '-u', 'NODE_EXTRA_CA_CERTS', process.execPath, '-e', 'setInterval(() => {}, 1e9); console.log("ready")'], /ready/);

const serf: Start = (scope) => {
  requireProgram('serf', 'serf');
  const words = ['serf', 'agent', '-node=bench', '-bind=127.0.0.1:0', '-rpc-addr=127.0.0.1:0'] as const;
  return served(scope, words, /Serf agent running/);
};

async function served(scope: Scope, command: readonly [string, ...string[]], ready: RegExp): Promise<Started> {
  const { pid, ready_ms } = await serve(scope, cores, command, ready);
  return { pid, ready_s: ready_ms / 1000 };
}

export const idle: Figure = {
  name: 'idle',
  title: 'Start and idleness of the daemon',
  async *run(scope, settings) {
    const figures = [
      ['start to mounted', 's', ({ ready_s }) => ready_s, [{ ratioTo: EMPTY, atMost: 4 }]],
      ['start to mounted, processor time of the daemon', 's', ({ pid }) => cpuSeconds([pid]), [{ ratioTo: EMPTY, atMost: 4 }]],
      ['RSS of the daemon when it is mounted', 'MB', ({ pid }) => residentMegabytes(pid), [{ atMost: 60 }]],
    ] satisfies readonly (readonly [string, string, (started: Started) => number | Promise<number>, readonly Aim[]])[];
    for (const [figure, unit, value, aims] of figures) {
      const contender = (name: string, start: Start): Contender => ({
        name,
        measure: async () => {
          await using once = new Scope();
          return await value(await start(once));
        },
      });
      const peers: readonly Peer[] = [contender(EMPTY, empty), await orAbsent('serf agent', () => present(contender('serf agent', serf)))];
      yield await compare({ figure, unit, ours: contender('circuit', circuit), peers, aims }, settings);
    }
    yield* restingOf(scope, settings);
  },
};

/** @throws AbsentError without serf */
function present(contender: Contender): Promise<Contender> {
  requireProgram('serf', 'serf');
  return Promise.resolve(contender);
}

/** All rest at the same time, from their start on. */
async function* restingOf(scope: Scope, { idle_seconds: span_s }: Settings): AsyncGenerator<Result> {
  const ours = await family((await circuit(scope)).pid);
  const agent = await orAbsent('serf agent', () => serf(scope));
  const bare = await empty(scope);
  const others: readonly { readonly name: string; readonly pids: readonly number[]; readonly absent?: string }[] = [
    { name: EMPTY, pids: [bare.pid] },
    isAbsent(agent) ? { ...agent, pids: [] } : { name: 'serf agent', pids: [agent.pid] },
  ];
  for (const which of ['the first', 'the next']) {
    const cost = async (): Promise<readonly number[]> =>
      Promise.all([ours, ...others.map(({ pids }) => pids)].map((pids) => cpuSeconds(pids)));
    const before = await cost();
    await sleep(span_s * 1000);
    const [own = Number.NaN, ...theirs] = (await cost()).map((after_s, at) => after_s - (before[at] ?? Number.NaN));
    yield {
      figure: `idle processor time in ${which} ${span_s} s, all ${ours.length} processes`,
      unit: 's',
      ours: own,
      peers: others.map(({ name, absent }, at): Standing => (absent === undefined ? { name, value: theirs[at] ?? 0 } : { name, absent })),
      aims: [{ atMost: which === 'the first' ? 0.05 : 0.04 }],
    };
  }
}
