/**
 * Commands as a script runs them: a whole program each, from its start to its exit.
 */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compare, type Contender, orAbsent, type Peer } from '../comparison.js';
import { ROOT } from '../compiled.js';
import { ownMegabytes, residentMegabytes } from '../cost.js';
import { startCircuit } from '../contenders/circuit.js';
import { serveDocker } from '../contenders/docker.js';
import { serveEtcd } from '../contenders/etcd.js';
import type { Figure } from '../figure.js';
import { PINNING } from '../pinning.js';
import { requireProgram, run } from '../program.js';

/** In a row, of which the mean is one measurement. */
const RUNS = 5;
/** The same, of what takes a few milliseconds. */
const BRIEF_RUNS = 40;
/** Prints the microseconds that all took. The shell starts them: it is small, and adds little to what a start costs. */
const IN_A_ROW =
  'begin=${EPOCHREALTIME/./}; for ((i = 0; i < $0; i++)); do "$@" > /dev/null || exit; done; echo $((${EPOCHREALTIME/./} - begin))';
/** Prints the hundredths of a second that all took of a processor: fields 16 and 17 of /proc/PID/stat (proc(5)). */
const PROCESSOR = 'for ((i = 0; i < $0; i++)); do "$@" > /dev/null || exit; done; read -r -a of < /proc/$$/stat; echo $((of[15] + of[16]))';
/** Of what takes less than a millisecond of it. */
const PROCESSOR_RUNS = 100;
/** Prints the microseconds of so many messages, each by two commands. */
const SEND_AND_RECEIVE =
  'begin=${EPOCHREALTIME/./}; for ((i = 0; i < $0; i++)); do "$@" send < /proc/version && "$@" recv > /dev/null || exit; done; echo $((${EPOCHREALTIME/./} - begin))';
/** Of receivers that wait at once. */
const BLOCKED = 50;
const EMPTY = 'node with an empty program';
const TRUE = '/bin/true';
const BY_NODE = 'circuit by Node';
/** Once measured of the original on such a machine, in ms. */
const GOCIRCUIT_MS = 10;

type CommandLine = readonly [string, ...string[]];

