/**
 * Bytes through a process: dd into `stdin` and dd out of `stdout` of `cat`, beside the same three programs joined by two pipes.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compare, type Contender, isAbsent, orAbsent } from '../comparison.js';
import { type Mounted, startCircuit } from '../contenders/circuit.js';
import type { Figure } from '../figure.js';
import { PINNING } from '../pinning.js';
import { run } from '../program.js';

const MIB = 1_048_576;
/** `$1` is the number of MiB, `$2` the anchor. Each prints what arrived, then the microseconds it took. */
export const THROUGH_FILES = `
  begin=\${EPOCHREALTIME/./}
  dd if=/dev/zero of="$2/stdin" bs=1M count="$1" status=none &
  dd if="$2/stdout" bs=1M status=none | wc -c
  wait $! && echo $((\${EPOCHREALTIME/./} - begin))`;
const THROUGH_PIPES = `
  begin=\${EPOCHREALTIME/./}
  dd if=/dev/zero bs=1M count="$1" status=none | cat | dd bs=1M status=none | wc -c
  echo $((\${EPOCHREALTIME/./} - begin))`;

export const throughput: Figure = {
  name: 'throughput',
  title: 'Bytes through `cat`',
  async *run(scope, settings) {
    const { server: cores, clients } = PINNING.allCores;
    const mib = settings.throughput_mib;
    const measure = async (script: string, anchor: string): Promise<number> => {
      const printed = await run(clients, ['bash', '-c', script, 'bash', String(mib), anchor]);
      const [arrived = 0, elapsed_us = 0] = printed.trim().split('\n').map(Number);
      if (arrived !== mib * MIB) throw new Error(`${arrived} of ${mib * MIB} bytes came through`);
      return arrived / elapsed_us;
    };
    const contender = ({ name, server }: Mounted): Contender => ({
      name,
      measure: async () => measure(THROUGH_FILES, await startCat(server)),
    });
    const circuit = await startCircuit(scope, cores);
    const portable = await orAbsent('fuse-native engine', () => startCircuit(scope, cores, 'fuse-native'));
    yield await compare(
      {
        figure: `${mib} MiB into \`stdin\` and out of \`stdout\` of \`cat\``,
        unit: 'MB/s',
        ours: contender(circuit),
        peers: [{ name: 'two pipes', measure: () => measure(THROUGH_PIPES, '') }, isAbsent(portable) ? portable : contender(portable)],
        aims: [{ atLeast: 400 }],
      },
      settings,
    );
  },
};

let cats = 0;

/** A new anchor with a new `cat`. */
async function startCat(server: string): Promise<string> {
  const anchor = join(server, `cat${++cats}`);
  await mkdir(anchor);
  await writeFile(join(anchor, 'ctl'), 'mkproc /bin/cat\n');
  return anchor;
}
