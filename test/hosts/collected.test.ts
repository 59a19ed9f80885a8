/**
 * How often two servers mark their whole heaps while bytes pass between them: each a heap of a few MB that hardly changes, and buffers beside it.
 */
import { expect } from 'chai';
import { needs } from '../lib/machine.js';
import { Bed } from '../lib/hosts/bed.js';
import { Circuit } from '../lib/hosts/circuit.js';

/** V8 takes a while to find its limit. */
const FIRST_MIB = 256;
const MIB = 256;
/** V8 has 48 MiB of room (src/cli/daemon/heap.ts); by itself it marked once for 12 MiB. */
const MARKED_MAX = MIB / 18;
/** Observed from the first time on that somebody asks. */
const MARKED = `sed -n 's/^nodejs_gc_duration_seconds_count{kind="major"} //p' DIR/metrics`;

describe('bytes between two servers', function () {
  this.timeout(120_000);
  let bed: Bed;
  before(async function () {
    needs(this, 'linux', 'netns', 'fuse', 'fusectl');
    bed = await Bed.create({ hosts: 2 });
    await Circuit.start(bed, [1, 2]);
  });
  after(() => (bed as Bed | undefined)?.remove());

  it('have them mark their heaps a few times', async () => {
    const marked = async (): Promise<readonly number[]> =>
      Promise.all([1, 2].map(async (at) => Number(await bed.host(1).run(MARKED.replace('DIR', `/circuit/host/web-${at}`)))));
    const pass = async (mib: number): Promise<void> => {
      const through = `cat=/circuit/host/web-2/cat; mkdir $cat; echo mkproc /bin/cat > $cat/ctl
        dd bs=1M count=${mib} status=none < /dev/zero > $cat/stdin & dd bs=1M status=none < $cat/stdout | wc -c; wait; echo scrub -r > $cat/ctl; rmdir $cat`;
      expect(await bed.host(1).run(through, { limit_s: 60 })).to.equal(`${mib * 1_048_576}\n`);
    };
    await marked();
    await pass(FIRST_MIB);
    const before = await marked();
    await pass(MIB);
    const times = (await marked()).map((count, at) => count - (before[at] ?? 0));
    expect(Math.max(...times), `times: ${times.join(', ')}`).to.be.at.most(MARKED_MAX);
  });
});
