import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { Channel } from '../../src/api/channel.js';
import { CircuitError } from '../../src/base/error.js';
import { atEachDistance, code } from './api.js';
import { Distance, server } from '../lib/distance.js';

const WHO = { uid: 0, gid: 0, pid: 0 };
const NUMBERS = Array.from({ length: 64 }, (_, index) => String(index));

/** Texts of all that is there now. */
async function drained(channel: Channel): Promise<string[]> {
  const { Buffered } = await channel.peek();
  const messages = await Promise.all(Array.from({ length: Buffered }, () => channel.receive()));
  return messages.map(String);
}

atEachDistance('a channel', (here) => {
  it('carries messages in their order', async () => {
    const channel = await here.root.walk('c').makeChannel(2);
    await channel.send('one');
    await channel.send(Buffer.from('two'));
    expect((await channel.peek()).NumSend).to.equal(2);
    expect((await channel.receive()).toString()).to.equal('one');
    expect((await channel.receive()).toString()).to.equal('two');
  });

  it('carries an empty message', async () => {
    const channel = await here.root.walk('c').makeChannel(1);
    await channel.send('');
    expect((await channel.receive()).length).to.equal(0);
  });

  it('can be iterated until it is closed and empty', async () => {
    const channel = await here.root.walk('c').makeChannel(3);
    for (const message of ['a', 'b', 'c']) await channel.send(message);
    await channel.close();
    expect(await code(channel.close())).to.equal('EPIPE');
    const seen: string[] = [];
    for await (const message of channel) seen.push(message.toString());
    expect(seen).to.deep.equal(['a', 'b', 'c']);
    expect(await code(channel.receive())).to.equal('ENODATA');
  });

  it('carries a message of any length as a stream, with back-pressure', async () => {
    const channel = await here.root.walk('c').makeChannel(0);
    const chunk = Buffer.alloc(100_000, 'x');
    const source = async function* (): AsyncGenerator<Buffer> {
      for (let sent = 0; sent < 100; sent++) yield Promise.resolve(chunk);
    };
    let received_bytes = 0;
    const count = async (parts: AsyncIterable<Buffer>): Promise<void> => {
      for await (const part of parts) received_bytes += part.length;
    };
    await Promise.all([pipeline(source, await channel.sender()), pipeline(await channel.receiver(), count)]);
    expect(received_bytes).to.equal(100 * chunk.length);
  });

  it('tells the receiver that the sender gave up in the middle', async () => {
    const channel = await here.root.walk('c').makeChannel(1);
    const sender = await channel.sender();
    await new Promise((resolve) => sender.write('half', resolve));
    const receiving = channel.receive();
    sender.destroy();
    expect(
      await receiving.then(
        () => 'a message',
        () => 'an error',
      ),
    ).to.equal('an error');
  });

  it('gives the next receiver what an interrupted one did not receive', async () => {
    const channel = await here.root.walk('c').makeChannel(0);
    const interest = new AbortController();
    const receiving = channel.receive(interest);
    interest.abort(new Error('enough'));
    expect(await receiving.catch((error: unknown) => String(error))).to.equal('Error: enough');
    const destroyed = await channel.receiver();
    destroyed.resume();
    destroyed.destroy();
    const [message] = await Promise.all([channel.receive(), channel.send('still here')]);
    expect(message.toString()).to.equal('still here');
  });

  it('takes many messages at once, in the order of the calls, and gives them so', async () => {
    const channel = await here.root.walk('c').makeChannel(10);
    const sent = Promise.all(NUMBERS.map((message) => channel.send(message)));
    const received = await Promise.all(NUMBERS.map(() => channel.receive()));
    await sent;
    expect(received.map(String)).to.deep.equal(NUMBERS);
  });

  it('takes messages that no longer fit into one part, beside small and empty ones', async () => {
    const channel = await here.root.walk('c').makeChannel(0);
    const messages = [0, 1, 1024, 32_768, 65_536, 65_537, 300_000, 0].map((bytes) => Buffer.alloc(bytes, 'x'));
    const sent = (async () => {
      for (const message of messages) await channel.send(message);
      await channel.close();
    })();
    const sizes: number[] = [];
    for await (const message of channel) sizes.push(message.length);
    await sent;
    expect(sizes).to.deep.equal(messages.map(({ length }) => length));
  });

  it('tells the sender why it takes nothing', async () => {
    const channel = await here.root.walk('c').makeChannel(1);
    await channel.close();
    expect(await code(channel.send('late'))).to.equal('EPIPE');
    expect(await code(channel.send(''))).to.equal('EPIPE');
    await channel.scrub();
    expect(await code(channel.send('later'))).to.equal('ENOENT');
    expect(await code(channel.receive())).to.equal('ENOENT');
  });

  it('takes nothing of a sender that is interrupted while it waits', async () => {
    const channel = await here.root.walk('c').makeChannel(1);
    await channel.send('first');
    for (const bytes of [10, 5000, 60_000]) {
      const patience = new AbortController();
      const sending = channel.send(Buffer.alloc(bytes), patience);
      while ((await channel.peek()).WaitingSenders < 1) await new Promise(setImmediate);
      patience.abort(new Error('enough'));
      expect(await sending.catch((error: unknown) => String(error))).to.equal('Error: enough');
    }
    expect(await drained(channel)).to.deep.equal(['first']);
    expect(await channel.peek()).to.include({ WaitingSenders: 0, NumSend: 1 });
  });

  it('is iterated in its order, also by one who is slow, and keeps for others what that one does not come for', async () => {
    const channel = await here.root.walk('c').makeChannel(100);
    await Promise.all(NUMBERS.map((message) => channel.send(message)));
    const seen: string[] = [];
    for await (const message of channel) {
      seen.push(String(message));
      if (seen.length === 20) {
        await delay(150);
        seen.push(...(await drained(channel)).slice(0, 10)); // those behind it are another's now
        break;
      }
    }
    expect(seen).to.deep.equal(NUMBERS.slice(0, 30));
  });

  it('has all messages again, in their order, that one who stops iterating has not seen', async () => {
    const channel = await here.root.walk('c').makeChannel(100);
    await Promise.all(NUMBERS.map((message) => channel.send(message)));
    const seen: string[] = [];
    for await (const message of channel) if (seen.push(String(message)) === 20) break;
    const enough = new AbortController();
    const stopped = (async () => {
      for await (const message of channel.messages(enough)) if (seen.push(String(message)) === 40) enough.abort(new Error('enough'));
    })();
    expect(await stopped.catch((error: unknown) => String(error))).to.equal('Error: enough');
    expect([...seen, ...(await drained(channel))]).to.deep.equal(NUMBERS);
  });

  it('gives those who iterate at the same time each message once', async () => {
    const channel = await here.root.walk('c').makeChannel(5);
    const seen: string[] = [];
    const iterate = async (): Promise<void> => {
      for await (const message of channel) seen.push(String(message));
    };
    const iterating = [iterate(), iterate(), iterate()];
    await Promise.all(NUMBERS.map((message) => channel.send(message)));
    await channel.close();
    await Promise.all(iterating);
    expect(seen.toSorted((a, b) => Number(a) - Number(b))).to.deep.equal(NUMBERS);
  });

  it('fails those who wait when it is scrubbed', async () => {
    const channel = await here.root.walk('c').makeChannel(0);
    const waiting = [
      channel.receive(),
      here.root
        .walk('c')
        .channel()
        .then((same) => same.receive()),
    ];
    const codes = waiting.map(code);
    while ((await channel.peek()).WaitingReceivers < 2) await new Promise(setImmediate);
    await channel.scrub();
    expect(await Promise.all(codes)).to.deep.equal(['EIDRM', 'EIDRM']);
  });
});

