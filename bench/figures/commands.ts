/**
 * Commands as a script runs them: a whole program each, from its start to its exit.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compare, type Contender, median, orAbsent, type Peer } from '../comparison.js';
import { ROOT } from '../compiled.js';
import { startCircuit } from '../contenders/circuit.js';
import { serveEtcd } from '../contenders/etcd.js';
import type { Figure } from '../figure.js';
import { PINNING } from '../pinning.js';
import { AbsentError, requireProgram, run } from '../program.js';

/** Of which the median is one measurement. */
const RUNS = 5;
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
      measure: async () => {
        const took_ms: number[] = [];
        for (let at = 0; at < RUNS; at++) {
          const begin_ms = performance.now();
          await run(clients, command);
          took_ms.push(performance.now() - begin_ms);
        }
        return median(took_ms);
      },
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
    const docker: Peer = await orAbsent('docker ps', async () => {
      requireProgram('docker', 'docker.io');
      await run(clients, ['docker', 'ps']).catch(() => {
        throw new AbsentError('no Docker engine runs');
      });
      return whole('docker ps', ['docker', 'ps']);
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
