import { expect } from 'chai';
import { PlaceKept } from '../../../src/base/bytes.js';
import { CircuitError } from '../../../src/base/error.js';
import { fixture, message, received } from './fixture.js';

const SHED = new PlaceKept('the bytes go back');
const outcome = (call: unknown): Promise<unknown> => Promise.resolve(call).catch((error: unknown) => (error instanceof CircuitError ? error.code : error)); // prettier-ignore

describe('a sender whose bytes went back to it', () => {
  const full = async () => {
    const { open, channel } = fixture(1);
    await message(open, 'first');
    const sender = open.writer('send', { truncate: true }, 7);
    const shed = new AbortController();
    const write = outcome(sender.write(Buffer.from('mine'), { signal: shed.signal }));
    const later = message(open, 'later', 8);
    shed.abort(SHED);
    expect(await write).to.equal(SHED);
    const pids = () => channel.peek().Senders.map(({ Pid }) => Pid);
    return { open, channel, sender, later, pids };
  };

  it('keeps its place in the line', async () => {
    const { open, sender, later, pids } = await full();
    expect(pids()).to.deep.equal([7, 8]);
    const room = sender.whenRoom?.();
    expect(await received(open.reader('recv'))).to.equal('first');
    await room;
    expect(pids(), 'the room is its own').to.deep.equal([8]);
    expect(await sender.write(Buffer.from('mine'))).to.equal(4);
    sender.close();
    expect(await received(open.reader('recv'))).to.equal('mine');
    await later;
  });

  it('has its room kept also if that came free before it asked, and goes on in its place if it writes without asking', async () => {
    const { open, sender, later, pids } = await full();
    expect(await received(open.reader('recv'))).to.equal('first');
    expect(pids()).to.deep.equal([8]);
    await sender.whenRoom?.();
    const early = await full();
    const write = early.sender.write(Buffer.from('mine'));
    expect(early.pids()).to.deep.equal([7, 8]);
    expect(await received(early.open.reader('recv'))).to.equal('first');
    expect(await write).to.equal(4);
    sender.leaveRoom?.();
    await later;
  });

  for (const leave of ['leaveRoom', 'close', 'abort'] as const) {
    it(`leaves its place with ${leave}`, async () => {
      const { open, sender, later, pids } = await full();
      sender[leave]?.();
      expect(pids()).to.deep.equal([8]);
      expect(await received(open.reader('recv'))).to.equal('first');
      await later;
    });
  }

  it('leaves its place when it waits no longer for its room', async () => {
    const { sender, pids } = await full();
    const interrupt = new AbortController();
    const room = outcome(sender.whenRoom?.({ signal: interrupt.signal }));
    interrupt.abort('interrupted');
    expect(await room).to.equal('interrupted');
    expect(pids()).to.deep.equal([8]);
  });

  for (const end of ['close', 'scrub'] as const) {
    it(`hears that the channel has ended by ${end}`, async () => {
      for (const waits of [true, false]) {
        const { channel, sender, later } = await full();
        const room = waits ? outcome(sender.whenRoom?.()) : undefined;
        later.catch(() => undefined);
        if (end === 'close') channel.perform('close', []);
        else channel.scrub();
        expect(await room).to.equal(undefined);
        expect(await outcome(Promise.resolve().then(() => sender.write(Buffer.from('mine'))))).to.equal(
          end === 'close' ? 'EPIPE' : 'EIDRM',
        );
        expect(channel.peek().WaitingSenders).to.equal(0);
      }
    });
  }
});
