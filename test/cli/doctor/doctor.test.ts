/**
 * `circuit doctor` on a host of its own: its datagrams go nowhere else.
 */
import { expect } from 'chai';
import { PROGRAM } from '../../lib/daemon.js';
import { Bed } from '../../lib/hosts/bed.js';
import { needs } from '../../lib/machine.js';

describe('circuit doctor', function () {
  this.timeout(60_000);
  let bed: Bed;

  before(async function () {
    needs(this, 'linux', 'netns', 'fuse', 'fusectl');
    bed = await Bed.create({ hosts: 1 });
  });
  after(() => bed.remove());

  it('says what it has found, a line each, and finds the server that runs', async () => {
    const host = bed.host(1);
    const daemon = await host.start();
    const findings = await host.run(`CIRCUIT=${daemon.url} node ${PROGRAM} doctor --hmac ${host.key}`);
    for (const check of ['node', 'addon', 'fuse', 'mount', 'fusectl', 'multicast', 'ports', 'key', 'server']) {
      expect(findings).to.match(new RegExp(`^ok +${check} `, 'm'));
    }
    expect(findings)
      .to.match(/multicast +\S+ works on eth0 /)
      .and.match(new RegExp(`server +${daemon.id} on web-1 answers`));
    await daemon.stop();
  });

  it('fails when something does, and says what to do, as JSON too', async () => {
    const { code, stdout } = await bed.host(1).sh(`node ${PROGRAM} doctor --json --hmac /no/such/key`);
    expect(code).to.equal(1);
    const findings = JSON.parse(stdout) as readonly { check: string; outcome: string; remedy?: string }[];
    const key = findings.find(({ check }) => check === 'key');
    expect(key).to.include({ outcome: 'failure' });
    expect(key?.remedy).to.contain('circuit keygen /no/such/key');
    expect(findings.find(({ check }) => check === 'server')).to.include({ outcome: 'warning' });
  });
});
