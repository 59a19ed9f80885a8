/**
 * A host without a server whose mount goes through one that is killed, stops or is cut off under load: it goes on through another one.
 */
import { expect } from 'chai';
import { PROGRAM } from '../lib/daemon.js';
import { needs } from '../lib/machine.js';
import { Bed } from '../lib/hosts/bed.js';
import { Circuit } from '../lib/hosts/circuit.js';
import type { Program } from '../lib/hosts/program.js';

/** Two seconds are promised; machines are noisy. */
const LIMIT_S = 10;

/** Sends numbers without end, and receives them; says which were sent, received, or failed. */
const SEND = (channel: string): string => `for ((i = 1;; i++)); do { echo $i > /mnt/${channel}/send; } 2> /dev/null && echo sent $i || echo failed $i; done`; // prettier-ignore
const RECEIVE = (channel: string): string => `while :; do { read -r n < /mnt/${channel}/recv; } 2> /dev/null && echo got $n || echo lost; done`; // prettier-ignore

describe('a mount whose server is gone', function () {
  this.timeout(180_000);
  let bed: Bed;
  let circuit: Circuit;
  let mount: Program;
  let load: readonly Program[] = [];
  let waiting: Program;

  before(function () {
    needs(this, 'linux', 'netns', 'nft', 'fuse', 'fusectl');
  });
  beforeEach(async () => {
    bed = await Bed.create({ hosts: 4 });
    circuit = await Circuit.start(bed, [1, 2, 3]);
    const host = bed.host(4);
    mount = host.spawn([process.execPath, PROGRAM, 'mount', '-d', circuit.daemon(1).url, '--key', host.key, '/mnt']);
    await mount.says(/mounted at/);
    for (const web of [2, 3]) {
      await host.run(`cd /mnt/host/web-${web}; mkdir load quiet; echo mkchan 5 > load/ctl; echo mkchan 1 > quiet/ctl`);
    }
    expect(await host.run('readlink /mnt/self')).to.equal(`${circuit.daemon(1).id}\n`);
    load = ['host/web-2/load', 'host/web-3/load'].flatMap((channel) => [
      host.spawn(['bash', '-c', SEND(channel)]),
      host.spawn(['bash', '-c', RECEIVE(channel)]),
    ]);
    for (const program of load) await program.says(/^(sent|got) 20$/m);
    waiting = host.spawn(['cat', '/mnt/host/web-3/quiet/recv']);
    await waiting.waits();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') console.log(`${circuit.log}\n--- mount\n${mount.stderr}`);
    await bed.heal();
    bed.remove();
  });

  /** How long until that is so, in seconds. */
  const timed = async (what: string, condition: () => Promise<boolean>, limit_s = LIMIT_S): Promise<number> => {
    const begun_ms = performance.now();
    await bed.until(what, condition, limit_s);
    return (performance.now() - begun_ms) / 1000;
  };

  /** What holds after the fault, whichever it was. */
  async function goesOn(title: string): Promise<void> {
    const host = bed.host(4);
    const before = load.map(({ stdout }) => stdout.length);
    const begun_ms = performance.now();
    const messages = Promise.all(
      load.map(async (program, index) =>
        timed('messages go on', async () =>
          Promise.resolve(/^(sent|got) \d+\n[^]*^(sent|got) /m.test(program.stdout.slice(before[index]))),
        ),
      ),
    );
    const looked_s = await timed('ls works', async () => {
      const { stdout, code } = await host.sh('ls -d /mnt/host/web-2/load /mnt/host/web-3/load; readlink /mnt/self', { limit_s: LIMIT_S });
      return code === 0 && !stdout.includes(circuit.daemon(1).id);
    });
    const messages_s = Math.max(...(await messages));
    // A message may go to the receiver that the dead server was for it, and comes back only when that is known to be dead: the next one does not.
    const sending = bed.host(3).spawn(['bash', '-c', 'while :; do echo late > /circuit/self/quiet/send; sleep 0.2; done']);
    await waiting.says(/^late$/m, LIMIT_S);
    const waited_s = (performance.now() - begun_ms) / 1000;
    expect((await waiting.exited)[0]).to.equal(0);
    await host.run('mkdir /mnt/self/new; rmdir /mnt/self/new');
    const failed = load.map(({ stdout }) => stdout.match(/^(failed|lost)/gm)?.length ?? 0);
    console.log(
      `      ${title}: ls after ${looked_s.toFixed(2)} s, messages after ${messages_s.toFixed(2)} s, the blocked cat after ${waited_s.toFixed(2)} s; calls that failed: ${failed.join(' ')}`,
    );
    for (const program of [sending, ...load]) await program.stop();
    // What was said to be sent was received once, but for what the dead server had in its hands.
    const [sent = '', got = ''] = load.map(({ stdout }) => stdout);
    const numbers = (text: string): readonly number[] => Array.from(text.matchAll(/^(?:sent|got) (\d+)$/gm), ([, n]) => Number(n));
    const twice = numbers(got).filter((n, index, all) => all.indexOf(n) !== index);
    const missing = numbers(sent).filter((n) => !numbers(got).includes(n));
    expect(twice.length, `twice: ${twice.join()}`).to.be.at.most(1);
    expect(missing.length, `missing: ${missing.join()}`).to.be.at.most(10);
  }

  it('goes on through another one when it is killed', async () => {
    circuit.daemon(1).kill('SIGKILL');
    await goesOn('killed');
  });

  it('goes on when it stops', async () => {
    circuit.daemon(1).kill('SIGSTOP');
    await goesOn('stopped');
    circuit.daemon(1).kill('SIGCONT');
  });

  it('goes on when it is cut off', async () => {
    await bed.cut(1);
    await goesOn('cut off');
  });

  it('goes on when it ends in order', async () => {
    circuit.daemon(1).kill('SIGTERM');
    await goesOn('ended in order');
  });
});
