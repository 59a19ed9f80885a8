/**
 * A server that is killed in the very moment in which a write to another host has returned: who receives has the whole message and its end, or is told
 * of an error before the last byte; never all of it and then an error, since nobody could tell that from a message that was broken off.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { PROGRAM } from '../lib/daemon.js';
import { needs } from '../lib/machine.js';
import { Bed } from '../lib/hosts/bed.js';
import { Circuit, onHosts } from '../lib/hosts/circuit.js';
import type { Program } from '../lib/hosts/program.js';

const TIMES = 4;
/** The same happens each time. */
const STILL_TIMES = 2;
const SIZES = [20, 5_000, 200_000];
const STILL_S = 0.5;

/**
 * Writes a message, closes, and kills a server: `SEND.py FILE SIZE PID SECONDS`. Between the close and the kill lie some microseconds; or the server
 * stands still for so long, as it does for a moment on a busy host, before its kernel closes its connections.
 */
const SEND = `
import os, signal, sys, time
file, size, pid, still_s = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
data = memoryview(b'x' * size)
descriptor = os.open(file, os.O_WRONLY | os.O_TRUNC)
try:
    while data: data = data[os.write(descriptor, data):]
    os.close(descriptor)
finally:
    if still_s: os.kill(pid, signal.SIGSTOP)
    time.sleep(still_s)
    os.kill(pid, signal.SIGKILL)
`;

/** Says how many bytes came, and by which error they ended. */
const RECEIVE = `
import errno, os, sys
descriptor, count, end = os.open(sys.argv[1], os.O_RDONLY), 0, 'clean'
try:
    while True:
        chunk = os.read(descriptor, 65536)
        if not chunk: break
        count += len(chunk)
except OSError as error: end = errno.errorcode[error.errno]
print(count, end)
`;

function writePrograms(bed: Bed): void {
  writeFileSync(join(bed.directory, 'send.py'), SEND);
  writeFileSync(join(bed.directory, 'receive.py'), RECEIVE);
}

/** Makes a channel on the second host; resolves when somebody waits there for a message. */
async function receiverOf(bed: Bed, channel: string, capacity: number): Promise<Program> {
  await bed.host(2).run(`mkdir /circuit/self/${channel}; echo mkchan ${capacity} > /circuit/self/${channel}/ctl`);
  const receiver = bed.host(2).spawn(['python3', join(bed.directory, 'receive.py'), `/circuit/self/${channel}/recv`]);
  await receiver.waits();
  return receiver;
}

/** Of what was received, what looks whole and is not, or the other way round. */
function wrongOf(seen: readonly string[], size: number): readonly string[] {
  return seen.filter((said) => (said.endsWith('clean') ? said !== `${size} clean` : said.startsWith(`${size} `)));
}

describe('the last message of a server', function () {
  this.timeout(300_000);
  const on = onHosts(2, 'python3');
  before(() => {
    writePrograms(on.bed);
  });

  for (const [size, still_s] of [0, STILL_S].flatMap((still) => SIZES.map((each) => [each, still] as const))) {
    it(`comes whole and with its end, or broken off: ${size} bytes${still_s === 0 ? '' : ', and it stands still before'}`, async () => {
      const seen: string[] = [];
      for (let time = 0; time < (still_s === 0 ? TIMES : STILL_TIMES); time++) {
        const channel = `c${size}-${still_s}-${time}`;
        const receiver = await receiverOf(on.bed, channel, time % 2);
        const { pid } = on.circuit.daemon(1);
        await on.bed.host(1).run(`python3 ${on.bed.directory}/send.py /circuit/host/web-2/${channel}/send ${size} ${pid} ${still_s}`);
        await receiver.says(/\d+ \w+\n/, 60);
        seen.push(receiver.stdout.trim());
        await on.circuit.forget(1).stop();
        await on.circuit.add(1);
        await on.circuit.complete();
      }
      expect(wrongOf(seen, size), seen.join(', ')).to.deep.equal([]);
    });
  }
});

describe('the last message of a mount, through a third server', function () {
  this.timeout(120_000);
  let bed: Bed;
  let circuit: Circuit;
  before(async function () {
    needs(this, 'linux', 'netns', 'nft', 'fuse', 'fusectl', 'python3');
    bed = await Bed.create({ hosts: 3 });
    writePrograms(bed);
    circuit = await Circuit.start(bed, [1, 2]);
    await bed.split([3], [2]);
  });
  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.log(circuit.log);
  });
  after(() => (bed as Bed | undefined)?.remove());

  for (const size of SIZES) {
    it(`comes whole and with its end, or broken off: ${size} bytes, and it stands still before`, async () => {
      const seen: string[] = [];
      for (let time = 0; time < STILL_TIMES; time++) {
        const [channel, directory] = [`c${size}-${time}`, `/mnt/${size}-${time}`];
        const receiver = await receiverOf(bed, channel, time % 2);
        const { key } = bed.host(3);
        const mount = bed.host(3).spawn([process.execPath, PROGRAM, 'mount', '-d', circuit.daemon(1).url, '--hmac', key, directory]);
        await mount.says(/mounted at/);
        await bed.host(3).run(`python3 ${bed.directory}/send.py ${directory}/host/web-2/${channel}/send ${size} ${mount.pid} ${STILL_S}`);
        await receiver.says(/\d+ \w+\n/, 60);
        seen.push(receiver.stdout.trim());
        await mount.exited;
      }
      expect(wrongOf(seen, size), seen.join(', ')).to.deep.equal([]);
    });
  }
});
