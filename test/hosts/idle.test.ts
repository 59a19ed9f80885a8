/**
 * What ten servers send each other while nothing happens: as much as the simulation says, and no dial. The kernel of each host counts.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { needs } from '../lib/machine.js';
import { Bed } from '../lib/hosts/bed.js';
import { Circuit } from '../lib/hosts/circuit.js';

const HOSTS = 10;
/** New links compare views more often for 6 s, and settle into heartbeats of 5 s. */
const SETTLING_MS = 20_000;
const SPAN_S = 60;

describe('ten servers at rest', function () {
  this.timeout(180_000);
  let bed: Bed;
  let circuit: Circuit;
  before(async function () {
    needs(this, 'linux', 'netns', 'fuse', 'fusectl');
    bed = await Bed.create({ hosts: HOSTS });
    circuit = new Circuit(bed);
    // One after the other: ten that start at once are slow on two cores.
    for (const { index } of bed.hosts) await circuit.add(index);
    await circuit.complete(circuit.hosts, 60);
  });
  after(() => {
    bed.remove();
  });

  it('dial nobody in a minute, and send at most 2 packets a second each, on the average', async () => {
    await delay(SETTLING_MS);
    const dials = async (): Promise<readonly number[]> => Promise.all(bed.hosts.map(async (host) => host.dials()));
    const packets = async (): Promise<readonly number[]> =>
      Promise.all(bed.hosts.map(async ({ index }) => (await bed.network.sent(index)).packets));
    const [dialsBefore, packetsBefore] = [await dials(), await packets()];
    await delay(SPAN_S * 1000);
    const [dialsAfter, packetsAfter] = [await dials(), await packets()];
    const since = (before: readonly number[], after: readonly number[]): readonly number[] => after.map((count, at) => count - (before[at] ?? 0)); // prettier-ignore
    const sent = since(packetsBefore, packetsAfter).map((count) => count / SPAN_S);
    expect(since(dialsBefore, dialsAfter), circuit.log).to.deep.equal(bed.hosts.map(() => 0));
    expect(sent.reduce((sum, one) => sum + one, 0) / HOSTS, `packets a second: ${sent.join(' ')}`).to.be.at.most(2);
  });
});
