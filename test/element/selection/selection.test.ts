import { expect } from 'chai';
import fc from 'fast-check';
import type { Channel } from '../../../src/element/channel/channel.js';
import type { Selection } from '../../../src/element/selection/selection.js';
import type { ControlFile } from '../../../src/base/name.js';
import { MESSAGE_FLOW_BYTES } from '../../../src/base/limits.js';
import { codeOf, outcome, received } from '../channel/fixture.js';
import { credentials, Elements, ID, settled } from './fixture.js';

const ALL = { truncate: true, append: false };
const MORE = { truncate: false, append: false };

async function cat(element: Selection | Channel, file: ControlFile): Promise<string> {
  const reader = element.openReader(file, credentials);
  const text = await received(reader);
  reader.close();
  return text;
}

async function echo(element: Selection | Channel, file: ControlFile, text: string, mode = ALL): Promise<string> {
  const writer = element.openWriter(file, mode, credentials);
  const count = await outcome(() => writer.write(Buffer.from(text)));
  writer.close();
  return count;
}

const winner = (clause: number, file: string, commit: string): string => `${JSON.stringify({ clause, file: `/${ID}/${file}`, commit })}\n`;

describe('a selection', () => {
  let elements: Elements;
  let a: Channel;
  let b: Channel;
  beforeEach(() => {
    elements = new Elements();
    a = elements.channel('a', 2);
    b = elements.channel('b', 1);
  });

  it('waits until one of its clauses is ready, and says which', async () => {
    const selection = await elements.select('a/recv', 'b/recv');
    const waiting = [cat(selection, 'wait'), cat(selection, 'wait')];
    expect(await cat(selection, 'trywait')).to.equal('EAGAIN');
    expect(selection.peek()).to.deep.equal({
      Phase: 'waiting',
      Clauses: ['a', 'b'].map((name) => ({ Op: 'r', File: `/${ID}/${name}/recv`, State: 'waiting' })),
      Winner: null,
    });
    await echo(b, 'send', 'hello');
    for (const wait of waiting) expect(await wait).to.equal(winner(1, 'b/recv', 'read.1'));
    expect(await cat(selection, 'trywait')).to.equal(winner(1, 'b/recv', 'read.1'));
    expect(selection.peek()).to.include({ Phase: 'won' });
    expect(selection.peek().Clauses.map(({ State }) => State)).to.deep.equal(['lost', 'won']);
    expect(selection.peek().Winner).to.include({ clause: 1, commit: 'read.1', used: false });
  });

  it('has reserved the message for read.N: nobody else receives it, and it is received by who reads it', async () => {
    await echo(a, 'send', 'first');
    await echo(a, 'send', 'second');
    const selection = await elements.select('b/recv', 'a/recv');
    await cat(selection, 'wait');
    expect(await cat(a, 'recv')).to.equal('second');
    expect(a.peek()).to.include({ NumRecv: 1, Buffered: 1 });
    expect(codeOf(() => selection.openReader('read.0', credentials))).to.equal('ENOENT');
    expect(codeOf(() => selection.openWriter('write.1', ALL))).to.equal('ENOENT');
    expect(await cat(selection, 'read.1')).to.equal('first');
    expect(a.peek()).to.include({ NumRecv: 2, Buffered: 0 });
    expect(
      codeOf(() => selection.openReader('read.1', credentials)),
      'once',
    ).to.equal('ENODATA');
    expect(selection.peek().Winner).to.include({ used: true });
  });

  it('has reserved the room for write.N: nobody else fills it', async () => {
    await echo(b, 'send', 'full');
    const selection = await elements.select('b/send', 'a/recv');
    expect(await cat(selection, 'trywait')).to.equal('EAGAIN');
    expect(await cat(b, 'recv')).to.equal('full');
    expect(await cat(selection, 'wait')).to.equal(winner(0, 'b/send', 'write.0'));
    const other = b.openWriter('trysend', MORE, credentials);
    expect(codeOf(() => other.write(Buffer.from('x')))).to.equal('EAGAIN');
    expect(await echo(selection, 'write.0', 'mine')).to.equal('4');
    expect(await cat(b, 'recv')).to.equal('mine');
    expect(
      codeOf(() => selection.openWriter('write.0', ALL)),
      'once',
    ).to.equal('EPIPE');
  });

  it('sends an empty message for `: > write.N`, and none for an open without a word', async () => {
    const selection = await elements.select('b/send');
    await cat(selection, 'wait');
    selection.openWriter('write.0', MORE).close();
    selection.openWriter('write.0', ALL).abort();
    expect(b.peek().NumSend).to.equal(0);
    selection.openWriter('write.0', ALL).close();
    expect(b.peek().NumSend).to.equal(1);
    expect(await cat(b, 'recv')).to.equal('');
  });

  it('wins an empty message', async () => {
    a.openWriter('send', ALL, credentials).close();
    const selection = await elements.select('a/recv');
    expect(await cat(selection, 'wait')).to.equal(winner(0, 'a/recv', 'read.0'));
    expect(a.peek().NumRecv).to.equal(0);
    expect(await cat(selection, 'read.0')).to.equal('');
    expect(a.peek().NumRecv).to.equal(1);
  });

  it('reads the rest of a long message, however long, and lets its sender know of a reader that goes', async () => {
    const long = Buffer.alloc(3 * MESSAGE_FLOW_BYTES, 'x').toString();
    const selection = await elements.select('a/recv');
    const sent = echo(a, 'send', long);
    await cat(selection, 'wait');
    expect(await cat(selection, 'read.0')).to.equal(long);
    expect(await sent).to.equal(String(long.length));

    const other = await elements.select('a/recv');
    const cut = echo(a, 'send', long);
    await cat(other, 'wait');
    const reader = other.openReader('read.0', credentials);
    await reader.read(10);
    reader.close();
    expect(await cut).to.equal('EPIPE');
  });

  it('keeps the message for the next reader if the first one goes before it has read', async () => {
    await echo(a, 'send', 'hello');
    const selection = await elements.select('a/recv');
    await cat(selection, 'wait');
    const silent = selection.openReader('read.0', credentials);
    expect(codeOf(() => selection.openReader('read.0', credentials))).to.equal('EBUSY');
    silent.close();
    const distant = selection.openReader('read.0', credentials, { unacked: true });
    expect(await outcome(distant.read(100))).to.equal('hello');
    distant.close(); // it never said that it has it
    const again = selection.openReader('read.0', credentials, { unacked: true });
    expect(await outcome(again.read(2))).to.equal('he');
    again.requeue();
    expect(await outcome(again.read(100))).to.equal('hello');
    again.ack(5);
    again.close();
    expect(a.peek()).to.include({ NumRecv: 1, Buffered: 0 });
  });

  it('lets all other clauses go unharmed', async () => {
    const c = elements.channel('c', 0);
    const selection = await elements.select('a/recv', 'b/recv', 'c/send');
    await echo(a, 'send', 'wins');
    await cat(selection, 'wait');
    await echo(b, 'send', 'stays');
    expect(await cat(b, 'tryrecv')).to.equal('stays');
    const receiver = cat(c, 'recv');
    await echo(c, 'send', 'met');
    expect(await receiver).to.equal('met');
    expect(a.peek()).to.include({ WaitingReceivers: 0 });
  });

  it('meets another selection at a channel of capacity 0', async () => {
    const c = elements.channel('c', 0);
    const reading = await elements.select('a/recv', 'c/recv');
    const writing = await elements.select('c/send', 'b/recv');
    expect(await cat(writing, 'wait')).to.equal(winner(0, 'c/send', 'write.0'));
    expect(await cat(reading, 'trywait')).to.equal('EAGAIN');
    await echo(writing, 'write.0', 'met');
    expect(await cat(reading, 'wait')).to.equal(winner(1, 'c/recv', 'read.1'));
    expect(await cat(reading, 'read.1')).to.equal('met');
    expect(c.peek()).to.include({ NumSend: 1, NumRecv: 1 });
  });

  it('may have two clauses of one channel', async () => {
    const selection = await elements.select('a/recv', 'a/recv');
    await echo(a, 'send', 'one');
    await echo(a, 'send', 'two');
    await cat(selection, 'wait');
    await settled();
    expect(a.peek()).to.include({ NumRecv: 0, Buffered: 2 });
    expect([await cat(a, 'recv'), await cat(selection, 'read.0')]).to.deep.equal(['two', 'one']);
  });

  it('waits for other selections', async () => {
    const inner = elements.put('inner', await elements.select('a/recv'));
    const outer = await elements.select('b/recv', 'inner/wait');
    await echo(a, 'send', 'hello');
    expect(await cat(outer, 'wait')).to.equal(winner(1, 'inner/wait', 'read.1'));
    expect(await cat(outer, 'read.1')).to.equal(winner(0, 'a/recv', 'read.0'));
    expect(await cat(inner, 'read.0')).to.equal('hello');
  });

  for (const how of ['scrub', 'abort'] as const) {
    const stop = (selection: Selection): void => (how === 'scrub' ? selection.scrub() : selection.perform('abort', []));

    it(`puts the message back at the head, or frees the room, when it is ended by ${how}`, async () => {
      await echo(a, 'send', 'first');
      await echo(a, 'send', 'second');
      const reading = await elements.select('a/recv');
      await cat(reading, 'wait');
      stop(reading);
      expect(a.peek()).to.include({ NumRecv: 0, Buffered: 2 });
      expect([await cat(a, 'recv'), await cat(a, 'recv')]).to.deep.equal(['first', 'second']);
      expect(codeOf(() => reading.openReader('read.0', credentials))).to.equal('ENOENT');
      const writing = await elements.select('b/send');
      await cat(writing, 'wait');
      const waits = echo(b, 'send', 'next');
      stop(writing);
      expect(await waits).to.equal('4');
      expect(b.peek()).to.include({ NumSend: 1, Buffered: 1 });
    });

    it(`ends those who wait with EIDRM by ${how}`, async () => {
      const selection = await elements.select('a/recv', 'b/recv');
      const waiting = cat(selection, 'wait');
      stop(selection);
      expect([await waiting, await cat(selection, 'wait'), selection.peek().Phase]).to.deep.equal(['EIDRM', 'EIDRM', 'over']);
      await echo(a, 'send', 'unharmed');
      expect(await cat(a, 'tryrecv')).to.equal('unharmed');
    });
  }

  it('is not aborted while its end is in use, nor when it is over', async () => {
    await echo(a, 'send', 'hello');
    const selection = await elements.select('a/recv');
    await cat(selection, 'wait');
    const reader = selection.openReader('read.0', credentials);
    expect(codeOf(() => selection.perform('abort', []))).to.equal('EBUSY');
    await reader.read(100);
    reader.close();
    expect(codeOf(() => selection.perform('abort', []))).to.equal('EINVAL');
    expect(codeOf(() => selection.perform('close', []))).to.equal('EINVAL');
  });

  it('fails who uses its end with EIDRM when it is scrubbed; what was begun is cut off', async () => {
    const sending = a.openWriter('send', ALL, credentials);
    await sending.write(Buffer.from('begun'));
    const reading = await elements.select('a/recv');
    await cat(reading, 'wait');
    const reader = reading.openReader('read.0', credentials);
    await reader.read(100);
    const rest = outcome(reader.read(100));
    reading.scrub();
    expect([await rest, await outcome(() => sending.write(Buffer.from('x')))]).to.deep.equal(['EIDRM', 'EPIPE']);
    const writing = await elements.select('b/send');
    await cat(writing, 'wait');
    const writer = writing.openWriter('write.0', ALL);
    await writer.write(Buffer.from('part'));
    const receiver = b.openReader('recv', credentials);
    expect(await outcome(receiver.read(100))).to.equal('part');
    writing.scrub();
    expect([await outcome(() => writer.write(Buffer.from('x'))), await outcome(() => receiver.read(100))]).to.deep.equal([
      'EIDRM',
      'EPIPE',
    ]);
  });

  it('goes on without a clause that fails, and fails when none is left, with the reason', async () => {
    const selection = await elements.select('a/recv', 'b/recv');
    a.scrub();
    await settled();
    expect(selection.peek().Clauses[0]).to.include({ State: 'failed', Error: `clause 0, /${ID}/a/recv: the channel was scrubbed` });
    const waiting = cat(selection, 'wait');
    b.perform('close', []);
    expect(await waiting).to.equal('ENODATA');
    expect(selection.peek().Phase).to.equal('failed');
    expect(codeOf(() => selection.openReader('wait', credentials).read(1))).to.equal('ENODATA');
  });

  it('is not made if a clause cannot be opened, and leaves nothing behind', async () => {
    await echo(a, 'send', 'hello');
    const error = await elements.select('a/recv', 'b/send', 'nothing/recv').catch((reason: unknown) => reason);
    expect(error).to.have.property('code', 'ENOENT');
    expect(error).to.have.property('message', `clause 2, /${ID}/nothing/recv: this anchor holds no element`);
    await settled();
    expect(a.peek()).to.include({ NumRecv: 0, Buffered: 1, WaitingReceivers: 0 });
    expect(await echo(b, 'send', 'x')).to.equal('1');
  });

  it('loses nothing and doubles nothing among many selections, senders and receivers, whatever the order', async () => {
    const step = fc.record({
      does: fc.constantFrom('send', 'receive', 'select', 'select', 'read', 'write', 'abandon', 'scrub', 'turn'),
      which: fc.nat(2),
      other: fc.nat(2),
      capacity: fc.nat(2),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
        const circuit = new Elements();
        const channels = [0, 1, 2].map((index) => circuit.channel(`c${index}`, index));
        const sent: string[] = [];
        const got: string[] = [];
        const selections: Selection[] = [];
        let next = 0;
        const collect = (text: string): void => {
          if (/^\d+$/.test(text)) got.push(text);
        };
        const use = async (selection: Selection, half: boolean): Promise<void> => {
          const commit = selection.peek().Winner?.commit as ControlFile | undefined;
          if (commit === undefined || selection.peek().Winner?.used === true) return;
          if (commit.startsWith('read')) {
            if (half) selection.openReader(commit, credentials).close();
            else collect(await cat(selection, commit));
          } else {
            const text = String(next++);
            if (half) selection.openWriter(commit, MORE).close();
            else if ((await echo(selection, commit, text)) === String(text.length)) sent.push(text);
          }
        };
        for (const { does, which, other, capacity } of steps) {
          const channel = channels[which];
          const selection = selections[other % Math.max(1, selections.length)];
          if (does === 'send' && channel !== undefined) {
            const text = String(next++);
            if ((await echo(channel, 'trysend', text, MORE)) === String(text.length)) sent.push(text);
          } else if (does === 'receive' && channel !== undefined) collect(await cat(channel, 'tryrecv'));
          else if (does === 'select') {
            const ends = [`c${which}/recv`, `c${which === other ? (other + 1) % 3 : other}/send`, `c${which}/recv`];
            selections.push(await circuit.select(...ends.slice(0, 1 + ((which + other + capacity) % 3))));
          } else if (does === 'turn') await settled();
          else if (selection === undefined) continue;
          else if (does === 'scrub') {
            selection.scrub();
            selections.splice(selections.indexOf(selection), 1);
          } else await use(selection, does === 'abandon');
        }
        for (const selection of selections) selection.scrub();
        await settled();
        for (const channel of channels) {
          for (let text = await cat(channel, 'tryrecv'); text !== 'EAGAIN'; text = await cat(channel, 'tryrecv')) collect(text);
          const { NumSend, NumRecv, Buffered, WaitingReceivers, WaitingSenders } = channel.peek();
          expect([NumSend - NumRecv, Buffered, WaitingReceivers, WaitingSenders]).to.deep.equal([0, 0, 0, 0]);
        }
        expect(got.sort()).to.deep.equal(sent.sort());
        const [, , last] = channels; // all room is there again
        if (last !== undefined)
          expect([await echo(last, 'trysend', 'x', MORE), await echo(last, 'trysend', 'x', MORE)]).to.deep.equal(['1', '1']);
      }),
      { numRuns: 300 },
    );
  });
});
