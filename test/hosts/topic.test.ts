/**
 * A topic with subscribers on many hosts, some of which are slow, stop or die: each gets all messages in their order, or is told that it has missed some.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { needs } from '../lib/machine.js';
import { Bed } from '../lib/hosts/bed.js';
import { Circuit } from '../lib/hosts/circuit.js';
import type { Program } from '../lib/hosts/program.js';

/** Reads to the message "end"; a number that does not follow the one before it must have been told of. */
const SUBSCRIBER = `
import errno, os, sys, time
fd = os.open(sys.argv[1], os.O_RDONLY | os.O_DIRECT)
pause = float(sys.argv[2])
last, count, told, gaps, untold = None, 0, False, 0, 0
print('begun', flush=True)
while True:
    try: message = os.read(fd, 1 << 16)
    except OSError as error:
        if error.errno != errno.EOVERFLOW: print('failed', os.strerror(error.errno), flush=True); break
        told = True; gaps += 1
        continue
    if message == b'end': print('ended', count, gaps, untold, flush=True); continue
    number = int(message.split()[0])
    if last is not None and number != last + 1 and not (told and number > last): untold += 1
    last, told, count = number, False, count + 1
    if count == 1: print('first', flush=True)
    if pause and count < 20: time.sleep(pause)
`;
const MESSAGES = 2000;
/** All that are held are more than a server holds for its subscribers (TOPIC_FEED_MAX_BYTES). */
const BYTES = 5000;
/** Publishes so many, all but the first hundred when it is told to, and the end. */
const PUBLISHER = `
import os, sys, time
fd = os.open(sys.argv[1], os.O_WRONLY | os.O_DIRECT)
for n in range(int(sys.argv[2])):
    os.write(fd, (b'%d ' % n).ljust(${BYTES}, b'.'))
    time.sleep(0.001)
    if n == 99: sys.stdin.readline()
os.write(fd, b'end')
`;
/** Where the topic is, and the hosts of the subscribers by what becomes of them. */
const TOPIC = 1;
const [WELL, ALSO_WELL, CRASHES, STOPS, CUT] = [2, 3, 4, 5, 6];

describe('a topic with fifty subscribers on five hosts', function () {
  this.timeout(240_000);
  let bed: Bed;
  let circuit: Circuit;
  const at = (file: string): string => `/circuit/host/web-${TOPIC}/t/${file}`;
  const subscribe = (host: number, pause_s = 0): Program =>
    bed.host(host).spawn(['python3', join(bed.directory, 'subscriber.py'), at('sub'), String(pause_s)], { LC_ALL: 'C' });
  const peeked = async (field: string): Promise<number> =>
    Number(/: (\d+)/.exec(await bed.host(TOPIC).run(`grep '"${field}"' /circuit/self/t/peek`))?.[1]);
  const received_bytes = async (host: number): Promise<number> =>
    Number((await bed.host(host).run(`awk '!/lo:/ && NR > 2 { sum += $2 } END { print sum }' /proc/self/net/dev`)).trim());

  before(async function () {
    needs(this, 'linux', 'netns', 'nft', 'fuse', 'fusectl', 'python3');
    bed = await Bed.create({ hosts: 6 });
    writeFileSync(join(bed.directory, 'subscriber.py'), SUBSCRIBER);
    writeFileSync(join(bed.directory, 'publisher.py'), PUBLISHER);
    circuit = await Circuit.start(bed);
  });
  afterEach(function () {
    if (circuit.hosts.includes(STOPS)) circuit.daemon(STOPS).kill('SIGCONT');
    if (this.currentTest?.state === 'failed') console.log(circuit.log);
  });
  after(() => bed.remove());

  it('gives each of them all, in order, or tells of what it has missed; and knows of none that is gone', async () => {
    await bed.host(TOPIC).run('mkdir /circuit/self/t; echo mktopic 1000 > /circuit/self/t/ctl');
    await bed.until('all see it', async () => {
      const seen = await Promise.all([WELL, ALSO_WELL, CRASHES, STOPS, CUT].map((host) => bed.host(host).sh(`stat ${at('sub')}`)));
      return seen.every(({ code }) => code === 0);
    }, 60); // prettier-ignore
    const programs = new Map([WELL, ALSO_WELL, CRASHES, STOPS, CUT].map((host) => [host, Array.from({ length: 10 }, (_, index) => subscribe(host, host === ALSO_WELL && index < 5 ? 0.5 : 0))])); // prettier-ignore
    for (const program of [...programs.values()].flat()) await program.says(/begun/, 60);
    await bed.until('all subscribe', async () => (await peeked('Subscribers')) === 50, 60);

    const [stopped, killed] = programs.get(WELL) as [Program, Program];
    const before_bytes = await received_bytes(WELL);
    const publisher = bed.host(TOPIC).spawn(['python3', join(bed.directory, 'publisher.py'), '/circuit/self/t/pub', String(MESSAGES)]);
    for (const program of programs.get(WELL) ?? []) await program.says(/first/, 60);
    stopped.kill('SIGSTOP');
    killed.kill('SIGKILL');
    await circuit.daemon(CRASHES).crash();
    circuit.daemon(STOPS).kill('SIGSTOP');
    await bed.cut(CUT);
    publisher.stdin.end('go on\n');
    expect(await publisher.exited, publisher.stderr).to.deep.equal([0, null]);

    const well = [...(programs.get(WELL) ?? []).slice(2), ...(programs.get(ALSO_WELL) ?? [])];
    for (const program of well) {
      const [, count, gaps, untold] = (await program.says(/ended (\d+) (\d+) (\d+)/, 90)).map(Number);
      expect(untold).to.equal(0);
      if (gaps === 0) expect(count).to.equal(MESSAGES);
    }
    const whole = well.filter(({ stdout }) => stdout.includes(`ended ${MESSAGES} 0 0`));
    expect(whole.length).to.be.at.least(8);
    // Once for all of that host, and not ten times.
    expect((await received_bytes(WELL)) - before_bytes).to.be.within(MESSAGES * BYTES, 2 * MESSAGES * BYTES);
    stopped.kill('SIGCONT');
    const [, count, gaps, untold] = (await stopped.says(/ended (\d+) (\d+) (\d+)/, 60)).map(Number) as [number, number, number, number];
    expect(untold).to.equal(0);
    expect(count).to.be.within(1000, MESSAGES - 1);
    expect(gaps).to.be.at.least(1);

    // Those of the hosts that are gone are gone as well, and those that were killed.
    await bed.until('those that are left are counted', async () => (await peeked('Subscribers')) === 19, 90);
    for (const program of programs.get(CUT) ?? []) await program.says(/failed Host is down/, 60);
    for (const program of [stopped, ...well]) program.kill('SIGKILL');
    await bed.until('none is left', async () => (await peeked('Subscribers')) === 0, 30);
  });

  it('ends with its server', async () => {
    const [one, other] = [subscribe(WELL), subscribe(ALSO_WELL)];
    await bed.until('both subscribe', async () => (await peeked('Subscribers')) === 2, 30);
    circuit.daemon(TOPIC).kill('SIGKILL');
    for (const program of [one, other]) await program.says(/failed Host is down/, 60);
  });
});
