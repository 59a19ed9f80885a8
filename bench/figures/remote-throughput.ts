/**
 * Bytes through `cat` on another host: dd into its `stdin` and dd out of its `stdout` here, beside the same through ssh over
 * a connection that is there already.
 */
import { compare, isAbsent, orAbsent, type Peer } from '../comparison.js';
import { DaemonCost } from '../contenders/daemon-cost.js';
import { on, serverDirectory, startPair } from '../contenders/hosts.js';
import { startSsh } from '../contenders/ssh.js';
import type { Figure } from '../figure.js';
import { PINNING } from '../pinning.js';
import { run } from '../program.js';
import { THROUGH_FILES } from './throughput.js';

const MIB = 1_048_576;
/** `$1` is the number of MiB; what follows runs `cat` there. */
const THROUGH_SSH = `
  mib=$1
  shift
  begin=\${EPOCHREALTIME/./}
  dd if=/dev/zero bs=1M count="$mib" status=none | "$@" | dd bs=1M status=none | wc -c
  echo $((\${EPOCHREALTIME/./} - begin))`;
const SSH = 'ssh';
/** The fastest of its ciphers where the processor has instructions for it. */
const FAST = 'aes128-gcm@openssh.com';

export const remoteThroughput: Figure = {
  name: 'remote-throughput',
  title: 'Bytes through `cat` on another host',
  async *run(scope, settings) {
    const { server: cores, clients } = PINNING.allCores;
    const mib = settings.remote_mib;
    const pair = await startPair(scope, cores);
    const { here } = pair;
    const measure = async (script: string, ...args: readonly string[]): Promise<number> => {
      const printed = await run(clients, on(here, 'bash', '-c', script, 'bash', String(mib), ...args));
      const [arrived = 0, elapsed_us = 0] = printed.trim().split('\n').map(Number);
      if (arrived !== mib * MIB) throw new Error(`${arrived} of ${mib * MIB} bytes came through`);
      return arrived / elapsed_us;
    };
    let cats = 0;
    const startCat = async (): Promise<string> => {
      const anchor = `${serverDirectory(pair)}/cat${++cats}`;
      await here.run(`mkdir ${anchor}; echo mkproc /bin/cat > ${anchor}/ctl`);
      return anchor;
    };
    const ssh = await orAbsent(SSH, () => startSsh(scope, cores, pair));
    const through = async (name: string, ...options: readonly string[]): Promise<Peer> => {
      if (isAbsent(ssh)) return { name, absent: ssh.absent };
      const connected = await ssh.connect(...options);
      return { name, measure: () => measure(THROUGH_SSH, ...connected, 'cat') };
    };
    const spent = new DaemonCost(pair);
    yield await compare(
      {
        figure: `${mib} MiB into \`stdin\` and out of \`stdout\` of a remote \`cat\``,
        unit: 'MB/s',
        ours: spent.of({ name: 'circuit', measure: async () => measure(THROUGH_FILES, await startCat()) }, () => mib),
        peers: [await through(SSH), await through(`ssh -c ${FAST}`, '-c', FAST)],
        aims: [{ ratioTo: SSH, atLeast: 1 }],
      },
      settings,
    );
    yield spent.result('the same: processor time of both daemons a MiB', 'ms', 1000);
  },
};
