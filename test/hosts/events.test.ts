/**
 * `/circuit/events` on several hosts: it follows servers as they join, leave and die, and a silent one holds up nobody.
 */
import { expect } from 'chai';
import { needs } from '../lib/machine.js';
import { Bed } from '../lib/hosts/bed.js';
import { Circuit } from '../lib/hosts/circuit.js';

const [HERE, SILENT, NEWCOMER] = [1, 2, 3];

describe('events of a circuit of hosts', function () {
  this.timeout(120_000);
  let bed: Bed;
  let circuit: Circuit;

  before(async function () {
    needs(this, 'linux', 'netns', 'fuse', 'fusectl');
    bed = await Bed.create({ hosts: 3 });
    circuit = await Circuit.start(bed, [HERE, SILENT]);
  });
  afterEach(function () {
    circuit.daemon(SILENT).kill('SIGCONT');
    if (this.currentTest?.state === 'failed') console.log(circuit.log);
  });
  after(() => bed.remove());

  it('tell of those who join, of what happens there, of those who die, and wait for no silent one', async () => {
    const heard = bed.host(HERE).spawn(['cat', '/circuit/events']);
    await heard.says(new RegExp(`"path":"/${circuit.daemon(SILENT).id}","what":"joined"`));
    await bed.host(SILENT).run('mkdir /circuit/self/loud');
    await heard.says(new RegExp(`"path":"/${circuit.daemon(SILENT).id}/loud","what":"anchor-made"`));
    circuit.daemon(SILENT).kill('SIGSTOP');
    await bed.host(HERE).run('mkdir /circuit/self/meanwhile');
    await heard.says(/\/meanwhile","what":"anchor-made"/);
    circuit.daemon(SILENT).kill('SIGCONT');
    const newcomer = await circuit.add(NEWCOMER);
    await heard.says(new RegExp(`"path":"/${newcomer.id}","what":"joined"`));
    await bed.host(NEWCOMER).run('mkdir /circuit/self/new');
    await heard.says(new RegExp(`"path":"/${newcomer.id}/new","what":"anchor-made"`));
    circuit.forget(NEWCOMER).kill('SIGKILL');
    await heard.says(new RegExp(`"path":"/${newcomer.id}","what":"left"`));
    await heard.stop();
    const lines = heard.stdout.trimEnd().split('\n');
    expect(new Set(lines).size).to.equal(lines.length);
    for (const line of lines) expect(JSON.parse(line)).to.include.keys('seq', 'time', 'server', 'host', 'path', 'what');
  });
});
