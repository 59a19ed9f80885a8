import { expect } from 'chai';
import type { ByteWriter } from '../../../src/base/bytes.js';
import { codeOf, fixture, message, outcome, received } from './fixture.js';

const NOTHING = new Uint8Array(0);
const reserve = (writer: ByteWriter): unknown => writer.write(NOTHING, { reserve: true });

describe('room that is kept in a channel', () => {
  it('is there once, and then for the message of who asked for it, before those who wait', async () => {
    const { channel, open } = fixture(1);
    const [first, second] = [open.writer('send', { truncate: true }), open.writer('send', { truncate: true })];
    expect([reserve(first), reserve(first), reserve(second)]).to.deep.equal([1, 1, 0]);
    const waits = message(open, 'later');
    expect(channel.peek()).to.include({ NumSend: 0, WaitingSenders: 1 });
    await first.write(Buffer.from('kept'));
    first.close();
    expect([await received(open.reader('recv')), await received(open.reader('recv'))]).to.deep.equal(['kept', 'later']);
    await waits;
  });

  it('is given back when nothing is said, and goes to who waits', async () => {
    for (const end of ['abort', 'close'] as const) {
      const { channel, open } = fixture(1);
      const writer = open.writer('send', { truncate: end === 'abort' });
      reserve(writer);
      const waits = message(open, 'b');
      writer[end]();
      await waits;
      expect(channel.peek()).to.include({ NumSend: 1, Buffered: 1 });
    }
  });

  it('is for an empty message where the close says that this is all', async () => {
    const { channel, open } = fixture(1);
    const writer = open.writer('send', { truncate: true });
    reserve(writer);
    writer.close();
    expect(channel.peek()).to.include({ NumSend: 1, PendingEmpty: 0 });
    expect(await received(open.reader('recv'))).to.equal('');
  });

  it('is there at a capacity of 0 when somebody waits to receive, or polls', async () => {
    const { open } = fixture(0);
    const writer = open.writer('send');
    expect(reserve(writer)).to.equal(0);
    const ready = writer.whenReady();
    const reader = open.reader('recv');
    const readable = reader.whenReady();
    await ready;
    expect(reserve(writer)).to.equal(1);
    expect(reserve(open.writer('send'))).to.equal(0);
    await writer.write(Buffer.from('met'));
    await readable;
    expect(await outcome(reader.read(10))).to.equal('met');

    const other = fixture(0);
    const waiting = received(other.open.reader('recv'));
    const sender = other.open.writer('send', { truncate: true });
    expect(reserve(sender)).to.equal(1);
    await sender.write(Buffer.from('hi'));
    sender.close();
    expect(await waiting).to.equal('hi');
  });

  it('can be waited for', async () => {
    const { open } = fixture(1);
    await message(open, 'full');
    const writer = open.writer('send');
    expect(reserve(writer)).to.equal(0);
    const ready = writer.whenReady();
    expect(await received(open.reader('recv'))).to.equal('full');
    await ready;
    expect(reserve(writer)).to.equal(1);
  });

  it('is void when the channel is closed or scrubbed', async () => {
    const { channel, open } = fixture(1);
    const writer = open.writer('send');
    reserve(writer);
    channel.perform('close', []);
    expect(await received(open.reader('recv'))).to.equal('ENODATA');
    expect([codeOf(() => writer.write(Buffer.from('x'))), codeOf(() => reserve(open.writer('send')))]).to.deep.equal(['EPIPE', 'EPIPE']);
    writer.close();
    const other = fixture(1);
    const sender = other.open.writer('send');
    reserve(sender);
    other.channel.scrub();
    expect(codeOf(() => sender.write(Buffer.from('x')))).to.equal('EIDRM');
    sender.abort();
  });
});
