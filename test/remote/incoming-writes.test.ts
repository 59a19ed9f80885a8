import { expect } from 'chai';
import { type ByteWriter, type TransferOptions, TRUNCATE } from '../../src/base/bytes.js';
import { type Deferred, deferred } from '../../src/base/deferred.js';
import { Sender } from '../../src/element/channel/sender.js';
import { TRANSFER } from '../../src/remote/calls.js';
import { IncomingWrites } from '../../src/remote/incoming-writes.js';
import { Message } from '../../src/stream/message.js';
import { MessageQueue } from '../../src/stream/message-queue.js';
import { VirtualClock } from '../lib/virtual-clock.js';
import type { IncomingCall } from '../../src/wire/session/session-handler.js';

/** A file that takes nothing for as long as it is full, and whose waits end with their signal. */
class Full implements ByteWriter {
  full = true;
  taken = '';

  write(bytes: Uint8Array, options?: TransferOptions): number | Promise<number> {
    if (this.full)
      return new Promise((_, reject: (reason: Error) => void) =>
        options?.signal?.addEventListener('abort', () => reject(options.signal?.reason as Error)),
      );
    this.taken += Buffer.from(bytes).toString();
    return bytes.length;
  }

  ready(): boolean {
    return !this.full;
  }

  whenReady(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    // nothing is held
  }

  abort(): void {
    // nothing is held
  }
}

const call = (crowded: boolean): IncomingCall => ({ signal: new AbortController().signal, crowded, onAnswered: (act) => act() });
const alive = (): Promise<void> => Promise.resolve();
const large = Buffer.alloc(2000, 'a');

describe('the writes of a peer', () => {
  it('take nothing behind one that goes back, also before that is answered', async () => {
    const file = new Full();
    const writes = new IncomingWrites(file, alive);
    const first = writes.write(0, large, call(true)); // shed at once
    file.full = false; // somebody has made room in the same turn
    expect(await writes.write(0, Buffer.from('b'), call(true))).to.equal(0);
    expect(await first).to.equal(0);
    expect(await writes.write(0, Buffer.from('c'), call(true))).to.equal(0);
    expect(await writes.write(TRANSFER.RESUME, large, call(true))).to.equal(large.length);
    expect(await writes.write(0, Buffer.from('d'), call(true))).to.equal(1);
    expect(file.taken.replaceAll('a', '')).to.equal('d');
    writes.close();
  });

  describe('that neither go on nor end', () => {
    const by = { uid: 0, gid: 0, pid: 1 };
    /** A message of which five bytes have come, and the answers that the peer owes. */
    function begun(): {
      readonly clock: VirtualClock;
      readonly writes: IncomingWrites;
      readonly asked: Deferred<void>[];
      readonly received: () => string;
    } {
      const messages = new MessageQueue(1, 'the channel');
      const clock = new VirtualClock();
      const asked: Deferred<void>[] = [];
      const isAlive = (): Promise<void> => {
        const answer = deferred();
        asked.push(answer);
        return answer.promise;
      };
      const writes = new IncomingWrites(new Sender(messages, TRUNCATE, by, false), isAlive, clock);
      expect(writes.write(0, Buffer.from('begun'), call(false))).to.equal(5);
      const received = (): string => Buffer.from(messages.receive({ unacked: false })?.read(100) ?? []).toString();
      return { clock, writes, asked, received };
    }

    it('are withheld, however long that takes, until the peer has answered', async () => {
      const { clock, asked, received } = begun();
      await clock.advance(99);
      expect(asked).to.have.lengthOf(0);
      await clock.advance(60_000);
      expect([asked.length, received()]).to.deep.equal([1, '']);
      asked[0]?.resolve();
      await clock.advance(0);
      expect(received()).to.equal('begun');
    });

    it('stay so when the peer has gone, or its answer is to an earlier question', async () => {
      const { clock, writes, asked, received } = begun();
      await clock.advance(100);
      writes.pause();
      asked[0]?.resolve();
      await clock.advance(0);
      expect(received()).to.equal('');
      writes.resume();
      await clock.advance(100);
      asked[1]?.reject(new Error('it has gone'));
      await clock.advance(60_000);
      expect([asked.length, received()]).to.deep.equal([2, '']);
      writes.abort();
    });
  });

  for (const [why, happens] of [
    ['writes nothing for a while', (_writes, clock) => clock.advance(1_000)],
    ['has lost its connection', (writes) => writes.pause()],
  ] as readonly (readonly [string, (writes: IncomingWrites, clock: VirtualClock) => void | Promise<void>])[]) {
    it(`give their room back to others if the peer has waited for it and ${why}`, async () => {
      const messages = new MessageQueue(1, 'the channel');
      const by = { uid: 0, gid: 0, pid: 1 };
      const clock = new VirtualClock();
      const writes = new IncomingWrites(new Sender(messages, TRUNCATE, by, false), alive, clock);
      await writes.room({});
      const other = new Sender(messages, TRUNCATE, by, false);
      const waiting = other.write(Buffer.from('b'));
      expect(messages.senders.length).to.equal(1);
      await happens(writes, clock);
      expect([await waiting, messages.senders.length]).to.deep.equal([1, 0]);
      const late = new AbortController();
      const write = Promise.resolve(writes.write(TRANSFER.RESUME, Buffer.from('a'), { ...call(false), signal: late.signal }));
      expect(messages.senders.length, 'it waits in line like any other').to.equal(1);
      late.abort();
      await write.catch(() => undefined);
    });
  }

  for (const [why, happens] of [
    ['writes nothing for a while', (_writes, clock) => clock.advance(1_000)],
    ['has lost its connection', (writes) => writes.pause()],
  ] as readonly (readonly [string, (writes: IncomingWrites, clock: VirtualClock) => void | Promise<void>])[]) {
    it(`that go back keep their place in the line of a channel, but not if the peer ${why}`, async () => {
      for (const stays of [true, false]) {
        const messages = new MessageQueue(1, 'the channel');
        messages.accept(Message.whole(large));
        const by = { uid: 0, gid: 0, pid: 1 };
        const clock = new VirtualClock();
        const writes = new IncomingWrites(new Sender(messages, TRUNCATE, by, false), alive, clock);
        const first = writes.write(0, large, call(false));
        const behind = writes.write(0, large, call(false));
        const other = new Sender(messages, TRUNCATE, by, false);
        const waiting = Promise.resolve(other.write(Buffer.from('b')));
        await clock.advance(100);
        expect([await first, await behind]).to.deep.equal([0, 0]);
        expect(messages.senders.length).to.equal(2);
        if (!stays) await happens(writes, clock);
        const room = stays ? writes.room({}) : undefined;
        expect(messages.senders.first === other).to.equal(!stays);
        await clock.advance(10_000);
        messages.receive({ unacked: false });
        await (room ?? waiting);
        expect(messages.counts.sent).to.equal(stays ? 1 : 2);
        if (stays) expect(await writes.write(TRANSFER.RESUME, large, call(false))).to.equal(large.length);
        expect([messages.counts.sent, messages.senders.length]).to.deep.equal([2, stays ? 1 : 0]);
        writes.close();
      }
    });
  }
});
