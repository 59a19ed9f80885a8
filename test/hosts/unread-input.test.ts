/**
 * A program that does not read its input for a while, and one that writes to it through a third server, which must hold no more than a little of it.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { PROGRAM, statusOf } from '../lib/daemon.js';
import { needs } from '../lib/machine.js';
import { Bed } from '../lib/hosts/bed.js';
import { Circuit } from '../lib/hosts/circuit.js';
import type { Program } from '../lib/hosts/program.js';

const MB = 40;
/** Long enough for everybody on the way to hold as much as they ever will. */
const UNREAD_MS = 2_000;
const GROWTH_MAX_KB = 60_000;
const NUMBERS = `{ seq 1 10000000 || true; } | head -c ${MB * 1_000_000}`;

describe('input that nobody reads, written through a third server', function () {
  this.timeout(120_000);
  let bed: Bed;
  let circuit: Circuit;
  let mount: Program;
  before(async function () {
    needs(this, 'linux', 'netns', 'nft', 'fuse', 'fusectl');
    bed = await Bed.create({ hosts: 3 });
    circuit = await Circuit.start(bed, [1, 2]);
    await bed.split([3], [2]);
    const { key } = bed.host(3);
    mount = bed.host(3).spawn([process.execPath, PROGRAM, 'mount', '-d', circuit.daemon(1).url, '--hmac', key, '/mnt']);
    await mount.says(/mounted at/);
  });
  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.log(circuit.log);
  });
  after(() => (bed as Bed | undefined)?.remove());

  it('waits where it is written, and comes whole and in order once it is read', async () => {
    const go = join(bed.directory, 'go');
    await bed
      .host(2)
      .run(`mkdir /circuit/self/late; echo 'mkproc bash -c "until [ -e ${go} ]; do sleep 0.1; done; sha256sum"' > /circuit/self/late/ctl`);
    const pids = [circuit.daemon(1).pid, circuit.daemon(2).pid, mount.pid];
    const sizes = (): readonly number[] => pids.map((pid) => Number.parseInt(statusOf(pid, 'VmRSS') ?? '', 10));
    const before = sizes();
    const writing = bed.host(3).spawn(['bash', '-c', `${NUMBERS} | dd bs=256k iflag=fullblock status=none > /mnt/host/web-2/late/stdin`]);
    await delay(UNREAD_MS);
    expect(writing.isRunning, writing.stderr).to.equal(true);
    for (const [at, size] of sizes().entries())
      expect(size - (before[at] ?? 0), ['the third server', 'its server', 'the mount'][at]).to.be.below(GROWTH_MAX_KB);
    writeFileSync(go, '');
    expect(await writing.exited, writing.stderr).to.deep.equal([0, null]);
    expect(await bed.host(3).run('cat /mnt/host/web-2/late/stdout')).to.equal(await bed.host(1).run(`${NUMBERS} | sha256sum`));
  });
});
