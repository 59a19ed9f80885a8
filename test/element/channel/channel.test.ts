import { expect } from 'chai';
import { MESSAGE_AHEAD_BYTES, MESSAGE_FLOW_BYTES, PACKET_MAX_BYTES, PENDING_EMPTY_MAX } from '../../../src/base/limits.js';
import { codeOf, fixture, message, outcome, received } from './fixture.js';

const packet = { packet: true };
const nonblock = { nonblock: true };

describe('a channel', () => {
  it('refuses a capacity that is none, and says which are allowed', () => {
    for (const capacity of [-1, 1.5, Number.NaN, 1_000_001, Infinity]) {
      expect(() => fixture(capacity))
        .to.throw(/a whole number from 0 to 1000000/)
        .with.property('code', 'EINVAL');
    }
    expect(fixture(1_000_000).channel.peek().Cap).to.equal(1_000_000);
  });

  it('has the files send, trysend, recv and tryrecv, and the command close', () => {
    const { channel, open } = fixture(1);
    expect(codeOf(() => open.reader('send'))).to.equal('ENOENT');
    expect(codeOf(() => open.writer('recv'))).to.equal('ENOENT');
    expect(codeOf(() => channel.perform('open', []))).to.equal('EINVAL');
    expect(codeOf(() => channel.perform('close', ['now']))).to.equal('EINVAL');
  });

  describe('sending and receiving', () => {
    it('makes one message of all that is written between open and close', async () => {
      const { open } = fixture(1);
      const sender = open.writer('send');
      for (const part of ['one ', 'two ', 'three']) expect(await sender.write(Buffer.from(part))).to.equal(part.length);
      sender.close();
      expect(await received(open.reader('recv'))).to.equal('one two three');
    });

    it('gives each message to exactly one receiver, in the order in which they were accepted', async () => {
      const { channel, open } = fixture(3);
      for (const text of ['a', 'b', 'c']) await message(open, text);
      const receivers = [open.reader('recv'), open.reader('recv'), open.reader('recv')];
      expect(await Promise.all(receivers.map(received))).to.deep.equal(['a', 'b', 'c']);
      expect(channel.peek()).to.include({ NumSend: 3, NumRecv: 3, Buffered: 0 });
    });

    it('ends an open of recv after one message', async () => {
      const { open } = fixture(2);
      await message(open, 'a');
      await message(open, 'b');
      const receiver = open.reader('recv');
      expect([await received(receiver), await outcome(receiver.read(10)), await received(open.reader('recv'))]).to.deep.equal([
        'a',
        '',
        'b',
      ]);
    });

    it('lets a receiver wait for a message, and read it while it is being written', async () => {
      const { open } = fixture(0);
      const receiver = open.reader('recv');
      const first = outcome(receiver.read(100));
      const sender = open.writer('send');
      expect(await sender.write(Buffer.from('begun'))).to.equal(5);
      expect(await first).to.equal('begun');
      const end = outcome(receiver.read(100));
      sender.close();
      expect(await end).to.equal('');
    });

    it('blocks the first write until there is room, first come first served', async () => {
      const { channel, open } = fixture(1);
      await message(open, 'a');
      const [second, third] = [message(open, 'b', 7), message(open, 'c', 8)];
      expect(channel.peek()).to.deep.include({ Buffered: 1, WaitingSenders: 2, Senders: [{ Pid: 7 }, { Pid: 8 }] });
      const texts = [];
      for (let i = 0; i < 3; i++) texts.push(await received(open.reader('recv')));
      await Promise.all([second, third]);
      expect(texts).to.deep.equal(['a', 'b', 'c']);
    });

    it('lets sender and receiver meet when the capacity is 0', async () => {
      const { channel, open } = fixture(0);
      const sent = message(open, 'hello', 7);
      expect(channel.peek()).to.include({ NumSend: 0, WaitingSenders: 1 });
      expect(await received(open.reader('recv'))).to.equal('hello');
      await sent;
      const [waiting, also] = [received(open.reader('recv', 9)), received(open.reader('recv', 10))];
      expect(channel.peek()).to.deep.include({ WaitingReceivers: 2, Receivers: [{ Pid: 9 }, { Pid: 10 }] });
      await message(open, 'first');
      await message(open, 'second');
      expect(await Promise.all([waiting, also])).to.deep.equal(['first', 'second']);
    });

    it('tells of those that wait from elsewhere whose word their process ID is', async () => {
      const { channel } = fixture(0);
      const reader = channel.openReader('recv', { uid: 0, gid: 0, pid: 9, server: 'Xother' });
      const waits = Promise.resolve(reader.read(1)).catch(() => 'scrubbed');
      expect(channel.peek()).to.deep.include({ Receivers: [{ Pid: 9, Server: 'Xother' }] });
      channel.scrub();
      expect(await waits).to.equal('scrubbed');
    });

    it('sends an empty message for `: > send`, behind those who wait', async () => {
      const { channel, open } = fixture(0);
      const waits = message(open, 'a');
      open.writer('send', { truncate: true }).close();
      expect(channel.peek()).to.include({ PendingEmpty: 1, WaitingSenders: 1 });
      expect([await received(open.reader('recv')), await received(open.reader('recv'))]).to.deep.equal(['a', '']);
      await waits;
      expect(channel.peek()).to.include({ PendingEmpty: 0, NumSend: 2, NumRecv: 2 });
    });

    it('queues so many empty messages and then refuses the open', async () => {
      const { open } = fixture(1);
      for (let i = 0; i <= PENDING_EMPTY_MAX; i++) open.writer('send', { truncate: true }).close();
      expect(codeOf(() => open.writer('send', { truncate: true }))).to.equal('EAGAIN');
      open.writer('send', { truncate: false }).close();
      expect(await received(open.reader('recv'))).to.equal('');
      open.writer('send', { truncate: true }).close();
    });

    it('sends nothing for an open without truncate that writes nothing, nor for one whose write was interrupted', async () => {
      const { channel, open } = fixture(0);
      open.writer('send').close();
      const sender = open.writer('send', { truncate: true });
      const abort = new AbortController();
      const write = outcome(sender.write(Buffer.from('x'), { signal: abort.signal }));
      abort.abort('interrupted');
      expect(await write).to.equal('interrupted');
      sender.close();
      expect(channel.peek()).to.include({ NumSend: 0, WaitingSenders: 0, PendingEmpty: 0 });
    });
  });

  describe('a long message', () => {
    it('is taken a little ahead, then its writer waits for a receiver', async () => {
      const { open } = fixture(1);
      const bytes = Buffer.alloc(3 * MESSAGE_FLOW_BYTES).map((_, i) => i % 251);
      const sender = open.writer('send');
      expect(await sender.write(bytes, nonblock)).to.equal(MESSAGE_AHEAD_BYTES);
      expect(codeOf(() => sender.write(bytes, nonblock))).to.equal('EAGAIN');
      const rest = Promise.resolve(sender.write(bytes.subarray(MESSAGE_AHEAD_BYTES))).then((count) => {
        sender.close();
        return count;
      });
      const receiver = open.reader('recv');
      const parts: Uint8Array[] = [];
      for (let part = await receiver.read(100_000); part.length > 0; part = await receiver.read(100_000)) parts.push(Buffer.from(part));
      expect(await rest).to.equal(bytes.length - MESSAGE_AHEAD_BYTES);
      expect(Buffer.concat(parts).equals(bytes)).to.equal(true);
    });

    it('holds no more than its bound while somebody receives it', async () => {
      const { open } = fixture(0);
      const receiver = open.reader('recv');
      const first = receiver.read(1);
      const sender = open.writer('send');
      expect(await sender.write(Buffer.alloc(4 * MESSAGE_FLOW_BYTES), nonblock)).to.equal(1 + MESSAGE_FLOW_BYTES);
      expect((await first).length).to.equal(1);
    });

    it('fails its sender with EPIPE when the receiver goes before the end', async () => {
      const { open } = fixture(1);
      const sender = open.writer('send');
      const write = outcome(sender.write(Buffer.alloc(2 * MESSAGE_FLOW_BYTES)));
      const receiver = open.reader('recv');
      await receiver.read(10);
      receiver.close();
      expect([await write, await outcome(() => sender.write(Buffer.from('x')))]).to.deep.equal(['EPIPE', 'EPIPE']);
    });

    it('ends with an error at the receiver when its sender gives up', async () => {
      const { open } = fixture(1);
      const sender = open.writer('send');
      await sender.write(Buffer.from('part'));
      sender.abort();
      const receiver = open.reader('recv');
      expect([await outcome(receiver.read(10)), await outcome(() => receiver.read(10))]).to.deep.equal(['part', 'EPIPE']);
    });

    it('tells how much of an interrupted write was taken', async () => {
      const { open } = fixture(1);
      const sender = open.writer('send');
      const abort = new AbortController();
      const write = sender.write(Buffer.alloc(100_000), { signal: abort.signal });
      abort.abort('interrupted');
      expect(await write).to.equal(MESSAGE_AHEAD_BYTES);
      sender.close();
      expect((await received(open.reader('recv'))).length).to.equal(MESSAGE_AHEAD_BYTES);
    });

    it('keeps its own copy of what waits', async () => {
      const { open } = fixture(0);
      const bytes = Buffer.from('mine');
      const write = open.writer('send').write(bytes);
      bytes.fill('x');
      expect(await outcome(open.reader('recv').read(10))).to.equal('mine');
      await write;
    });
  });

  describe('interrupted', () => {
    it('loses no message to a receiver that has left', async () => {
      const { channel, open } = fixture(0);
      const abort = new AbortController();
      const left = outcome(open.reader('recv').read(10, { signal: abort.signal }));
      const closed = open.reader('recv');
      const closedRead = outcome(closed.read(10));
      const stays = received(open.reader('recv'));
      abort.abort('interrupted');
      closed.close();
      await message(open, 'precious');
      expect([await left, await closedRead, await stays]).to.deep.equal(['interrupted', 'EBADF', 'precious']);
      expect(channel.peek()).to.include({ NumRecv: 1, WaitingReceivers: 0 });
    });

    it('sends nothing for a sender that has left', async () => {
      const { channel, open } = fixture(0);
      const abort = new AbortController();
      const left = outcome(open.writer('send').write(Buffer.from('a'), { signal: abort.signal }));
      const stays = message(open, 'b');
      abort.abort('interrupted');
      expect([await left, await received(open.reader('recv'))]).to.deep.equal(['interrupted', 'b']);
      await stays;
      expect(channel.peek()).to.include({ NumSend: 1, WaitingSenders: 0 });
    });

    it('does not begin to wait when it is interrupted already', async () => {
      const { channel, open } = fixture(0);
      const signal = AbortSignal.abort('interrupted');
      await Promise.resolve();
      expect(codeOf(() => open.reader('recv').read(10, { signal }))).to.equal('interrupted');
      expect(codeOf(() => open.writer('send').write(Buffer.from('x'), { signal }))).to.equal('interrupted');
      expect(channel.peek()).to.include({ WaitingSenders: 0, WaitingReceivers: 0 });
    });

    it('lets 5,000 receivers go as easily as they came', async () => {
      const { channel, open } = fixture(0);
      const aborts = Array.from({ length: 5000 }, () => new AbortController());
      const reads = aborts.map(({ signal }) => outcome(open.reader('recv').read(10, { signal })));
      expect(channel.peek()).to.include({ WaitingReceivers: 5000 }).and.property('Receivers').with.length(100);
      for (const abort of aborts.reverse()) abort.abort('interrupted');
      expect(new Set(await Promise.all(reads))).to.deep.equal(new Set(['interrupted']));
      expect(channel.peek().WaitingReceivers).to.equal(0);
    });
  });

  it('hands out what is behind a message that is taken back before it could be received', async () => {
    const { open } = fixture(2);
    const first = open.writer('send');
    await first.write(Buffer.from('first'), { more: true });
    await message(open, 'second');
    const waiting = received(open.reader('recv'));
    expect(first.withdraw?.()).to.equal(true);
    expect(await waiting).to.equal('second');
  });

  describe('closed', () => {
    it('lets what is buffered be received, and then says that there is no more', async () => {
      const { channel, events, open } = fixture(2);
      await message(open, 'a');
      open.writer('send', { truncate: true }).close();
      const begun = open.writer('send');
      channel.perform('close', []);
      expect(events.changes).to.equal(1);
      expect(await outcome(() => begun.write(Buffer.from('late')))).to.equal('EPIPE');
      expect([await received(open.reader('recv')), await received(open.reader('recv'))]).to.deep.equal(['a', '']);
      expect([await received(open.reader('recv')), await received(open.reader('tryrecv'))]).to.deep.equal(['ENODATA', 'ENODATA']);
      expect(channel.peek()).to.include({ Closed: true, Aborted: false });
    });

    it('fails those who wait to send or to receive, but loses no empty message', async () => {
      const { channel, open } = fixture(0);
      const waits = message(open, 'a');
      open.writer('send', { truncate: true }).close();
      channel.perform('close', []);
      expect(await outcome(waits)).to.equal('EPIPE');
      expect([await received(open.reader('recv')), await received(open.reader('recv'))]).to.deep.equal(['', 'ENODATA']);
      const other = fixture(0);
      const receiver = received(other.open.reader('recv'));
      other.channel.perform('close', []);
      expect(await receiver).to.equal('ENODATA');
    });

    it('finishes a message that was accepted before', async () => {
      const { channel, open } = fixture(1);
      const sender = open.writer('send');
      await sender.write(Buffer.from('be'));
      channel.perform('close', []);
      await sender.write(Buffer.from('gun'));
      sender.close();
      expect(await received(open.reader('recv'))).to.equal('begun');
    });

    it('refuses a second close, an open to send all, and sends', () => {
      const { channel, open } = fixture(1);
      channel.perform('close', []);
      expect(codeOf(() => channel.perform('close', []))).to.equal('EPIPE');
      expect(codeOf(() => open.writer('send', { truncate: true }))).to.equal('EPIPE');
      expect(codeOf(() => open.writer('send').write(Buffer.from('x')))).to.equal('EPIPE');
    });
  });

  it('fails everybody with EIDRM when it is scrubbed', async () => {
    const { channel, open } = fixture(1);
    const receiving = open.reader('recv');
    const sending = open.writer('send');
    await sending.write(Buffer.from('x'));
    await receiving.read(10);
    const calls = [receiving.read(10), open.reader('recv').read(10)];
    const full = fixture(1);
    calls.push(
      full.open.writer('send').write(Buffer.alloc(2 * MESSAGE_AHEAD_BYTES)) as never,
      full.open.writer('send').write(Buffer.from('x')) as never,
    );
    channel.scrub();
    channel.scrub();
    full.channel.scrub();
    for (const call of calls) expect(await outcome(call)).to.equal('EIDRM');
    expect(codeOf(() => open.reader('recv').read(1))).to.equal('EIDRM');
    expect(codeOf(() => sending.write(Buffer.from('x')))).to.equal('EIDRM');
    expect(codeOf(() => channel.perform('close', []))).to.equal('EIDRM');
    expect(channel.peek()).to.include({ Aborted: true, WaitingReceivers: 0, WaitingSenders: 0 });
  });

  describe('the try files', () => {
    it('answer EAGAIN where the others would wait', async () => {
      const { open } = fixture(1);
      expect(codeOf(() => open.reader('tryrecv').read(10))).to.equal('EAGAIN');
      await message(open, 'a');
      expect(codeOf(() => open.writer('trysend').write(Buffer.from('b')))).to.equal('EAGAIN');
      expect(codeOf(() => open.writer('trysend', { truncate: true }))).to.equal('EAGAIN');
      expect(await received(open.reader('tryrecv'))).to.equal('a');
    });

    it('go on like the others once a message has begun', async () => {
      const { open } = fixture(1);
      const sender = open.writer('trysend', { truncate: true });
      const write = sender.write(Buffer.alloc(MESSAGE_AHEAD_BYTES + 1));
      const receiver = open.reader('tryrecv');
      expect((await receiver.read(MESSAGE_AHEAD_BYTES)).length).to.equal(MESSAGE_AHEAD_BYTES);
      expect(await write).to.equal(MESSAGE_AHEAD_BYTES + 1);
      await receiver.read(10);
      const end = receiver.read(10);
      sender.close();
      expect((await end).length).to.equal(0);
    });

    it('have twins that answer EAGAIN to O_NONBLOCK', () => {
      const { open } = fixture(0);
      expect(codeOf(() => open.reader('recv').read(10, nonblock))).to.equal('EAGAIN');
      expect(codeOf(() => open.writer('send').write(Buffer.from('x'), nonblock))).to.equal('EAGAIN');
    });
  });

  describe('in packet mode', () => {
    it('makes each write a message, and each read one', async () => {
      const { channel, open } = fixture(3);
      const sender = open.writer('send');
      for (const text of ['a', 'bb', 'ccc']) expect(await sender.write(Buffer.from(text), packet)).to.equal(text.length);
      sender.close();
      const receiver = open.reader('recv');
      const texts = [];
      for (let i = 0; i < 3; i++) texts.push(await outcome(receiver.read(100, packet)));
      expect(texts).to.deep.equal(['a', 'bb', 'ccc']);
      expect(channel.peek()).to.include({ NumSend: 3, NumRecv: 3 });
    });

    it('goes on with a message that was longer than the read', async () => {
      const { open } = fixture(2);
      const sender = open.writer('send');
      await sender.write(Buffer.from('hello'), packet);
      await sender.write(Buffer.from('x'), packet);
      const receiver = open.reader('recv');
      expect([
        await outcome(receiver.read(3, packet)),
        await outcome(receiver.read(3, packet)),
        await outcome(receiver.read(3, packet)),
      ]).to.deep.equal(['hel', 'lo', 'x']);
    });

    it('reads an empty message as no bytes, and goes on', async () => {
      const { open } = fixture(2);
      open.writer('send', { truncate: true }).close();
      await message(open, 'next');
      const receiver = open.reader('recv');
      expect([await outcome(receiver.read(10, packet)), await outcome(receiver.read(10, packet))]).to.deep.equal(['', 'next']);
    });

    it('does not take the late end of a message for an empty one', async () => {
      const { open } = fixture(1);
      const sender = open.writer('send');
      await sender.write(Buffer.from('a'));
      const receiver = open.reader('recv');
      expect(await outcome(receiver.read(10, packet))).to.equal('a');
      const next = outcome(receiver.read(10, packet));
      sender.close();
      await message(open, 'b');
      expect(await next).to.equal('b');
    });

    it('is not ready because a message that was read has ended', async () => {
      const { open } = fixture(1);
      const sender = open.writer('send');
      await sender.write(Buffer.from('a'));
      const receiver = open.reader('recv');
      expect(await outcome(receiver.read(10, packet))).to.equal('a');
      sender.close();
      expect(receiver.ready()).to.equal(false);
      const ready = receiver.whenReady();
      await message(open, 'b');
      await ready;
      expect(await outcome(receiver.read(10, packet))).to.equal('b');
    });

    it('waits for room like other messages, whole or not at all', async () => {
      const { open } = fixture(0);
      const sender = open.writer('send');
      const writes = ['a', 'b'].map((text) => outcome(sender.write(Buffer.from(text), packet)));
      const receiver = open.reader('recv');
      expect([await outcome(receiver.read(10, packet)), await outcome(receiver.read(10, packet))]).to.deep.equal(['a', 'b']);
      expect(await Promise.all(writes)).to.deep.equal(['1', '1']);
      const long = Buffer.alloc(PACKET_MAX_BYTES, 'x');
      const both = [outcome(sender.write(long, packet)), outcome(receiver.read(PACKET_MAX_BYTES, packet))];
      expect(await Promise.all(both)).to.deep.equal([String(PACKET_MAX_BYTES), long.toString()]);
    });

    it('takes the last packet back, and no other one, unless it has been received', async () => {
      const { open } = fixture(3);
      const writer = open.writer('send');
      for (const text of ['one', 'two']) await writer.write(Buffer.from(text), { packet: true });
      expect(writer.withdraw?.()).to.equal(true);
      const [first, second] = [open.reader('recv'), open.reader('tryrecv')];
      expect([await received(first), await received(second)]).to.deep.equal(['one', 'EAGAIN']);
      const late = open.writer('send');
      await late.write(Buffer.from('three'), { packet: true });
      expect(await received(open.reader('recv'))).to.equal('three');
      expect(late.withdraw?.()).to.equal(false);
    });

    it('refuses a packet that is too long, and sends nothing of it', () => {
      const { channel, open } = fixture(1);
      expect(codeOf(() => open.writer('send').write(Buffer.alloc(PACKET_MAX_BYTES + 1), packet))).to.equal('EMSGSIZE');
      expect(channel.peek().NumSend).to.equal(0);
    });
  });

  describe('polled', () => {
    it('is ready to receive when a message is there, or none will come', async () => {
      const { channel, open } = fixture(1);
      const receiver = open.reader('recv');
      expect(receiver.ready()).to.equal(false);
      const ready = receiver.whenReady();
      await message(open, 'a');
      await ready;
      await received(receiver);
      const other = open.reader('recv');
      expect([receiver.ready(), other.ready()]).to.deep.equal([true, false]);
      const end = other.whenReady();
      channel.perform('close', []);
      await end;
    });

    it('is ready to receive when a sender waits, and to send when a receiver waits', async () => {
      const { open } = fixture(0);
      const [sender, receiver] = [open.writer('send'), open.reader('recv')];
      expect([sender.ready(), receiver.ready()]).to.deep.equal([false, false]);
      const readable = receiver.whenReady();
      const sent = message(open, 'a');
      await readable;
      await received(open.reader('recv'));
      await sent;
      const writable = sender.whenReady();
      const read = received(receiver);
      await writable;
      await sender.write(Buffer.from('b'));
      sender.close();
      expect(await read).to.equal('b');
    });

    it('is ready to send when there is room, and in the middle of a message as far as that may go', async () => {
      const { channel, open } = fixture(1);
      const sender = open.writer('send');
      expect(sender.ready()).to.equal(true);
      await sender.write(Buffer.alloc(MESSAGE_AHEAD_BYTES));
      expect([sender.ready(), open.writer('send').ready()]).to.deep.equal([false, false]);
      const [goesOn, room] = [sender.whenReady(), open.writer('send').whenReady()];
      await open.reader('recv').read(10);
      await Promise.all([goesOn, room]);
      const abort = new AbortController();
      const full = fixture(0);
      const left = full.open.writer('send').whenReady({ signal: abort.signal });
      const scrubbed = full.open.writer('send').whenReady();
      abort.abort('interrupted');
      full.channel.scrub();
      expect(await outcome(left)).to.equal('interrupted');
      await scrubbed;
      channel.scrub();
    });
  });
});
