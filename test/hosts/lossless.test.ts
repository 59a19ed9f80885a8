/**
 * What a network may do without anybody losing a message: reset connections, be cut for a while, take a receiver away.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { needs } from '../lib/machine.js';
import { Bed } from '../lib/hosts/bed.js';
import { Circuit } from '../lib/hosts/circuit.js';

const RESETS = 50;
/** At least, between two resets. */
const MESSAGES_BETWEEN = 60;
const CUT_MS = 1000;
/** A machine under load makes a cut last longer than it is meant to: nobody is to be taken for dead meanwhile. */
const PATIENCE_S = 5;

describe('messages on a bad network', function () {
  this.timeout(240_000);
  let bed: Bed;
  let circuit: Circuit;
  before(async function () {
    needs(this, 'linux', 'netns', 'nft', 'fuse', 'fusectl');
    bed = await Bed.create({ hosts: 4 });
    circuit = await Circuit.start(bed, undefined, { args: ['--patience', String(PATIENCE_S)] });
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') console.log(circuit.log);
    await bed.heal();
  });
  after(() => {
    bed.remove();
  });

  const received = async (channel: string): Promise<number> =>
    Number(await bed.host(2).run(`sed -n 's/.*"NumRecv": \\([0-9]*\\).*/\\1/p' /circuit/self/${channel}/peek`));

  it('are each received once, thousands of them, through 50 resets and 5 cuts', async () => {
    await bed.host(2).run('mkdir /circuit/self/work; echo mkchan 100 > /circuit/self/work/ctl');
    const files = { limit_s: 230, env: { SHARED: bed.directory } };
    const producing = bed.host(1).runFile('produce.sh', files);
    const consuming = bed.host(3).runFile('consume.sh', files);
    const work = Promise.all([producing, consuming]);
    work.catch(() => undefined); // looked at below, when the faults are over
    for (let reset = 1; reset <= RESETS; reset++) {
      const before = await received('work');
      await bed.resetConnections();
      if (reset % 10 === 0) {
        const cut = (reset / 10) % 3 === 0 ? 2 : (reset / 10) % 3 === 1 ? 1 : 3;
        await bed.cut(cut);
        await delay(CUT_MS);
        await bed.heal(cut);
      }
      await bed.until(`messages go on after reset ${reset}`, async () => (await received('work')) >= before + MESSAGES_BETWEEN, 30);
    }
    writeFileSync(join(bed.directory, 'enough'), '');
    const [, said] = await work;
    expect(said).to.equal('each exactly once\n');
    expect(await received('work')).to.be.at.least(RESETS * MESSAGES_BETWEEN);
    await bed.host(1).run('rmdir /circuit/host/web-2/work');
  });

  it('wait with their readers and writers while a server is cut off for a moment', async () => {
    await bed.host(2).run('mkdir /circuit/self/held; echo mkchan 0 > /circuit/self/held/ctl');
    const held = '/circuit/host/web-2/held';
    for (const reader of [true, false]) {
      const waiting = reader ? bed.host(1).spawn(['cat', `${held}/recv`]) : bed.host(1).spawn(['dd', 'status=none', `of=${held}/send`]);
      waiting.stdin.end('through\n');
      await waiting.waits();
      await bed.cut(2);
      await delay(CUT_MS);
      const partner = bed.host(2).spawn(['bash', '-c', reader ? 'echo through > /circuit/self/held/send' : 'cat /circuit/self/held/recv']);
      await delay(CUT_MS);
      expect(waiting.isRunning, waiting.stderr).to.equal(true);
      await bed.heal(2);
      expect([await waiting.exited, await partner.exited], waiting.stderr + partner.stderr).to.deep.equal([[0, null], [0, null]]); // prettier-ignore
      expect(waiting.stdout + partner.stdout).to.equal('through\n');
    }
    await bed.host(2).run('rmdir /circuit/self/held');
  });

  it('come whole and unchanged when they are large and the network loses some packets', async () => {
    await bed.loss(2, 5);
    const sums = await bed.host(1).run(`
      mkdir /circuit/host/web-2/large
      echo mkchan 0 > /circuit/host/web-2/large/ctl
      head -c 4000000 /dev/urandom > ${bed.directory}/sent
      cat ${bed.directory}/sent > /circuit/host/web-2/large/send &
      cat /circuit/host/web-2/large/recv | cmp - ${bed.directory}/sent && echo the same
      wait
      rmdir /circuit/host/web-2/large`);
    expect(sums).to.equal('the same\n');
  });

  it('are not swallowed by a receiver whose host loses its power while it waits', async () => {
    await bed.host(1).run('mkdir /circuit/self/left; echo mkchan 10 > /circuit/self/left/ctl');
    const lost = bed.host(4).spawn(['cat', '/circuit/host/web-1/left/recv']);
    await lost.waits();
    await bed.until('it is known to wait', async () =>
      (await bed.host(1).run('cat /circuit/self/left/peek')).includes('"WaitingReceivers": 1'),
    );
    await bed.powerOff(4);
    await lost.exited;
    expect(lost.stdout).to.equal('');
    circuit.forget(4);
    await bed.host(1).run('for n in one two three; do echo $n > /circuit/self/left/send; done');
    const got = await bed.host(3).run('for i in 1 2 3; do cat /circuit/host/web-1/left/recv; done | sort', { limit_s: 60 });
    expect(got).to.equal('one\nthree\ntwo\n');
    expect(await bed.host(1).run('grep -E "Num|Waiting" /circuit/self/left/peek | tr -d "\\t\\n"')).to.match(
      /"NumSend": 3,"NumRecv": 3,.*"WaitingReceivers": 0/,
    );
    await circuit.complete(circuit.hosts, 60);
  });
});
