/**
 * Packets that a reader is sent ahead by another server: they are its own when it has got them, and others' until then.
 */
import { expect } from 'chai';
import type { ByteReader, Credentials } from '../../src/base/bytes.js';
import { type Clock, SYSTEM_CLOCK } from '../../src/base/clock.js';
import { CircuitError, InterruptedError } from '../../src/base/error.js';
import { PACKETS_AHEAD_MAX } from '../../src/base/limits.js';
import type { ServerTree } from '../../src/tree/server-tree.js';
import { Distance, type Server, server } from '../lib/distance.js';

const credentials: Credentials = { uid: 1, gid: 2, pid: 3 };
const PACKET = { packet: true };
const ENDLESS = { truncate: false, append: false };

const outcome = (call: () => unknown): Promise<unknown> => Promise.resolve().then(call).catch((error: unknown) => (error instanceof CircuitError ? error.code : error)); // prettier-ignore
const numbers = (from: number, to: number): readonly string[] => Array.from({ length: to - from }, (_, n) => String(from + n));

describe('packets from a channel elsewhere', () => {
  let far: Server;
  let distance: Distance;
  let tree: ServerTree;

  beforeEach(async () => {
    far = server();
    distance = new Distance(far);
    tree = distance.tree;
    await tree.makeElement(['c'], 'chan', { capacity: 1000 }, credentials);
  });

  const open = async (place: ServerTree = tree): Promise<ByteReader> => place.openReader(['c'], 'recv', credentials);
  const peek = async (): Promise<{ NumRecv: number; Buffered: number; WaitingReceivers: number }> => (await far.here.peek(['c'])) as never;
  const send = async (texts: readonly string[]): Promise<void> => {
    const writer = far.here.openWriter(['c'], 'send', ENDLESS, credentials);
    for (const text of texts) await writer.write(Buffer.from(text), PACKET);
    writer.close();
  };
  const text = async (bytes: Uint8Array | Promise<Uint8Array>): Promise<string> => Buffer.from(await bytes).toString();
  const receive = async (reader: ByteReader, count: number): Promise<readonly string[]> => {
    const got: string[] = [];
    while (got.length < count) got.push(await text(reader.read(1000, PACKET)));
    return got;
  };
  /** Those that are given out without asking, up to so many. */
  const ahead = async (reader: ByteReader, most = Number.POSITIVE_INFINITY): Promise<readonly string[]> => {
    const got: string[] = [];
    while (got.length < most && reader.ready()) got.push(await text(reader.read(1000, PACKET)));
    return got;
  };
  /** Has proved that it reads on: packets lie here that it has not read yet. @returns what it has read */
  const hoarding = async (reader: ByteReader): Promise<readonly string[]> => {
    const got: string[] = [];
    while (!reader.ready() || got.length < 20) got.push(...(await receive(reader, 1)));
    return got;
  };
  const until = async (what: string, done: () => unknown): Promise<void> => {
    for (let tries = 0; !(await done()); tries++) {
      if (tries > 2000) throw new Error(`never: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  const allReceived = async (count: number): Promise<void> =>
    until('all are acknowledged', async () => {
      const { NumRecv, Buffered } = await peek();
      return NumRecv === count && Buffered === 0;
    });

  it('are sent ahead to who reads on, more and more of them, up to a bound, in order', async () => {
    await send(numbers(0, 500));
    const reader = await open();
    const got: string[] = [];
    const counts: number[] = [];
    while (got.length < 300) {
      got.push(...(await receive(reader, 1)));
      const more = await ahead(reader);
      counts.push(more.length);
      got.push(...more);
    }
    expect(counts.slice(0, 3)).to.deep.equal([0, 1, 2]);
    expect(Math.max(...counts)).to.equal(PACKETS_AHEAD_MAX);
    got.push(...(await receive(reader, 500 - got.length)));
    expect(got).to.deep.equal(numbers(0, 500));
    await allReceived(500);
    reader.close();
  });

  it('are never taken for an empty one when their time here ends between a look and the read', async () => {
    let [now_ms, step_ms] = [0, 0];
    const clock: Clock = { ...SYSTEM_CLOCK, now_ms: () => (now_ms += step_ms) };
    await send(numbers(0, 200));
    const reader = await open(new Distance(far, undefined, clock).tree);
    const got = [...(await hoarding(reader))];
    step_ms = 30; // two looks, and they have been here for too long
    got.push(...(await receive(reader, 1)));
    step_ms = 0;
    got.push(...(await receive(reader, 200 - got.length)));
    expect(got).to.deep.equal(numbers(0, 200));
    reader.close();
  });

  it('are no more than what is left for others', async () => {
    await send(numbers(0, 100));
    const reader = await open();
    await receive(reader, 100);
    await send(numbers(0, 7));
    const counts: number[] = [];
    for (let got = 0; got < 7; got += 1 + (counts.at(-1) ?? 0)) {
      await receive(reader, 1);
      counts.push((await ahead(reader)).length);
    }
    expect(Math.max(...counts)).to.be.within(1, 3);
    reader.close();
  });

  for (const end of ['its reader closes', 'its session ends', 'they are not read for a while'] as const) {
    it(`go back to the front, in order, when ${end}`, async () => {
      await send(numbers(0, 200));
      const reader = await open();
      const got = await hoarding(reader);
      expect(reader.ready(), 'some lie here').to.be.true;
      await until('what was read is acknowledged', async () => (await peek()).NumRecv === got.length);
      if (end === 'its reader closes') reader.close();
      if (end === 'its session ends') distance.end(new CircuitError('EHOSTDOWN'));
      if (end === 'they are not read for a while') await new Promise((resolve) => setTimeout(resolve, 100));
      if (end === 'its session ends') expect(await outcome(() => reader.read(100, PACKET))).to.equal('EHOSTDOWN');
      const other = far.here.openReader(['c'], 'recv', credentials);
      if (end !== 'its session ends') await tree.peek(['c']); // behind what was told before
      const rest = await receive(other, 200 - got.length);
      expect([...got, ...rest]).to.deep.equal(numbers(0, 200));
      await allReceived(200);
      other.close();
      reader.close();
    });
  }

  it('go to another receiver as soon as it waits', async () => {
    await send(numbers(0, 60));
    const reader = await open();
    const got = [...(await hoarding(reader))];
    expect(reader.ready()).to.be.true;
    const other = far.here.openReader(['c'], 'recv', credentials);
    const rest = await receive(other, 60 - got.length);
    const order = (a: string, b: string): number => Number(a) - Number(b);
    expect([...got, ...rest].sort(order)).to.deep.equal(numbers(0, 60));
    expect(reader.ready()).to.be.false;
    reader.close();
    other.close();
  });

  it('come to one of two receivers each, in the order of each', async () => {
    const one = await open();
    const two = await open(new Distance(far, 'X0000000000000002').tree);
    const got: string[][] = [[], []];
    const reading = [one, two].map(async (reader, at) => {
      for (;;) {
        const next = await text(reader.read(1000, PACKET));
        if (next === 'end') return;
        got[at]?.push(next);
      }
    });
    await send(numbers(0, 900));
    await send(['end', 'end']);
    await Promise.all(reading);
    one.close();
    two.close();
    const order = (a: string, b: string): number => Number(a) - Number(b);
    expect(got.flat().sort(order)).to.deep.equal(numbers(0, 900));
    await allReceived(902);
  });

  it('come once though connections break all the time', async () => {
    const reader = await open();
    const sending = send(numbers(0, 1500));
    const got: string[] = [];
    while (got.length < 1500) {
      if (got.length % 100 === 50) {
        distance.cut();
        distance.connect();
      }
      got.push(...(await receive(reader, 1)));
    }
    await sending;
    expect(got).to.deep.equal(numbers(0, 1500));
    await allReceived(1500);
    reader.close();
  });

  it('that come for a read which was interrupted go back, or to the next read', async () => {
    for (const next of ['close', 'read'] as const) {
      const reader = await open();
      await send(numbers(0, 40));
      const got = [...(await hoarding(reader))];
      got.push(...(await ahead(reader)));
      got.push(...(await receive(reader, 40 - got.length)));
      const abort = new AbortController();
      const read = outcome(() => reader.read(1000, { packet: true, signal: abort.signal }));
      await until('it waits', async () => (await peek()).WaitingReceivers === 1);
      distance.cut();
      abort.abort(new InterruptedError());
      expect(await read).to.equal('EINTR');
      await send(numbers(40, 50));
      distance.connect();
      if (next === 'close') reader.close();
      const last = next === 'close' ? await open() : reader;
      got.push(...(await receive(last, 50 - got.length)));
      expect(got).to.deep.equal(numbers(0, 50));
      reader.close();
      last.close();
      await until('all are acknowledged', async () => (await peek()).Buffered === 0);
    }
  });

  it('are cut where a smaller read ends, and empty ones are packets', async () => {
    await send([...numbers(0, 100), 'three']);
    far.here.openWriter(['c'], 'send', { truncate: true, append: false }, credentials).close();
    await send(['more', ...numbers(0, 100)]);
    const reader = await open();
    const got: string[] = [];
    while (got.at(-1) !== '98') got.push(...(await receive(reader, 1)));
    const rest: string[] = [];
    while (rest.length < 5) rest.push(await text(reader.read(3, PACKET)));
    expect(rest).to.deep.equal(['99', 'thr', 'ee', '', 'mor']);
    expect(await text(reader.read(3, PACKET))).to.equal('e');
    reader.close();
  });
});
