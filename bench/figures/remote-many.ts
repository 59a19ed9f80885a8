/**
 * Many at once between two hosts: readers of remote output, and senders and receivers of one remote channel.
 */
import { ROOT } from '../compiled.js';
import { compare, isAbsent, orAbsent, type Peer } from '../comparison.js';
import { startRedis } from '../contenders/brokers.js';
import { on, serverDirectory, startPair } from '../contenders/hosts.js';
import { startSsh } from '../contenders/ssh.js';
import { cpuSeconds, residentMegabytes } from '../cost.js';
import type { Figure } from '../figure.js';
import { PINNING } from '../pinning.js';
import { run, runForJson } from '../program.js';

const BYTES = 1_000_000;
const SSH = 'ssh, 10 sessions at a time';
const REDIS = 'redis LPUSH, BRPOP';
const MESSAGE_BYTES = '100';

export const remoteMany: Figure = {
  name: 'remote-many',
  title: 'Many at once, on another host',
  async *run(scope, settings) {
    const { server: cores, clients } = PINNING.allCores;
    const pair = await startPair(scope, cores);
    const { here, there, daemons } = pair;
    const { readers, crowd, seconds } = settings;
    const server = serverDirectory(pair);
    const timed = async (script: string): Promise<number> => {
      const begin_ms = performance.now();
      const printed = await run(clients, on(here, 'bash', '-c', script));
      const elapsed_ms = performance.now() - begin_ms;
      const complete = printed.split('\n').filter((line) => line.trim() === String(BYTES)).length;
      if (complete !== readers) throw new Error(`${complete} of ${readers} were read whole`);
      return elapsed_ms;
    };
    let cpu_s = 0;
    let rounds = 0;
    let peak_mb = 0;
    const ours = async (): Promise<number> => {
      await there.run(
        `mkdir -p /circuit/self/cats; cd /circuit/self/cats
         for i in {1..${readers}}; do mkdir c$i; echo 'mkproc /usr/bin/head -c ${BYTES} /dev/zero' > c$i/ctl; done`,
        { limit_s: 100 },
      );
      const pids = daemons.map(({ pid }) => pid);
      const before_s = await cpuSeconds(pids);
      const look = setInterval(() => {
        void Promise.all(pids.map(residentMegabytes)).then((sizes) => (peak_mb = Math.max(peak_mb, ...sizes)));
      }, 50);
      const elapsed_ms = await timed(`for i in {1..${readers}}; do cat ${server}/cats/c$i/stdout | wc -c & done; wait`).finally(() =>
        clearInterval(look),
      );
      cpu_s += (await cpuSeconds(pids)) - before_s;
      rounds++;
      await there.run('cd /circuit/self; rmdir cats/c[0-9]* cats', { limit_s: 100 });
      return elapsed_ms;
    };
    const ssh = await orAbsent(SSH, async () => (await startSsh(scope, cores, pair)).connect());
    const theirs: Peer = isAbsent(ssh)
      ? ssh
      : {
          name: SSH,
          measure: () => timed(`seq ${readers} | xargs -P 10 -I{} sh -c '${ssh.join(' ')} head -c ${BYTES} /dev/zero | wc -c'`),
        };
    const figure = `${readers} × \`cat\` of a remote \`stdout\` of 1 MB, all at once`;
    yield await compare({ figure, unit: 'ms', ours: { name: 'circuit', measure: ours }, peers: [theirs] }, settings);
    yield { figure: 'the same: memory of the larger daemon', unit: 'MB', ours: peak_mb, peers: [], aims: [{ atMost: 250 }] };
    yield {
      figure: 'the same: processor time of both daemons a MB',
      unit: 'ms',
      ours: (cpu_s * 1000) / (rounds * readers),
      peers: [],
      aims: [],
    };

    await here.run(`mkdir ${server}/channel; echo mkchan 1000 > ${server}/channel/ctl`);
    const client = [process.execPath, `${ROOT}dist/bench/clients/circuit.js`, there.key, daemons[1].url];
    const rate = async (command: readonly [string, ...string[]]): Promise<number> =>
      (await runForJson(clients, command))['per_second'] ?? Number.NaN;
    const role = ['crowd', MESSAGE_BYTES, String(seconds), String(crowd)];
    const redis = await orAbsent(REDIS, () => startRedis(scope, cores, there));
    yield await compare(
      {
        figure: `${crowd} senders and ${crowd} receivers on one remote channel, TypeScript API`,
        unit: 'messages/s',
        ours: { name: 'circuit', measure: () => rate(on(here, ...client, ...role)) },
        peers: [isAbsent(redis) ? redis : { name: REDIS, measure: () => rate(on(here, ...redis.client(...role))) }],
        aims: [{ ratioTo: REDIS, atLeast: 1 }],
      },
      settings,
    );
  },
};
