/**
 * `ls -lR` of many anchors of another host, beside the same on that host itself, and beside as many directories through sshfs.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compare, type Contender, orAbsent } from '../comparison.js';
import { on, type Pair, serverDirectory, startPair } from '../contenders/hosts.js';
import { startSsh } from '../contenders/ssh.js';
import type { Figure } from '../figure.js';
import type { Host } from '../../test/lib/hosts/host.js';
import { PINNING } from '../pinning.js';
import { run } from '../program.js';

const LOCAL = 'circuit, on the host itself';
const FILES = ['ctl', 'error', 'help'];

export const remoteListing: Figure = {
  name: 'remote-listing',
  title: 'Listing many anchors of another host',
  async *run(scope, settings) {
    const { server: cores, clients } = PINNING.oneCore;
    const pair = await startPair(scope, cores);
    const { here, there, bed } = pair;
    const { anchors } = settings;
    await there.run(`mkdir /circuit/self/many; cd /circuit/self/many; seq -f 'a%04.0f' 0 ${anchors - 1} | xargs mkdir`);
    const contender = (name: string, host: Host, directory: string): Contender => ({
      name,
      measure: async () => {
        await change(pair);
        const begin_ms = performance.now();
        const printed = await run(clients, on(host, 'ls', '-lR', directory));
        const elapsed_ms = performance.now() - begin_ms;
        // A heading, "total", three files and an empty line for each, and its line in the listing above.
        if (printed.split('\n').length < anchors * 7) throw new Error(`${name}: ls did not list all anchors`);
        return elapsed_ms;
      },
    });
    const sshfs = await orAbsent('sshfs', async () => {
      const directory = join(bed.directory, 'many');
      const mounted = await (await startSsh(scope, cores, pair)).mount(directory, 'dcache_timeout=1');
      await makeFiles(directory, anchors);
      return contender('sshfs', here, mounted);
    });
    yield await compare(
      {
        figure: `\`ls -lR\` of ${anchors} remote anchors`,
        unit: 'ms',
        ours: contender('circuit', here, join(serverDirectory(pair), 'many')),
        peers: [contender(LOCAL, there, '/circuit/self/many'), sshfs],
        aims: [{ ratioTo: LOCAL, atMost: 2 }],
      },
      settings,
    );
  },
};

/** Something is another there: nothing that was known before may be answered from memory. */
async function change({ there }: Pair): Promise<void> {
  await there.run('mkdir /circuit/self/change; rmdir /circuit/self/change');
}

async function makeFiles(directory: string, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const anchor = join(directory, `a${String(index).padStart(4, '0')}`);
    await mkdir(anchor, { recursive: true });
    for (const name of FILES) await writeFile(join(anchor, name), '');
  }
}