describe('a channel of another server, by the API', () => {
  let distance: Distance;
  let channel: Channel;
  /** As its own server sees it. */
  let near: Channel;
  beforeEach(async () => {
    const far = server();
    await far.here.makeElement(['c'], 'chan', { capacity: 10 }, WHO);
    near = new Channel(far.here, ['c'], WHO);
    distance = new Distance(far);
    channel = new Channel(distance.tree, ['c'], WHO);
  });
  afterEach(() => distance.end(new CircuitError('EHOSTDOWN', 'the test is over')));

  it('takes a message with one question, and gives one with one', async () => {
    for (const bytes of [0, 1, 100, 30_000]) {
      await channel.send(Buffer.alloc(bytes));
      expect(distance.asked.splice(0)).to.deep.equal(['write']);
      expect(await channel.receive()).to.have.lengthOf(bytes);
      expect(distance.asked.splice(0)).to.deep.equal(['read']);
    }
  });

  it('is asked for one message, and for more by who keeps up', async () => {
    const messages = channel.messages();
    for (let count = 0; count < 7; count++) {
      const next = messages.next();
      if (count === 0) while (distance.asked.length === 0) await new Promise(setImmediate);
      if (count === 0) expect(distance.asked).to.deep.equal(['read']);
      await near.send('x');
      await next;
    }
    expect(distance.asked.filter((name) => name === 'read').length).to.be.at.least(16);
    expect((await near.peek()).WaitingReceivers).to.be.at.most(16);
    await messages.return();
    while ((await near.peek()).WaitingReceivers > 0) await new Promise(setImmediate);
  });

  it('has again, in their order, what was asked for ahead by a client that has died', async () => {
    for (const message of NUMBERS.slice(0, 10)) await near.send(message);
    const messages = channel.messages();
    for (let count = 0; count < 3; count++) await messages.next();
    await delay(10);
    const waiting = near.receive();
    distance.end(new CircuitError('EHOSTDOWN', 'killed'));
    await messages.return();
    expect([String(await waiting), ...(await drained(near))]).to.deep.equal(NUMBERS.slice(3, 10));
  });

  it('hands nothing out that has gone back, since the way there was lost: nobody gets it twice', async () => {
    for (const message of NUMBERS.slice(0, 10)) await near.send(message);
    const messages = channel.messages();
    for (let count = 0; count < 3; count++) await messages.next();
    await delay(10); // less than what was asked for is kept
    distance.end(new CircuitError('EHOSTDOWN', 'its server has gone'));
    const next = messages.next().then(({ value }) => String(value), (error: unknown) => (error as CircuitError).code); // prettier-ignore
    expect([await next, ...(await drained(near))]).to.deep.equal(['EHOSTDOWN', ...NUMBERS.slice(3, 10)]);
  });

  it('hands nothing out to a client that comes late, because it did not run, and may have been given up', async () => {
    for (const message of NUMBERS.slice(0, 10)) await near.send(message);
    const messages = channel.messages();
    for (let count = 0; count < 3; count++) await messages.next();
    await delay(10);
    distance.forget(new CircuitError('EHOSTDOWN', 'it gave no sign of life'));
    for (const since_ms = performance.now(); performance.now() - since_ms < 60;); // nothing runs, not even a timer
    const next = messages.next().then(({ value }) => String(value), () => 'nothing'); // prettier-ignore
    expect(await drained(near)).to.deep.equal(NUMBERS.slice(3, 10));
    distance.end(new CircuitError('EHOSTDOWN', 'the client hears of it'));
    expect(await next).to.equal('nothing');
  });

  it('loses a message that was sent while the connection was down, if the sender has gone meanwhile', async () => {
    distance.cut();
    const patience = new AbortController();
    const sending = channel.send('gone', patience);
    await delay(10);
    patience.abort(new Error('enough'));
    expect(await sending.catch((error: unknown) => String(error))).to.equal('Error: enough');
    distance.connect();
    await channel.send('after');
    expect(String(await near.receive())).to.equal('after');
    expect(await near.peek()).to.include({ Buffered: 0 });
  });

  it('takes back a message whose sender was interrupted before it could be told that it was taken', async () => {
    const patience = new AbortController();
    const sending = channel.send('gone', patience);
    while ((await near.peek()).Buffered === 0) await new Promise(setImmediate);
    distance.cut();
    patience.abort(new Error('enough'));
    expect(await sending.catch((error: unknown) => String(error))).to.equal('Error: enough');
    expect((await near.peek()).Buffered).to.equal(1);
    distance.connect();
    while ((await near.peek()).Buffered === 1) await new Promise(setImmediate);
    expect(await near.peek()).to.include({ Buffered: 0, NumSend: 0 });
  });
});
