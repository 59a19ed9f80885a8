import { expect } from 'chai';
import { MESSAGE_FLOW_BYTES } from '../../../src/base/limits.js';
import { fixture, message, outcome, received } from './fixture.js';

describe('a message whose receiver acknowledges it', () => {
  it('counts as received when its first bytes are acknowledged, not before', async () => {
    const { channel, open } = fixture(1);
    await message(open, 'hi');
    const receiver = open.unacked('recv');
    expect(await outcome(receiver.read(10))).to.equal('hi');
    expect(channel.peek()).to.include({ NumRecv: 0, Buffered: 1 });
    receiver.ack(2);
    expect(channel.peek()).to.include({ NumRecv: 1, Buffered: 0 });
    receiver.close();
    expect(await outcome(() => open.reader('tryrecv').read(10))).to.equal('EAGAIN');
  });

  it('is told to one receiver alone if its sender has aborted it, though nothing came that could be acknowledged', async () => {
    const { channel, open } = fixture(1);
    const writer = open.writer('send');
    await writer.write(Buffer.from('half'), { more: true });
    writer.abort();
    const receiver = open.unacked('recv');
    expect(await outcome(() => receiver.read(10))).to.equal('EPIPE');
    receiver.close();
    expect(channel.peek()).to.include({ Buffered: 0 });
    expect(await outcome(() => open.reader('tryrecv').read(10))).to.equal('EAGAIN');
  });

  it('is the next message again, whole, if its receiver goes before', async () => {
    const { channel, open } = fixture(2);
    await message(open, 'first');
    await message(open, 'second');
    const receiver = open.unacked('recv');
    expect(await outcome(receiver.read(2))).to.equal('fi');
    receiver.close();
    receiver.ack(2); // too late
    expect(channel.peek()).to.include({ NumRecv: 0, Buffered: 2 });
    expect(await received(open.reader('recv'))).to.equal('first');
    expect(await received(open.reader('recv'))).to.equal('second');
  });

  it('goes to a receiver that waits meanwhile when it is requeued', async () => {
    const { open } = fixture(0);
    const lost = open.unacked('recv');
    const asked = outcome(lost.read(10));
    await message(open, 'hi');
    expect(await asked).to.equal('hi');
    const waiting = received(open.reader('recv'));
    lost.requeue();
    expect(await waiting).to.equal('hi');
  });

  it('can be requeued by a receiver that stays open, and received again by it', async () => {
    const { open } = fixture(1);
    await message(open, 'hi');
    const receiver = open.unacked('recv');
    expect(await outcome(receiver.read(10))).to.equal('hi');
    receiver.requeue();
    receiver.requeue();
    expect(await received(receiver)).to.equal('hi');
  });

  it('may be an empty one', async () => {
    const { channel, open } = fixture(1);
    open.writer('send', { truncate: true }).close();
    const receiver = open.unacked('recv');
    expect(await outcome(receiver.read(10))).to.equal('');
    receiver.requeue();
    expect(await outcome(receiver.read(10))).to.equal('');
    receiver.ack(0);
    receiver.close();
    expect(channel.peek()).to.include({ NumRecv: 1, Buffered: 0 });
  });

  it('keeps a closed channel from ending: waiting receivers get it if it is requeued, and ENODATA if it is acknowledged', async () => {
    for (const requeued of [true, false]) {
      const { channel, open } = fixture(1);
      await message(open, 'last');
      const receiver = open.unacked('recv');
      expect(await outcome(receiver.read(10))).to.equal('last');
      channel.perform('close', []);
      const waiting = [received(open.reader('recv')), received(open.reader('recv'))];
      if (requeued) receiver.requeue();
      else receiver.ack(4);
      expect(await Promise.all(waiting)).to.deep.equal(requeued ? ['last', 'ENODATA'] : ['ENODATA', 'ENODATA']);
    }
  });

  it('goes on as a stream once acknowledged, and can no longer go to others', async () => {
    const { open } = fixture(1);
    const sender = open.writer('send');
    await sender.write(Buffer.from('begun '));
    const receiver = open.unacked('recv');
    expect(await outcome(receiver.read(100))).to.equal('begun ');
    receiver.ack(6);
    await sender.write(Buffer.from('and ended'));
    sender.close();
    expect(await received(receiver)).to.equal('and ended');
    receiver.close();
    expect(await outcome(() => open.reader('tryrecv').read(10))).to.equal('EAGAIN');
  });

  it('makes room as it is read, and remembers no more than flows at one time', async () => {
    const { open } = fixture(1);
    const sender = open.writer('send');
    const sent = outcome(sender.write(Buffer.alloc(2 * MESSAGE_FLOW_BYTES, 1)));
    const receiver = open.unacked('recv');
    let size = (await receiver.read(MESSAGE_FLOW_BYTES)).length;
    receiver.ack(size);
    while (size < 2 * MESSAGE_FLOW_BYTES) size += (await receiver.read(MESSAGE_FLOW_BYTES)).length;
    expect(await sent).to.equal(String(2 * MESSAGE_FLOW_BYTES));
  });

  it('goes to the next receiver if the first one that waits turns out to need none', async () => {
    const { open } = fixture(2);
    await message(open, 'first');
    const done = open.reader('recv');
    expect(await received(done)).to.equal('first');
    const packet = new AbortController();
    const interrupted = outcome(done.read(10, { packet: true, signal: packet.signal }));
    const end = outcome(done.read(10));
    const next = received(open.reader('recv'));
    packet.abort(new Error('interrupted'));
    await message(open, 'second');
    expect([await interrupted, await end, await next]).to.deep.equal(['Error: interrupted', '', 'second']);
  });

  it('is gone with a channel that is scrubbed', async () => {
    const { channel, open } = fixture(1);
    await message(open, 'hi');
    const receiver = open.unacked('recv');
    await receiver.read(10);
    channel.scrub();
    receiver.close();
    expect(channel.peek().Buffered).to.equal(0);
    expect(await outcome(() => open.reader('recv').read(10))).to.equal('EIDRM');
  });

  it('is acknowledged, in packet mode, by reading the next one', async () => {
    const { channel, open } = fixture(2);
    const sender = open.writer('send');
    for (const text of ['a', 'b']) await sender.write(Buffer.from(text), { packet: true });
    const receiver = open.unacked('recv');
    expect(await outcome(receiver.read(10, { packet: true }))).to.equal('a');
    expect(await outcome(receiver.read(10, { packet: true }))).to.equal('b');
    expect(channel.peek().NumRecv).to.equal(1);
    receiver.close();
    expect(await received(open.reader('recv'))).to.equal('b');
  });

  it('and those taken ahead of it go back in their order, and are recalled when another receiver waits', async () => {
    const { channel, open } = fixture(10);
    for (const text of ['a', 'b', 'long', 'c', 'd', 'e', 'f', 'g']) await message(open, text);
    const receiver = open.unacked('recv');
    let recalls = 0;
    const ahead = (most: number, max: number): readonly string[] =>
      (receiver.ahead?.(most, max, () => recalls++) ?? []).map((bytes) => Buffer.from(bytes).toString());
    expect(ahead(1, 100), 'nothing was read').to.deep.equal([]);
    expect(await outcome(receiver.read(10, { packet: true }))).to.equal('a');
    expect(ahead(5, 3), 'not behind one that is too long').to.deep.equal(['b']);
    expect(ahead(5, 100), 'only once behind each packet').to.deep.equal([]);
    receiver.taken?.(1);
    receiver.requeue();
    expect(await outcome(receiver.read(10, { packet: true }))).to.equal('b');
    expect(ahead(10, 100), 'half of the six that are left').to.deep.equal(['long', 'c', 'd']);
    const other = open.reader('recv');
    for (const text of ['e', 'f', 'g']) expect(await outcome(other.read(10, { packet: true }))).to.equal(text);
    expect(recalls).to.equal(0);
    const next = outcome(other.read(10, { packet: true }));
    expect(recalls, 'another one waits').to.equal(1);
    receiver.taken?.(2);
    receiver.close();
    expect(await next).to.equal('c');
    expect(await outcome(open.reader('recv').read(10))).to.equal('d');
    expect(channel.peek()).to.include({ NumRecv: 8, Buffered: 0 });
  });
});
