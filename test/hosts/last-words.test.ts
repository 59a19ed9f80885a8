/**
 * A server that is killed in the very moment in which a write to another host has returned: who receives has the whole message and its end, or is told
 * of an error before the last byte; never all of it and then an error, since nobody could tell that from a message that was broken off.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { onHosts } from '../lib/hosts/circuit.js';

const TIMES = 4;
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

describe('the last message of a server', function () {
  this.timeout(300_000);
  const on = onHosts(2, 'python3');
  before(() => {
    for (const [name, program] of [['send.py', SEND], ['receive.py', RECEIVE]] as const) writeFileSync(join(on.bed.directory, name), program); // prettier-ignore
  });

  for (const [size, still_s] of SIZES.flatMap(
    (each) =>
      [
        [each, 0],
        [each, STILL_S],
      ] as const,
  )) {
    it(`comes whole and with its end, or broken off: ${size} bytes${still_s === 0 ? '' : ', and it stands still before'}`, async () => {
      const seen: string[] = [];
      for (let time = 0; time < TIMES; time++) {
        const channel = `c${size}-${still_s}-${time}`;
        await on.bed.host(2).run(`mkdir /circuit/self/${channel}; echo mkchan ${time % 2} > /circuit/self/${channel}/ctl`);
        const receiver = on.bed.host(2).spawn(['python3', join(on.bed.directory, 'receive.py'), `/circuit/self/${channel}/recv`]);
        await receiver.waits();
        const { pid } = on.circuit.daemon(1);
        await on.bed.host(1).run(`python3 ${on.bed.directory}/send.py /circuit/host/web-2/${channel}/send ${size} ${pid} ${still_s}`);
        await receiver.says(/\d+ \w+\n/, 60);
        seen.push(receiver.stdout.trim());
        await on.circuit.forget(1).stop();
        await on.circuit.add(1);
        await on.circuit.complete();
      }
      const wrong = seen.filter((said) => (said.endsWith('clean') ? said !== `${size} clean` : said.startsWith(`${size} `)));
      expect(wrong, seen.join(', ')).to.deep.equal([]);
    });
  }
});
