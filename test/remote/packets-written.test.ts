/**
 * Packets that a writer sends ahead to another server, into room that the channel keeps for it.
 */
import { expect } from 'chai';
import { SYSTEM_CLOCK } from '../../src/base/clock.js';
import type { ByteWriter, Credentials } from '../../src/base/bytes.js';
import { CircuitError, InterruptedError } from '../../src/base/error.js';
import { PACKET_CREDIT_MAX } from '../../src/base/limits.js';
import type { ServerTree } from '../../src/tree/server-tree.js';
import { Distance, type Server, server } from '../lib/distance.js';

const credentials: Credentials = { uid: 1, gid: 2, pid: 3 };
const PACKET = { packet: true };
const ENDLESS = { truncate: false, append: false };

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const outcome = (call: () => unknown): Promise<unknown> => Promise.resolve().then(call).catch((error: unknown) => (error instanceof CircuitError ? error.code : error)); // prettier-ignore

describe('packets to a channel elsewhere', () => {
  let far: Server;
  let distance: Distance;
  let tree: ServerTree;

  beforeEach(() => {
    far = server();
    distance = new Distance(far);
    tree = distance.tree;
  });

  const open = async (capacity: number, file: 'send' | 'trysend' = 'send'): Promise<ByteWriter> => {
    await tree.makeElement(['c'], 'chan', { capacity }, credentials);
    return tree.openWriter(['c'], file, ENDLESS, credentials);
  };
  const peek = async (): Promise<{ NumSend: number; Buffered: number; WaitingSenders: number }> => (await far.here.peek(['c'])) as never;
  /** Receives at the channel's own server. */
  const receive = async (count: number): Promise<readonly string[]> => {
    const reader = far.here.openReader(['c'], 'recv', credentials);
    const got: string[] = [];
    while (got.length < count) got.push(Buffer.from(await reader.read(100_000, PACKET)).toString());
    reader.close();
    return got;
  };
  /** How many packets are taken without waiting for an answer. */
  const ahead = (writer: ByteWriter, from: number): number => {
    for (let count = 0; ; count++) {
      const taken = writer.write(Buffer.from(String(from + count)), PACKET);
      if (taken instanceof Promise) {
        taken.catch(() => undefined);
        return count;
      }
    }
  };
  /** For the writer: its credit does not go back because a busy machine takes its time. */
  const stopTime = (): void => {
    far = server();
    tree = new Distance(far, undefined, { ...SYSTEM_CLOCK, after: () => () => undefined }).tree;
  };
  const until = async (what: string, done: () => unknown): Promise<void> => {
    for (let turns = 0; !(await done()); turns++) {
      if (turns > 2000) throw new Error(`never: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };

  it('are sent ahead, more and more of them, up to a bound, and come in order', async () => {
    const writer = await open(1000);
    const counts: number[] = [];
    let next = 0;
    while ((await peek()).NumSend < 400) {
      const count = ahead(writer, next);
      next += count + 1; // the last one waits, and is sent as well
      counts.push(count);
      const sent = next;
      await until('all are there', async () => (await peek()).NumSend === sent);
    }
    expect(counts[0], 'the first waits for its answer').to.equal(0);
    expect(Math.max(...counts)).to.be.within(PACKET_CREDIT_MAX / 2, PACKET_CREDIT_MAX);
    expect(await receive(next)).to.deep.equal(Array.from({ length: next }, (_, n) => String(n)));
    writer.close();
  });

  it('have room in the channel that nobody else gets, as long as they keep coming', async () => {
    stopTime();
    const writer = await open(8);
    await writer.write(Buffer.from('0'), PACKET);
    await writer.write(Buffer.from('1'), PACKET);
    await until('both are there', async () => (await peek()).NumSend === 2);
    await until('the answer is here, with credit', () => writer.ready());
    const other = far.here.openWriter(['c'], 'trysend', ENDLESS, credentials);
    const taken = async (): Promise<number> => {
      for (let count = 0; ; count++) if ((await outcome(() => other.write(Buffer.from('x'), PACKET))) === 'EAGAIN') return count;
    };
    const free = 8 - 2;
    const others = await taken();
    expect(others, 'something is kept').to.be.within(free / 2, free - 1);
    expect(ahead(writer, 2)).to.equal(free - others);
    await until('they are there', async () => (await peek()).Buffered === 8);
    writer.close();
  });

  it('give up their room when none has come for a while, and when their writer ends', async () => {
    for (const end of ['nothing', 'close', 'abort', 'cut'] as const) {
      far = server();
      distance = new Distance(far);
      tree = distance.tree;
      const writer = await open(4);
      await writer.write(Buffer.from('a'), PACKET);
      if (end === 'close') writer.close();
      if (end === 'abort') writer.abort();
      if (end === 'cut') distance.cut();
      const other = far.here.openWriter(['c'], 'trysend', ENDLESS, credentials);
      let taken = 0;
      await until(`all room is free after ${end}`, async () => {
        while ((await outcome(() => other.write(Buffer.from('x'), PACKET))) !== 'EAGAIN') taken++;
        return taken === 3;
      });
    }
  });

  it('are not sent ahead where sender and receiver meet, to a try, or into the last room', async () => {
    for (const [capacity, file] of [
      [0, 'send'],
      [1, 'send'],
      [100, 'trysend'],
    ] as const) {
      far = server();
      tree = new Distance(far).tree;
      const writer = await open(capacity, file);
      for (let count = 0; count < 3; count++) {
        const sent = writer.write(Buffer.from('a'), PACKET);
        expect(sent, `capacity ${capacity}`).to.be.instanceOf(Promise);
        if (file === 'send') await receive(1);
        await sent;
      }
      writer.close();
    }
  });

  it('are accepted by construction: also after a close, until their room is used up or gone', async () => {
    stopTime();
    const writer = await open(100);
    for (let count = 0; count < 3; count++) await writer.write(Buffer.from('a'), PACKET);
    await until('they are there', async () => (await peek()).NumSend === 3);
    await far.here.perform(['c'], 'close', [], credentials);
    let accepted = 3;
    while ((await outcome(() => writer.write(Buffer.from('late'), PACKET))) !== 'EPIPE') accepted++;
    expect(accepted).to.be.above(3);
    expect(await outcome(() => writer.write(Buffer.from('later'), PACKET))).to.equal('EPIPE');
    writer.close();
    expect((await peek()).NumSend).to.equal(accepted);
    await receive(accepted);
    await until('no other can come', async () => (await outcome(() => receive(1))) === 'ENODATA');
  });

  it('come once and in order across broken connections, and wait in line if their room is gone', async () => {
    const writer = await open(6);
    let sent = 0;
    const write = async (): Promise<void> => {
      await writer.write(Buffer.from(String(sent++)), PACKET);
    };
    const writing = (async (): Promise<void> => {
      while (sent < 300) await write();
    })();
    const got: string[] = [];
    while (got.length < 300) {
      if (got.length % 10 === 0) {
        distance.cut();
        const stranger = far.here.openWriter(['c'], 'trysend', ENDLESS, credentials);
        while ((await outcome(() => stranger.write(Buffer.from('x'), PACKET))) !== 'EAGAIN');
        stranger.close();
        distance.connect();
        await turn();
      }
      got.push(...(await receive(1)).filter((text) => text !== 'x'));
    }
    await writing;
    writer.close();
    expect(got).to.deep.equal(Array.from({ length: 300 }, (_, n) => String(n)));
  });

  for (const bytes of [10, 2_000]) {
    it(`are neither lost nor overtaken if their room is gone when they come, and their program, too: ${bytes} bytes`, async () => {
      stopTime();
      const writer = await open(8);
      const packet = (n: number): Buffer => Buffer.from(String(n).padEnd(bytes));
      for (const n of [0, 1]) await writer.write(packet(n), PACKET);
      await until('both are there, and credit for more is here', async () => writer.ready() && (await peek()).NumSend === 2);
      // The server takes the room back from a writer that does not use it; the writer, whose clock stands still, does not hear of it.
      const stranger = far.here.openWriter(['c'], 'trysend', ENDLESS, credentials);
      let strangers = 0;
      await until('others have all the room', async () => {
        while ((await outcome(() => stranger.write(Buffer.from('x'), PACKET))) !== 'EAGAIN') strangers++;
        return strangers === 6;
      });
      let sent = 2;
      while (writer.ready()) expect(writer.write(packet(sent++), PACKET), 'told at once').to.equal(bytes);
      expect(sent).to.be.above(3);
      writer.close();
      await until('they wait', async () => (await peek()).WaitingSenders === 1);
      const got = (await receive(8 + sent - 2)).map((text) => text.trim()).filter((text) => text !== 'x');
      expect(got).to.deep.equal(Array.from({ length: sent }, (_, n) => String(n)));
      expect(await peek()).to.include({ Buffered: 0, NumSend: sent + strangers });
    });
  }

  it('that wait for room and are interrupted are not sent, and those before them are', async () => {
    const writer = await open(2);
    await writer.write(Buffer.from('a'), PACKET);
    await writer.write(Buffer.from('b'), PACKET);
    const abort = new AbortController();
    const write = outcome(() => writer.write(Buffer.from('c'), { packet: true, signal: abort.signal }));
    await until('it waits', async () => (await peek()).WaitingSenders === 1);
    abort.abort(new InterruptedError());
    expect(await write).to.equal('EINTR');
    writer.close();
    expect(await receive(2)).to.deep.equal(['a', 'b']);
    expect(await peek()).to.include({ NumSend: 2, Buffered: 0 });
  });

  it('longer than a packet may be fail at once, and the others go on', async () => {
    const writer = await open(100);
    for (const text of ['a', 'b']) await writer.write(Buffer.from(text), PACKET);
    expect(await outcome(() => writer.write(Buffer.alloc(65_537), PACKET))).to.equal('EMSGSIZE');
    await writer.write(Buffer.from('c'), PACKET);
    writer.close();
    expect(await receive(3)).to.deep.equal(['a', 'b', 'c']);
  });
});
