import { expect } from 'chai';
import { MESSAGE_FLOW_BYTES } from '../../../src/base/limits.js';
import { fixture, message, outcome, received } from './fixture.js';

describe('a message that is lent to a distant receiver', () => {
  it('counts as received when its first bytes have arrived, not before', async () => {
    const { channel, open } = fixture(1);
    await message(open, 'hi');
    const receiver = open.lent('recv');
    expect(await outcome(receiver.read(10))).to.equal('hi');
    expect(channel.peek()).to.include({ NumRecv: 0, Buffered: 1 });
    receiver.taken(2);
    expect(channel.peek()).to.include({ NumRecv: 1, Buffered: 0 });
    receiver.close();
    expect(await outcome(() => open.reader('tryrecv').read(10))).to.equal('EAGAIN');
  });

  it('is the next message again, whole, if its receiver goes before', async () => {
    const { channel, open } = fixture(2);
    await message(open, 'first');
    await message(open, 'second');
    const receiver = open.lent('recv');
    expect(await outcome(receiver.read(2))).to.equal('fi');
    receiver.close();
    receiver.taken(2); // too late
    expect(channel.peek()).to.include({ NumRecv: 0, Buffered: 2 });
    expect(await received(open.reader('recv'))).to.equal('first');
    expect(await received(open.reader('recv'))).to.equal('second');
  });

  it('goes to one who waits meanwhile when it comes back', async () => {
    const { open } = fixture(0);
    const lost = open.lent('recv');
    const asked = outcome(lost.read(10));
    await message(open, 'hi');
    expect(await asked).to.equal('hi');
    const waiting = received(open.reader('recv'));
    lost.putBack();
    expect(await waiting).to.equal('hi');
  });

  it('can be put back by a receiver that stays open, and received again by it', async () => {
    const { open } = fixture(1);
    await message(open, 'hi');
    const receiver = open.lent('recv');
    expect(await outcome(receiver.read(10))).to.equal('hi');
    receiver.putBack();
    receiver.putBack();
    expect(await received(receiver)).to.equal('hi');
  });

  it('may be an empty one', async () => {
    const { channel, open } = fixture(1);
    open.writer('send', { truncate: true }).close();
    const receiver = open.lent('recv');
    expect(await outcome(receiver.read(10))).to.equal('');
    receiver.putBack();
    expect(await outcome(receiver.read(10))).to.equal('');
    receiver.taken(0);
    receiver.close();
    expect(channel.peek()).to.include({ NumRecv: 1, Buffered: 0 });
  });

  it('keeps the end of a closed channel open: those who wait get it if it comes back, and ENODATA if it has arrived', async () => {
    for (const comesBack of [true, false]) {
      const { channel, open } = fixture(1);
      await message(open, 'last');
      const receiver = open.lent('recv');
      expect(await outcome(receiver.read(10))).to.equal('last');
      channel.perform('close', []);
      const waiting = [received(open.reader('recv')), received(open.reader('recv'))];
      if (comesBack) receiver.putBack();
      else receiver.taken(4);
      expect(await Promise.all(waiting)).to.deep.equal(comesBack ? ['last', 'ENODATA'] : ['ENODATA', 'ENODATA']);
    }
  });

  it("goes on as a stream once it has arrived, and is nobody else's any more", async () => {
    const { open } = fixture(1);
    const sender = open.writer('send');
    await sender.write(Buffer.from('begun '));
    const receiver = open.lent('recv');
    expect(await outcome(receiver.read(100))).to.equal('begun ');
    receiver.taken(6);
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
    const receiver = open.lent('recv');
    let size = (await receiver.read(MESSAGE_FLOW_BYTES)).length;
    receiver.taken(size);
    while (size < 2 * MESSAGE_FLOW_BYTES) size += (await receiver.read(MESSAGE_FLOW_BYTES)).length;
    expect(await sent).to.equal(String(2 * MESSAGE_FLOW_BYTES));
  });

  it('is gone with a channel that is scrubbed', async () => {
    const { channel, open } = fixture(1);
    await message(open, 'hi');
    const receiver = open.lent('recv');
    await receiver.read(10);
    channel.scrub();
    receiver.close();
    expect(channel.peek().Buffered).to.equal(0);
    expect(await outcome(() => open.reader('recv').read(10))).to.equal('EIDRM');
  });

  it('is, in packet mode, taken by asking for the next one', async () => {
    const { channel, open } = fixture(2);
    const sender = open.writer('send');
    for (const text of ['a', 'b']) await sender.write(Buffer.from(text), { packet: true });
    const receiver = open.lent('recv');
    expect(await outcome(receiver.read(10, { packet: true }))).to.equal('a');
    expect(await outcome(receiver.read(10, { packet: true }))).to.equal('b');
    expect(channel.peek().NumRecv).to.equal(1);
    receiver.close();
    expect(await received(open.reader('recv'))).to.equal('b');
  });
});