export const commands: Figure = {
  name: 'commands',
  title: 'Whole commands',
  async *run(scope, settings) {
    const { server: cores, clients } = PINNING.allCores;
    const whole = (name: string, command: CommandLine, runs = RUNS): Contender => ({
      name,
      measure: async () => Number(await run(clients, ['bash', '-c', IN_A_ROW, String(runs), ...command])) / runs / 1000,
    });
    const { server } = await startCircuit(scope, cores);
    const peek = join(server, 'peek');
    const { Addr, Pid, ID } = JSON.parse(await readFile(peek, 'utf8')) as Readonly<Record<'Addr' | 'Pid' | 'ID', string>>;
    const circuit = (...words: readonly string[]): CommandLine => [`${ROOT}bin/circuit`, ...words, '-d', `circuit://${Addr}/${Pid}/${ID}`];
    const etcd = await orAbsent('etcdctl get', async () => {
      requireProgram('etcdctl', 'etcd-client');
      const endpoint = await serveEtcd(scope, cores, { entering: [], address: '127.0.0.1' });
      return whole('etcdctl get', ['etcdctl', '--endpoints', endpoint, 'get', '/']);
    });
    const docker = await orAbsent('docker ps', async () => {
      requireProgram('docker', 'docker.io');
      const { socket } = await serveDocker(scope);
      return whole('docker ps', ['docker', '-H', `unix://${socket}`, 'ps']);
    });
    const program = `${ROOT}bin/circuit`;
    const url = `circuit://${Addr}/${Pid}/${ID}`;
    const byNode = (command: CommandLine): CommandLine => [process.execPath, ...command];
    const peersOf = (command: CommandLine): readonly Peer[] => [
      whole(TRUE, ['/bin/true'], BRIEF_RUNS),
      whole(BY_NODE, byNode(command)),
      { name: 'gocircuit', measure: () => Promise.resolve(GOCIRCUIT_MS) },
      etcd,
      docker,
      whole(EMPTY, ['env', '-u', 'NODE_EXTRA_CA_CERTS', process.execPath, '-e', '0']),
    ];
    const aims = [{ atMost: 3 }, { ratioTo: TRUE, atMost: 5 }];
    for (const [figure, command] of [
      ['`circuit ls /`', circuit('ls', '/')],
      ['`circuit peek`', circuit('peek', `/${ID}`)],
    ] as const) {
      yield await compare({ figure, unit: 'ms', ours: whole('circuit', command, BRIEF_RUNS), peers: peersOf(command), aims }, settings);
    }
    const processor = (name: string, command: CommandLine, runs = PROCESSOR_RUNS): Contender => ({
      name,
      measure: async () => (Number(await run(clients, ['bash', '-c', PROCESSOR, String(runs), ...command])) * 10) / runs,
    });
    const ls = circuit('ls', '/');
    yield await compare(
      {
        figure: '`circuit ls /`, processor time without the server',
        unit: 'ms',
        ours: processor('circuit', ls),
        peers: [processor(TRUE, ['/bin/true']), processor(BY_NODE, byNode(ls), RUNS)],
        aims: [{ atMost: 1 }],
      },
      settings,
    );
    await run(clients, [program, 'mkchan', '/self/bench', '1', '-d', url]);
    const message = (name: string, command: readonly string[], runs: number): Contender => ({
      name,
      measure: async () => {
        const script = SEND_AND_RECEIVE.replaceAll(/(send|recv)/g, '$1 /self/bench -d "$URL"');
        const words = ['env', `URL=${url}`, 'bash', '-c', script, String(runs), ...command] as const;
        return Number(await run(clients, words)) / runs / 2 / 1000;
      },
    });
    yield await compare(
      {
        figure: '`circuit send` and `circuit recv`, each',
        unit: 'ms',
        ours: message('circuit', [program], BRIEF_RUNS),
        peers: [whole(TRUE, ['/bin/true'], BRIEF_RUNS), message(BY_NODE, [process.execPath, program], RUNS), etcd],
        aims,
      },
      settings,
    );
    const [ours, theirs] = [whole('circuit', ['cat', peek]), whole('a file of /proc', ['cat', '/proc/version'])];
    yield await compare({ figure: '`cat peek`', unit: 'ms', ours, peers: [theirs], aims: [{ atMost: 2 }] }, settings);
    yield await compare(
      {
        figure: `a blocked \`circuit recv\`, its share of the server included`,
        unit: 'MB',
        ours: blocked('circuit', [program], url, Number(Pid)),
        peers: [blocked(BY_NODE, [process.execPath, program], url, Number(Pid))],
        aims: [{ atMost: 1 }],
      },
      { ...settings, rounds: 1, warmups: 1 },
    );
  },
};

/** What each of many receivers takes that wait at once: its own memory, and what the server has grown by. */
function blocked(name: string, command: readonly string[], url: string, server: number): Contender {
  const [program = '', ...words] = command;
  const receive = [...words, 'recv', '/self/blocked', '-d', url];
  const ask = async (...args: readonly string[]): Promise<string> => run('0', [`${ROOT}bin/circuit`, ...args, '-d', url]);
  const waiting = async (): Promise<number> =>
    (JSON.parse(await ask('peek', '/self/blocked')) as { readonly WaitingReceivers: number }).WaitingReceivers;
  return {
    name,
    measure: async () => {
      await ask('mkchan', '/self/blocked', '0');
      const before = await residentMegabytes(server);
      const children = Array.from({ length: BLOCKED }, () => spawn(program, receive, { stdio: 'ignore' }));
      try {
        while ((await waiting()) < BLOCKED);
        const own = await Promise.all(children.map(async ({ pid = 0 }) => ownMegabytes(pid)));
        return (own.reduce((sum, each) => sum + each, 0) + (await residentMegabytes(server)) - before) / BLOCKED;
      } finally {
        for (const child of children) child.kill('SIGKILL');
        await ask('scrub', '/self/blocked');
      }
    },
  };
}
