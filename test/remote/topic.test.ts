/**
 * A topic of another server: its messages come once for all subscribers here, and each of them gets all of it, or is told.
 */
import { expect } from 'chai';
import { type ByteReader, TRUNCATE, type TransferOptions } from '../../src/base/bytes.js';
import { CircuitError } from '../../src/base/error.js';
import { PACKET_CREDIT_MAX, TOPIC_FEED_MAX_BYTES } from '../../src/base/limits.js';
import { makeTopic, type Topic } from '../../src/element/topic/topic.js';
import { Distance, server } from '../lib/distance.js';
import { outcome } from '../element/channel/fixture.js';

const who = { uid: 1, gid: 2, pid: 3 };
const packet = { packet: true };

describe('a topic of another server', () => {
  let topic: Topic;
  let distance: Distance;

  async function begin(keep: number): Promise<void> {
    const far = server({
      topic: (spec) => {
        topic = makeTopic(spec);
        return topic;
      },
    });
    distance = new Distance(far);
    await distance.tree.makeElement(['t'], 'topic', { keep }, who);
  }

  const open = async (): Promise<ByteReader> => distance.tree.openReader(['t'], 'sub', who);
  const read = (from: ByteReader, options: TransferOptions = packet): Promise<string> =>
    outcome((async () => from.read(2 ** 20, options))());
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const publish = (text: string | Uint8Array): void => topic.publish(Buffer.from(text));
  /** Waits until nothing is under way: what is asked for once is answered within so many turns. */
  const settle = async (): Promise<void> => {
    for (let count = 0; count < 50; count++) await turn();
  };

  it('comes once for all who subscribe here', async () => {
    await begin(100);
    const subs = await Promise.all(Array.from({ length: 30 }, open));
    let waiting = subs.map((sub) => read(sub));
    await settle();
    const before = distance.asked.filter((name) => name === 'follow').length;
    for (let count = 0; count < 40; count++) {
      publish(`m${count}`);
      expect(new Set(await Promise.all(waiting))).to.deep.equal(new Set([`m${count}`]));
      waiting = subs.map((sub) => read(sub));
      await settle();
    }
    const asked = distance.asked.filter((name) => name === 'follow').length - before;
    expect(asked).to.be.within(30, 45);
    expect(topic.peek().Subscribers).to.equal(30);
    for (const sub of subs) sub.close();
    for (const one of waiting) expect(await one).to.equal('EBADF');
    await settle();
    expect(topic.peek().Subscribers).to.equal(0);
  });

  it('gives a burst whole of which nothing is held for long', async () => {
    await begin(1);
    const sub = await open();
    let waiting = read(sub);
    await settle();
    for (let count = 0; count < 100; count++) publish(`m${count}`);
    for (let count = 0; count < 100; count++) {
      expect(await waiting).to.equal(`m${count}`);
      waiting = read(sub);
    }
    sub.close();
  });

  it('is published to in packet mode ahead of the answers, all in order', async () => {
    await begin(1000);
    const pub = await distance.tree.openWriter(['t'], 'pub', TRUNCATE, who);
    const publishAhead = (from: number): number => {
      for (let count = 0; ; count++) if (pub.write(Buffer.from(String(from + count)), packet) instanceof Promise) return count + 1;
    };
    let sent = 0;
    for (let burst = 0; burst < 8; burst++) {
      sent += publishAhead(sent);
      await settle();
    }
    expect(topic.peek().Seq).to.equal(sent);
    distance.cut();
    expect(publishAhead(sent)).to.equal(PACKET_CREDIT_MAX + 1);
    pub.close();
    distance.connect();
    const sub = await open();
    for (let count = 0; count < sent + PACKET_CREDIT_MAX; count++) expect(await read(sub)).to.equal(String(count));
    sub.close();
  });

  it('gives what is held to who comes late, and then goes on with the others', async () => {
    await begin(100);
    const early = await open();
    const first = read(early);
    for (const text of 'abc') publish(text);
    expect(await first).to.equal('a');
    const late = await open();
    for (const text of 'abc') expect(await read(late)).to.equal(text);
    const both = [read(late)];
    for (const text of 'bc') expect(await read(early)).to.equal(text);
    both.push(read(early));
    await settle();
    publish('d');
    expect(await Promise.all(both)).to.deep.equal(['d', 'd']);
  });

  it('holds back nobody for a slow subscriber, which gets what the topic still holds', async () => {
    await begin(100);
    const [fast, slow] = [await open(), await open()];
    const begun = [read(fast), read(slow)];
    await settle();
    publish('first');
    expect(await Promise.all(begun)).to.deep.equal(['first', 'first']);
    const big = Buffer.alloc(TOPIC_FEED_MAX_BYTES / 16);
    for (let count = 0; count < 40; count++) {
      const waiting = read(fast);
      await settle();
      publish(Buffer.concat([Buffer.from(`${count} `), big]));
      expect((await waiting).startsWith(`${count} `)).to.equal(true);
    }
    // More than is held here: the rest it asks for by itself.
    for (let count = 0; count < 40; count++) expect((await read(slow)).startsWith(`${count} `)).to.equal(true);
    const both = [read(fast), read(slow)];
    await settle();
    publish('last');
    expect(await Promise.all(both)).to.deep.equal(['last', 'last']);
  });

  it('lets one that has caught up go on with what is held for another one, though nothing more comes', async () => {
    await begin(1000);
    const [fast, slow, slower] = [await open(), await open(), await open()];
    const begun = [read(fast), read(slow), read(slower)];
    await settle();
    publish('first');
    await Promise.all(begun);
    const big = Buffer.alloc(TOPIC_FEED_MAX_BYTES / 16);
    for (let count = 0; count < 40; count++) {
      const waiting = read(fast);
      await settle();
      publish(Buffer.concat([Buffer.from(`${count} `), big]));
      await waiting;
      if (count === 27) for (let behind = 0; behind < 20; behind++) await read(slower);
    }
    for (let count = 0; count < 40; count++) expect((await read(slow)).startsWith(`${count} `)).to.equal(true);
  });

  it('tells a slow subscriber once that it was overtaken', async () => {
    await begin(3);
    const [fast, slow] = [await open(), await open()];
    const begun = [read(fast), read(slow)];
    await settle();
    publish('first');
    await Promise.all(begun);
    const big = Buffer.alloc(TOPIC_FEED_MAX_BYTES / 16);
    for (let count = 0; count < 40; count++) {
      const waiting = read(fast);
      await settle();
      publish(Buffer.concat([Buffer.from(`${count} `), big]));
      expect((await waiting).startsWith(`${count} `)).to.equal(true);
    }
    expect(await read(slow)).to.equal('EOVERFLOW');
    for (let count = 37; count < 40; count++) expect((await read(slow)).slice(0, 3)).to.equal(`${count} `);
  });

  it('tells a subscriber that was overtaken before its first read', async () => {
    await begin(1);
    const sub = await open();
    for (const text of 'ab') publish(text);
    expect(await read(sub)).to.equal('EOVERFLOW');
    expect(await read(sub)).to.equal('b');
    // What was held at its open has come with it.
    const late = await open();
    publish('c');
    expect(await read(late)).to.equal('b');
    for (const one of [sub, late]) one.close();
  });

  it('answers at once who does not want to wait, and polls', async () => {
    await begin(10);
    const sub = await open();
    expect(await read(sub, { nonblock: true })).to.equal('EAGAIN');
    publish('a');
    await sub.probe?.();
    expect(sub.ready()).to.equal(true);
    expect(await read(sub, { nonblock: true })).to.equal('a');
    expect(await read(sub, { nonblock: true })).to.equal('EAGAIN');
    const poll = sub.whenReady();
    await settle();
    publish('b');
    await poll;
    expect(await read(sub, { nonblock: true })).to.equal('b');
    sub.close();
  });

  it('takes nothing from who is interrupted', async () => {
    await begin(10);
    const sub = await open();
    const aborted = new AbortController();
    const interrupted = read(sub, aborted);
    await settle();
    aborted.abort(new CircuitError('EINTR'));
    publish('a');
    expect(await interrupted).to.equal('EINTR');
    expect(await read(sub)).to.equal('a');
  });

  it('goes on when the connection was down, and misses nothing that is held', async () => {
    await begin(10);
    const sub = await open();
    const waiting = read(sub);
    await settle();
    distance.cut();
    await settle();
    for (const text of 'abc') publish(text);
    distance.connect();
    expect(await waiting).to.equal('a');
    for (const text of 'bc') expect(await read(sub)).to.equal(text);
  });

  it('ends when it is scrubbed; another one at the same place is not it', async () => {
    await begin(10);
    const [sub, idle] = [await open(), await open()];
    const begun = [read(sub), read(idle)];
    await settle();
    publish('a');
    await Promise.all(begun);
    const waiting = read(sub);
    await settle();
    await distance.tree.scrub(['t'], { recursive: false }, who);
    await distance.tree.makeElement(['t'], 'topic', { keep: 10 }, who);
    publish('b');
    expect([await waiting, await read(idle)]).to.deep.equal(['EIDRM', 'EIDRM']);
    const other = await open();
    expect(await read(other)).to.equal('b');
  });

  it('ends with its server, and leaves nothing there when its subscribers have ended', async () => {
    await begin(10);
    const subs = [await open(), await open()];
    const waiting = subs.map((sub) => read(sub));
    await settle();
    expect(topic.peek().Subscribers).to.equal(2);
    distance.end(new CircuitError('EHOSTDOWN', 'it is gone'));
    expect(await Promise.all(waiting)).to.deep.equal(['EHOSTDOWN', 'EHOSTDOWN']);
    expect(topic.peek().Subscribers).to.equal(0);
    for (const sub of subs) sub.close();
  });
});
