/**
 * A receiver whose way leads through a server that has stopped: what the channel has given it there comes back in bounded time, and reaches the
 * program over its new way.
 */
import { expect } from 'chai';
import { PROGRAM } from '../lib/daemon.js';
import { needs } from '../lib/machine.js';
import { Bed } from '../lib/hosts/bed.js';
import { Circuit } from '../lib/hosts/circuit.js';

/** A connection without a sign of life is broken after 10 s, and its session ends 60 s later; with reserve for a busy machine. */
const LIMIT_S = 100;

describe('a receiver behind a server that has stopped', function () {
  this.timeout(180_000);
  let bed: Bed | undefined;
  before(function () {
    needs(this, 'linux', 'netns', 'nft', 'fuse', 'fusectl');
  });
  afterEach(() => bed?.remove());

  it('holds nothing for good: the channel has its message again when the session there has ended', async () => {
    bed = await Bed.create({ hosts: 3 });
    const circuit = await Circuit.start(bed, [1, 2]);
    const [through, client, target] = [circuit.daemon(1), bed.host(3), bed.host(2)];
    const mount = client.spawn([process.execPath, PROGRAM, 'mount', '-d', through.url, '--key', client.key, '/mnt']);
    await mount.says(/mounted at/);
    await target.run('cd /circuit/self; mkdir quiet; echo mkchan 1 > quiet/ctl');
    const waiting = client.spawn(['cat', '/mnt/host/web-2/quiet/recv']);
    const count = async (name: string): Promise<number> =>
      (JSON.parse(await target.run('cat /circuit/self/quiet/peek')) as Readonly<Record<string, number>>)[name] ?? 0;
    await bed.until('it waits', async () => (await count('WaitingReceivers')) === 1);
    through.kill('SIGSTOP');
    await target.run('echo held > /circuit/self/quiet/send'); // to the receiver that the stopped server is
    await bed.until('the message is there', () => Promise.resolve(waiting.stdout === 'held\n'), LIMIT_S);
    expect((await waiting.exited)[0]).to.equal(0);
    await bed.until('nobody waits any more', async () => (await count('WaitingReceivers')) === 0, LIMIT_S);
    through.kill('SIGCONT');
    expect([await count('NumSend'), await count('NumRecv'), await count('Buffered')]).to.deep.equal([1, 1, 0]);
  });
});
