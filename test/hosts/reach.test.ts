/**
 * What it costs to look at another host's tree, and how true what one sees there is; and a circuit of thirty.
 */
import { expect } from 'chai';
import { needs } from '../lib/machine.js';
import { Bed } from '../lib/hosts/bed.js';
import { Circuit } from '../lib/hosts/circuit.js';

const ANCHORS = 5000;
/** A round trip an entry would be 5,000 at least, and the kernel asks five times an entry. */
const PACKETS_MAX = 1000;
const ROUNDS = 50;

describe('the tree of another host', function () {
  this.timeout(240_000);
  let bed: Bed;
  let circuit: Circuit;
  before(async function () {
    needs(this, 'linux', 'netns', 'fuse', 'fusectl');
    bed = await Bed.create({ hosts: 3 });
    circuit = await Circuit.start(bed);
  });
  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.log(circuit.log);
  });
  after(() => {
    bed.remove();
  });

  it(`is listed with ${ANCHORS} anchors in few round trips`, async () => {
    await bed.host(2).run(`mkdir /circuit/self/many; cd /circuit/self/many; seq ${ANCHORS} | xargs mkdir`);
    const before = await bed.network.sent(1);
    const lines = await bed.host(1).run('ls -lR /circuit/host/web-2/many/ | grep -c "^dr"', { limit_s: 200 });
    const { packets } = await bed.network.sent(1);
    expect(lines).to.equal(`${ANCHORS}\n`);
    expect(packets - before.packets).to.be.below(PACKETS_MAX);
    await bed.host(2).run('cd /circuit/self; rmdir many/*/ many');
  });

  it('is never seen as it was before what one has been told of', async () => {
    await bed.host(1).run(`
      mkdir /circuit/self/made /circuit/self/gone /circuit/host/web-2/t
      echo mkchan 0 > /circuit/self/made/ctl
      echo mkchan 0 > /circuit/self/gone/ctl`);
    // Whatever host 3 may keep of the tree is kept fresh in the meantime.
    const busy = bed.host(3).spawn(['bash', '-c', 'while ls -R /circuit/host/web-2/t > /dev/null 2>&1 || true; do sleep 0.01; done']);
    const looking = bed.host(3).run(`
      for i in $(seq ${ROUNDS}); do
        read -r n < /circuit/host/web-1/made/recv
        [ -d /circuit/host/web-2/t/$n ] || echo $n is not there
        ls /circuit/host/web-2/t | grep -q "^$n$" || echo $n is not listed
        grep -q '"Cap": 7' /circuit/host/web-2/t/$n/peek || echo $n has no channel
        echo seen > /circuit/host/web-1/gone/send
        read -r n < /circuit/host/web-1/made/recv
        [ ! -d /circuit/host/web-2/t/$n ] || echo $n is still there
        ! ls /circuit/host/web-2/t | grep -q "^$n$" || echo $n is still listed
        echo seen > /circuit/host/web-1/gone/send
      done
      echo end`, { limit_s: 100 }); // prettier-ignore
    const changing = bed.host(1).run(`
      for i in $(seq ${ROUNDS}); do
        mkdir /circuit/host/web-2/t/$i
        echo mkchan 7 > /circuit/host/web-2/t/$i/ctl
        echo $i > /circuit/self/made/send
        read -r seen < /circuit/self/gone/recv
        rmdir /circuit/host/web-2/t/$i
        echo $i > /circuit/self/made/send
        read -r seen < /circuit/self/gone/recv
      done`, { limit_s: 100 }); // prettier-ignore
    const [said] = await Promise.all([looking, changing]);
    expect(said).to.equal('end\n');
    await busy.stop();
  });

  it('shows what it is asked for while another part of it is read by somebody who does not go on', async () => {
    await bed.host(2).run(`mkdir /circuit/self/flood; echo "mkproc bash -c 'yes | head -c 20000000'" > /circuit/self/flood/ctl`);
    const slow = bed
      .host(1)
      .spawn(['bash', '-c', 'exec 3< /circuit/host/web-2/flood/stdout; head -c 1 <&3; echo; read -r line; cat <&3 | wc -c']);
    await slow.says(/y/);
    expect(await bed.host(1).run('mkdir /circuit/host/web-2/aside; rmdir /circuit/host/web-2/aside; echo quick', { limit_s: 10 })).to.equal(
      'quick\n',
    );
    slow.stdin.end('go\n');
    await slow.says(/^\d{7,}$/m);
    await bed.host(2).run('cat /circuit/self/flood/wait > /dev/null; rmdir /circuit/self/flood');
  });
});

describe('thirty hosts', function () {
  this.timeout(280_000);
  let bed: Bed;
  let circuit: Circuit | undefined;
  before(async function () {
    needs(this, 'linux', 'netns', 'fuse', 'fusectl');
    bed = await Bed.create({ hosts: 30 });
  });
  after(() => {
    bed.remove();
  });

  it('all see all, and work together', async () => {
    circuit = new Circuit(bed);
    for (const host of bed.hosts) await circuit.add(host.index);
    await circuit.complete(circuit.hosts, 200);
    const said = await bed.host(17).run(`
      for host in /circuit/host/web-*; do
        mkdir $host/p
        echo mkproc hostname > $host/p/ctl
      done
      cat /circuit/host/web-*/p/stdout | sort -V | tr '\\n' ' '`, { limit_s: 60 }); // prettier-ignore
    expect(said).to.equal(bed.hosts.map(({ name }) => `${name} `).join(''));
  });
});
