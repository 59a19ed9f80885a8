/**
 * Twelve servers that start at once, and find each other by multicast alone: how often they dial each other to be one circuit, and that all know all.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { needs } from '../lib/machine.js';
import { Bed } from '../lib/hosts/bed.js';
import { Circuit } from '../lib/hosts/circuit.js';
import type { Host } from '../lib/hosts/host.js';

const HOSTS = 12;
/** Twelve that start at once on two cores take their time. */
const LIMIT_S = 90;
/** Links are sought, and views compared, for some seconds more. */
const SETTLING_MS = 10_000;

/** Those of its membership: sessions, which commands cause, are another matter. */
async function dialsOf(host: Host): Promise<number> {
  return Number(await host.run(`sed -n 's/^circuit_membership_total{event="dials"} //p' /circuit/self/metrics`));
}

describe('twelve servers that start at once', function () {
  this.timeout(180_000);
  let bed: Bed;
  before(async function () {
    needs(this, 'linux', 'netns', 'fuse', 'fusectl');
    bed = await Bed.create({ hosts: HOSTS });
  });
  after(() => {
    bed.remove();
  });

  it('know each other, by a few dials each', async () => {
    const circuit = new Circuit(bed);
    await Promise.all(bed.hosts.map(async ({ index }) => circuit.add(index, { start_s: LIMIT_S })));
    await circuit.complete(circuit.hosts, LIMIT_S);
    await delay(SETTLING_MS);
    const dials = (await Promise.all(bed.hosts.map(dialsOf))).sort((a, b) => a - b);
    // Eleven others: whoever dialled each that it heard of would be above that. On a busy machine a dial is given up now and then, and made again.
    expect(dials[0], 'the counter is there').to.be.a('number').not.NaN;
    expect(dials[HOSTS / 2], `dials: ${dials.join(' ')}\n${circuit.log}`).to.be.at.most(8);
    expect(dials.at(-1), `dials: ${dials.join(' ')}\n${circuit.log}`).to.be.at.most(12);
    await circuit.stop();
  });
});
