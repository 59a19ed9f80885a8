import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import { WIRE_MESSAGE_MAX_BYTES } from '../../../src/base/limits.js';
import { VERSIONS } from '../../../src/wire/transport/connection.js';
import { Ear, Ends, newKeys, ANN, BOB, EVE, helloOf, type Keys } from '../session/ends.js';

const KEYS = newKeys();
const numbered = (n: number, size = 4): Buffer => {
  const bytes = Buffer.alloc(size);
  bytes.writeUInt32BE(n);
  return bytes;
};

for (const [how, keys] of [
  ['with a key', (): typeof KEYS => KEYS],
  ['without a key (--insecure)', (): undefined => undefined],
] as const satisfies readonly (readonly [string, Keys])[]) {
  describe(`a connection ${how}`, () => {
    let ends: Ends;
    beforeEach(() => {
      ends = new Ends();
    });
    afterEach(() => ends.close());

    /** Ann's end and Bob's, who does not answer of his own. */
    const pair = async (): Promise<readonly [Ear, Ear]> => {
      const { address } = await ends.listen(keys, { answer: false });
      const arrival = ends.arrival();
      const ann = new Ear(await ends.dial(address, keys));
      return [ann, await arrival];
    };

    it('tells each end who is there, what for, and by which key', async () => {
      const { address } = await ends.listen(keys, { welcome: ({ id }, { host }) => ({ note: { welcome: id, from: host } }) });
      const arrival = ends.arrival();
      const hello = { ...helloOf(EVE, BOB), purpose: 'probe', note: { asks: [1, 2] } } as const;
      const dialled = await ends.dial(address, keys, { hello });
      const accepted = (await arrival).connection;
      const key = keys()?.first.identity;
      expect(dialled).to.deep.include({ peer: address, dialled: true, key });
      expect(dialled.hello).to.deep.include({ versions: VERSIONS, id: BOB, role: 'server', note: { welcome: EVE, from: '127.0.0.1' } });
      expect(accepted).to.deep.include({ dialled: false, key });
      expect(accepted.hello).to.deep.equal({ ...hello, versions: VERSIONS });
      expect(accepted.peer.host).to.equal('127.0.0.1');
    });

    it('carries messages whole and in order, both ways, empty ones and the longest', async () => {
      const [ann, bob] = await pair();
      const sizes = [0, 1, 125, 126, 65_535, 65_536, 300_000, WIRE_MESSAGE_MAX_BYTES];
      for (const [from, to] of [
        [ann, bob],
        [bob, ann],
      ] as const) {
        for (const size of sizes) from.connection.send(Buffer.alloc(size, size % 251));
        const heard = await to.heard(sizes.length);
        expect(heard.map(({ length }) => length)).to.deep.equal(sizes);
        for (const message of heard) expect(message.every((byte) => byte === message.length % 251)).to.equal(true);
      }
    });

    it('gives bytes that are the receiver’s to keep', async () => {
      const [ann, bob] = await pair();
      for (let i = 0; i < 500; i++) ann.connection.send(numbered(i, 1_000));
      expect((await bob.heard(500)).map((message) => message.readUInt32BE())).to.deep.equal(Array.from({ length: 500 }, (_, i) => i));
    });

    it('holds its peer back while it is paused, in memory that is bounded, and loses nothing', async () => {
      const [ann, bob] = await pair();
      bob.connection.pause();
      const size = 64 * 1024;
      let sent = 0;
      for (; sent < 256; sent++) ann.connection.send(numbered(sent, size)); // 16 MiB, more than the kernel takes
      expect(ann.connection.queued_bytes).to.be.above(size);
      const drained = ann.drained();
      bob.connection.resume();
      await drained;
      expect(ann.connection.queued_bytes).to.equal(0);
      expect((await bob.heard(sent)).map((message) => message.readUInt32BE())).to.deep.equal(Array.from({ length: sent }, (_, i) => i));
    });

    it('gives no message between pause and resume, not even one that has arrived', async () => {
      const [ann, bob] = await pair();
      const { connection } = bob;
      let paused = false;
      const heard: number[] = [];
      await new Promise<void>((resolve) => {
        connection.receive({
          closed: () => undefined,
          message: (bytes) => {
            expect(paused).to.equal(false);
            heard.push(bytes[3] ?? -1);
            connection.pause();
            paused = true;
            setImmediate(() => {
              paused = false;
              if (heard.length === 100) resolve();
              connection.resume();
            });
          },
        });
        for (let i = 0; i < 100; i++) ann.connection.send(numbered(i));
      });
      expect(heard).to.deep.equal(Array.from({ length: 100 }, (_, i) => i));
    });

    it('ends in order: what was sent arrives before the end, with the reason', async () => {
      const [ann, bob] = await pair();
      for (let i = 0; i < 100; i++) ann.connection.send(numbered(i, 10_000));
      ann.connection.close('enough for today');
      expect(await bob.closed).to.equal('enough for today');
      expect(bob.messages).to.have.length(100);
      expect(await ann.closed).to.equal('enough for today');
      ann.connection.send(Buffer.from('late')); // nothing happens
      ann.connection.close();
      ann.connection.destroy();
    });

    it('ends in order when its listener does, which has what it sent arrive, and waits for nobody for long', async () => {
      const listener = await ends.listen(keys, { answer: false });
      const arrival = ends.arrival();
      const ann = new Ear(await ends.dial(listener.address, keys));
      const deaf = await ends.dial(listener.address, keys);
      deaf.pause();
      const bob = await arrival;
      for (let i = 0; i < 100; i++) bob.connection.send(numbered(i, 10_000));
      bob.connection.close('enough for today');
      await listener.close();
      expect(await ann.closed).to.equal('enough for today');
      expect(ann.messages).to.have.length(100);
    });

    it('ends in order with a reason of any length, on one harmless line', async () => {
      const [ann, bob] = await pair();
      ann.connection.close(`\u001b[2J${'ä'.repeat(200)}`);
      expect(await bob.closed).to.match(/^\\033\[2Jä{59}$/);
    });

    it('ends at once when it is destroyed', async () => {
      const [ann, bob] = await pair();
      ann.connection.destroy();
      expect(await bob.closed).to.be.a('string').that.is.not.empty;
      await ann.closed;
    });

    it('may be handed on: nothing is lost or told before somebody listens', async () => {
      const { address } = await ends.listen(keys, {
        onConnection: (connection) => {
          connection.receive({ message: () => undefined, closed: () => undefined });
          connection.send(numbered(7));
          connection.close('said all');
        },
      });
      const connection = await ends.dial(address, keys);
      await ends.serves((await ends.listen(keys)).address, keys); // meanwhile all that has arrived
      const ann = new Ear(connection);
      expect(await ann.closed).to.equal('said all');
      expect(ann.messages).to.deep.equal([numbered(7)]);
    });

    it('is refused when there are too many from one address, with a line in the log, until one has ended', async () => {
      const { address } = await ends.listen(keys, { perSource_max: 2, answer: false });
      const first = await ends.dial(address, keys);
      await ends.dial(address, keys);
      const refused = await ends.dial(address, keys).catch((error: unknown) => error);
      expect(refused).to.include({ failure: 'rejected' }).and.property('message').includes('too many connections from this address'); // prettier-ignore
      await ends.until(() => ends.log.some((line) => line.includes('too many connections from this address')));
      const [{ closed } = expect.fail()] = ends.accepted;
      first.close();
      await closed;
      await ends.dial(address, keys);
    });

    it('is cut when its peer takes nothing and too much waits, with a line in the log', async () => {
      const [ann, bob] = await pair();
      bob.connection.pause();
      const mebi = Buffer.alloc(1_048_576);
      let count = 0;
      for (; count < 200 && ends.log.length === 0; count++) ann.connection.send(mebi);
      expect(await ann.closed).to.equal('the other end does not read');
      expect(count).to.be.within(64, 80);
      expect(ends.log).to.have.length(1);
      expect(ends.log[0]).to.match(/^connection with 127\.0\.0\.1:\d+: it does not read$/);
    });

    it('leaves no listener on a signal that serves many dials', async () => {
      const { address } = await ends.listen(keys);
      const { signal } = new AbortController();
      for (let i = 0; i < 3; i++) await ends.dial(address, keys, { signal, hello: helloOf(ANN, BOB) });
      expect(getEventListeners(signal, 'abort')).to.deep.equal([]);
    });
  });
}
