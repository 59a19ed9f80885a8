import { pipeline } from 'node:stream/promises';
import { expect } from 'chai';
import { atEachDistance, code } from './api.js';

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
