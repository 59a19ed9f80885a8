/**
 * Commands as a script runs them: a whole program each, from its start to its exit.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compare, type Contender, orAbsent, type Peer } from '../comparison.js';
import { ROOT } from '../compiled.js';
import { startCircuit } from '../contenders/circuit.js';
import { serveDocker } from '../contenders/docker.js';
import { serveEtcd } from '../contenders/etcd.js';
import type { Figure } from '../figure.js';
import { PINNING } from '../pinning.js';
import { requireProgram, run } from '../program.js';

/** In a row, of which the mean is one measurement. */
const RUNS = 5;
/** Prints the microseconds that all took. The shell starts them: it is small, and adds little to what a start costs. */
const IN_A_ROW =
  'begin=${EPOCHREALTIME/./}; for ((i = 0; i < $0; i++)); do "$@" > /dev/null || exit; done; echo $((${EPOCHREALTIME/./} - begin))';
const EMPTY = 'node with an empty program';
/** Once measured of the original on such a machine, in ms. */
const GOCIRCUIT_MS = 10;

type CommandLine = readonly [string, ...string[]];

export const commands: Figure = {
  name: 'commands',
  title: 'Whole commands',
  async *run(scope, settings) {
    const { server: cores, clients } = PINNING.allCores;
    const whole = (name: string, command: CommandLine): Contender => ({
      name,
      measure: async () => Number(await run(clients, ['bash', '-c', IN_A_ROW, String(RUNS), ...command])) / RUNS / 1000,
    });
    const { server } = await startCircuit(scope, cores);
    const peek = join(server, 'peek');
    const { Addr, Pid, ID } = JSON.parse(await readFile(peek, 'utf8')) as Readonly<Record<'Addr' | 'Pid' | 'ID', string>>;
    const circuit = (...words: readonly string[]): CommandLine => [`${ROOT}bin/circuit`, ...words, '-d', `circuit://${Addr}/${Pid}/${ID}`];
    const etcd = await orAbsent('etcdctl get', async () => {
      requireProgram('etcdctl', 'etcd-client');
      const url = await serveEtcd(scope, cores, { entering: [], address: '127.0.0.1' });
      return whole('etcdctl get', ['etcdctl', '--endpoints', url, 'get', '/']);
    });
    const docker = await orAbsent('docker ps', async () => {
      requireProgram('docker', 'docker.io');
      const { socket } = await serveDocker(scope);
      return whole('docker ps', ['docker', '-H', `unix://${socket}`, 'ps']);
    });
    const peers: readonly Peer[] = [
      { name: 'gocircuit', measure: () => Promise.resolve(GOCIRCUIT_MS) },
      etcd,
      docker,
      whole(EMPTY, ['env', '-u', 'NODE_EXTRA_CA_CERTS', process.execPath, '-e', '0']),
    ];
    for (const [figure, command] of [
      ['`circuit ls /`', circuit('ls', '/')],
      ['`circuit peek`', circuit('peek', `/${ID}`)],
    ] as const) {
      // prettier-ignore
      yield await compare({ figure, unit: 'ms', ours: whole('circuit', command), peers, aims: [{ atMost: 80 }] }, settings);
    }
    const [ours, theirs] = [whole('circuit', ['cat', peek]), whole('a file of /proc', ['cat', '/proc/version'])];
    yield await compare({ figure: '`cat peek`', unit: 'ms', ours, peers: [theirs], aims: [{ atMost: 2 }] }, settings);
  },
};
