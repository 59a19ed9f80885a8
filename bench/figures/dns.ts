/**
 * DNS answers: how many one server gives in a second while many ask without a pause, and how long one takes while there is time between the questions.
 * The same zone everywhere, asked by Debian's dnsperf; a tenth as many questions more are about names that do not exist.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compare, type Contender, isAbsent, orAbsent } from '../comparison.js';
import { startCircuit } from '../contenders/circuit.js';
import { makeNameServer, type NameServer, startNsd, type Zone } from '../contenders/name-servers.js';
import { cpuSeconds, family } from '../cost.js';
import type { Figure } from '../figure.js';
import { PINNING } from '../pinning.js';
import { requireProgram, run } from '../program.js';
import type { Scope } from '../scope.js';

const NAMES = Array.from({ length: 1000 }, (_, index) => `host${index}.bench.example.`);
const ABSENT_NAMES = Array.from({ length: NAMES.length / 10 }, (_, index) => `nobody${index}.bench.example.`);
const ZONE: Zone = {
  name: 'bench.example.',
  records: [
    'bench.example. 3600 IN SOA ns.bench.example. hostmaster.bench.example. 1 3600 600 86400 60',
    'bench.example. 3600 IN NS ns.bench.example.',
    'ns.bench.example. 3600 IN A 127.0.0.1',
    ...NAMES.map((name, index) => `${name} 3600 IN A 10.0.${index >> 8}.${index & 255}`),
  ],
};
const ANSWERS = new RegExp(`NOERROR ${NAMES.length} .*, NXDOMAIN ${ABSENT_NAMES.length} `);

const CLIENTS = 8;
/** Questions a second that leave time between them. */
const CALM = 2000;

const PEER = 'nsd';

const MEASUREMENTS = [
  { figure: `over UDP, ${CLIENTS} clients`, unit: 'answers/s', options: ['-c', String(CLIENTS)], read: perSecond, aim: { atLeast: 0.9 } },
  { figure: `over TCP, ${CLIENTS} clients`, unit: 'answers/s', options: ['-c', String(CLIENTS), '-m', 'tcp'], read: perSecond, aim: {} },
  { figure: `over UDP, ${CALM} questions/s, average`, unit: 'µs', options: ['-Q', String(CALM)], read: average, aim: {} },
  { figure: `over UDP, ${CALM} questions/s, p99`, unit: 'µs', options: ['-Q', String(CALM), '-v'], read: p99, aim: { atMost: 1 } },
] as const;

export const dns: Figure = {
  name: 'dns',
  title: 'DNS answers',
  async *run(scope, settings) {
    requireProgram('dnsperf', 'dnsperf');
    const { server: cores, clients } = PINNING.allCores;
    const questions = await questionsFile(scope);
    const ask = async ({ address, port }: NameServer, ...options: readonly string[]): Promise<string> => {
      const printed = await run(clients, ['dnsperf', '-s', address, '-p', port, '-d', questions, ...options]);
      if (!/Queries lost: +0 /.test(printed)) throw new Error(`questions were lost: ${printed}`);
      return printed;
    };
    const ours = await makeNameServer(await startCircuit(scope, cores), ZONE);
    const peer = await orAbsent(PEER, () => startNsd(scope, cores, ZONE));
    for (const server of isAbsent(peer) ? [ours] : [ours, peer]) {
      const printed = await ask(server, '-n', '1');
      if (!ANSWERS.test(printed)) throw new Error(`${server.name} does not know the zone: ${printed}`);
    }
    for (const { figure, unit, options, read, aim } of MEASUREMENTS) {
      const contender = (server: NameServer): Contender => ({
        name: server.name,
        measure: async () => read(await ask(server, '-l', String(settings.seconds), ...options)),
      });
      const aims = Object.keys(aim).length === 0 ? [] : [{ ratioTo: PEER, ...aim }];
      yield await compare({ figure, unit, ours: contender(ours), peers: [isAbsent(peer) ? peer : contender(peer)], aims }, settings);
    }
    const cost = (server: NameServer): Contender => ({
      name: server.name,
      measure: async () => {
        const pids = await family(server.pid);
        const before_s = await cpuSeconds(pids);
        const printed = await ask(server, '-l', String(settings.seconds), '-c', String(CLIENTS));
        return (((await cpuSeconds(pids)) - before_s) * 1e6) / Number(/Queries completed: +(\d+)/.exec(printed)?.[1]);
      },
    });
    const peers = [isAbsent(peer) ? peer : cost(peer)];
    yield await compare({ figure: 'over UDP, processor time of an answer', unit: 'µs', ours: cost(ours), peers }, settings);
  },
};

async function questionsFile(scope: Scope): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'circuit-bench-'));
  scope.defer(() => rm(directory, { recursive: true }));
  const file = join(directory, 'questions');
  const names = NAMES.flatMap((name, index) => (index % 10 === 0 ? [name, ABSENT_NAMES[index / 10]] : [name]));
  await writeFile(file, names.map((name) => `${name} A\n`).join(''));
  return file;
}

function perSecond(printed: string): number {
  return Number(/Queries per second: +([\d.]+)/.exec(printed)?.[1]);
}

function average(printed: string): number {
  return Number(/Average Latency \(s\): +([\d.]+)/.exec(printed)?.[1]) * 1e6;
}

/** With -v each answer has a line, with the seconds that it took at its end. */
function p99(printed: string): number {
  const sorted = Array.from(printed.matchAll(/^> .* ([\d.]+)$/gm), ([, seconds]) => Number(seconds) * 1e6).sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.NaN;
}
