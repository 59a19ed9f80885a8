/**
 * `ls -lR` of many anchors, each a directory with three files.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { compare, type Contender, isAbsent, orAbsent } from '../comparison.js';
import { type Mounted, startCircuit, startWithoutNames } from '../contenders/circuit.js';
import { MANY_NAME, PEER, requireAlike, startPeer } from '../contenders/peer.js';
import { ServerCost } from '../contenders/server-cost.js';
import type { Figure } from '../figure.js';
import { PINNING } from '../pinning.js';
import { run } from '../program.js';

export const listing: Figure = {
  name: 'listing',
  title: 'Listing many anchors',
  async *run(scope, settings) {
    const { server: cores, clients } = PINNING.oneCore;
    const circuit = await startCircuit(scope, cores);
    const without = await startWithoutNames(scope, cores);
    const portable = await orAbsent('fuse-native engine', () => startCircuit(scope, cores, 'fuse-native'));
    for (const mounted of [circuit, without, portable]) if (!isAbsent(mounted)) await makeMany(mounted, settings.anchors);
    const peer = await orAbsent(PEER, () => startPeer(scope, cores, settings));
    if (!isAbsent(peer))
      await requireAlike(
        circuit.server,
        peer.server,
        ['ctl', 'error', 'help'].map((name) => join(MANY_NAME, nameOf(0), name)),
      );
    const cost = new ServerCost();
    const contender = ({ name, server, pid }: Mounted): Contender => {
      const measure = async (): Promise<number> => {
        const begin_ms = performance.now();
        const printed = await run(clients, ['ls', '-lR', join(server, MANY_NAME)]);
        const elapsed_ms = performance.now() - begin_ms;
        // A heading, "total", three files and an empty line for each, and its line in the listing above.
        if (printed.split('\n').length < settings.anchors * 7) throw new Error(`${name}: ls did not list all anchors`);
        return elapsed_ms;
      };
      return cost.of({ name, measure }, pid, () => settings.anchors);
    };
    const figure = `\`ls -lR\` of ${settings.anchors} anchors`;
    const ours = contender(circuit);
    const peers = [peer, without, portable].map((mounted) => (isAbsent(mounted) ? mounted : contender(mounted)));
    yield await compare({ figure, unit: 'ms', ours, peers, aims: [{ ratioTo: PEER, atMost: 1 }] }, settings);
    yield cost.result(`processor time of the server, an anchor: ${figure}`, ours.name, peers);
  },
};

/** As the peer names them. */
function nameOf(index: number): string {
  return `a${String(index).padStart(4, '0')}`;
}

async function makeMany({ server }: Mounted, count: number): Promise<void> {
  await mkdir(join(server, MANY_NAME));
  for (let index = 0; index < count; index++) await mkdir(join(server, MANY_NAME, nameOf(index)));
}
