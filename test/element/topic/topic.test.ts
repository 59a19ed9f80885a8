import { expect } from 'chai';
import type { ByteReader, ByteWriter, TransferOptions } from '../../../src/base/bytes.js';
import { PACKET_MAX_BYTES, TOPIC_BEGUN_MAX_BYTES, TOPIC_HELD_MAX_BYTES, TOPIC_MESSAGE_MAX_BYTES } from '../../../src/base/limits.js';
import { CircuitError } from '../../../src/base/error.js';
import type { ControlFile } from '../../../src/base/name.js';
import { makeTopic, type Topic } from '../../../src/element/topic/topic.js';
import { codeOf, outcome } from '../channel/fixture.js';

const who = { uid: 0, gid: 0, pid: 1 };
const nonblock = { nonblock: true };
const packet = { packet: true };

const open = (topic: Topic, file: ControlFile, unacked = false): ByteReader => topic.openReader(file, who, { unacked });
const writer = (topic: Topic, truncate = true): ByteWriter => topic.openWriter('pub', { truncate, append: !truncate });

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

function publish(topic: Topic, ...messages: readonly string[]): void {
  for (const message of messages) {
    const pub = writer(topic);
    if (message !== '') void pub.write(Buffer.from(message));
    pub.close();
  }
}

/** Of a read: what it gives, or its error's code. */
async function read(from: ByteReader, options?: TransferOptions, max = TOPIC_MESSAGE_MAX_BYTES): Promise<string> {
  return outcome((async () => from.read(max, options))());
}

/** What it gives until it would wait. */
async function all(from: ByteReader): Promise<readonly string[]> {
  const got: string[] = [];
  for (;;) {
    const one = await read(from, { ...nonblock, ...packet });
    if (one === 'EAGAIN') return got;
    got.push(one);
  }
}

describe('a topic', () => {
  it('refuses a number of messages that is none, and says which are allowed', () => {
    for (const keep of [0, -1, 1.5, 100_001, '3', null, {}, []]) {
      expect(() => makeTopic({ keep }))
        .to.throw(/a whole number from 1 to 100000/)
        .with.property('code', 'EINVAL');
    }
    for (const spec of [null, 3, [], 'x', { keeps: 3 }]) expect(codeOf(() => makeTopic(spec))).to.equal('EINVAL');
    expect(makeTopic(undefined).peek()).to.deep.equal({ Keep: 1, Seq: 0, Held: 0, Bytes: 0, Subscribers: 0 });
  });

  it('has its files, and no command', () => {
    const topic = makeTopic({});
    expect(codeOf(() => open(topic, 'recv'))).to.equal('ENOENT');
    expect(codeOf(() => topic.openWriter('send', { truncate: true, append: false }))).to.equal('ENOENT');
    expect(codeOf(() => topic.perform())).to.equal('EINVAL');
  });

  it('gives each message to all, in one order, and those that are held to who comes late', async () => {
    const topic = makeTopic({ keep: 3 });
    const early = open(topic, 'sub');
    const waiting = read(early);
    publish(topic, 'a', 'b', 'c', 'd');
    const late = open(topic, 'sub');
    expect(await waiting).to.equal('a');
    expect(await all(early)).to.deep.equal(['b', 'c', 'd']);
    expect(await all(late)).to.deep.equal(['b', 'c', 'd']);
    expect(topic.peek()).to.deep.equal({ Keep: 3, Seq: 4, Held: 3, Bytes: 3, Subscribers: 2 });
    early.close();
    late.close();
    expect(topic.peek().Subscribers).to.equal(0);
  });

  it('tells a subscriber once that it was overtaken, which goes on at the oldest that is held', async () => {
    const topic = makeTopic({ keep: 2 });
    const slow = open(topic, 'sub');
    publish(topic, 'a', 'b');
    expect(await read(slow)).to.equal('a');
    publish(topic, 'c', 'd');
    expect(await read(slow)).to.equal('EOVERFLOW');
    publish(topic, 'e');
    expect(await all(slow)).to.deep.equal(['d', 'e']);
  });

  it('gives a message whole that was begun, whatever comes meanwhile', async () => {
    const topic = makeTopic(undefined);
    const slow = open(topic, 'sub');
    publish(topic, 'abcdef');
    expect(await read(slow, {}, 4)).to.equal('abcd');
    publish(topic, 'x', 'y');
    expect(await read(slow)).to.equal('ef');
    expect(await read(slow)).to.equal('EOVERFLOW');
    expect(await read(slow)).to.equal('y');
  });

  it('publishes what one open writes, at its close; nothing of one that is aborted', async () => {
    const topic = makeTopic({ keep: 10 });
    const sub = open(topic, 'sub');
    const [one, other] = [writer(topic), writer(topic)];
    void one.write(Buffer.from('one'));
    void other.write(Buffer.from('other'));
    void one.write(Buffer.from(' more'));
    expect(await all(sub)).to.deep.equal([]);
    other.close();
    one.close();
    one.close();
    const aborted = writer(topic);
    void aborted.write(Buffer.from('no'));
    aborted.abort();
    const withdrawn = writer(topic);
    void withdrawn.write(Buffer.from('no'));
    expect(withdrawn.withdraw?.()).to.equal(true);
    expect(one.withdraw?.()).to.equal(false);
    writer(topic, false).close();
    writer(topic, true).close();
    expect(await all(sub)).to.deep.equal(['other', 'one more', '']);
  });

  it('shows an empty message to who reads packets, and passes it over in a stream', async () => {
    const topic = makeTopic({ keep: 10 });
    publish(topic, 'a', '', 'b');
    const [packets, stream] = [open(topic, 'sub'), open(topic, 'sub')];
    expect([await read(packets, packet), await read(packets, packet), await read(packets, packet)]).to.deep.equal(['a', '', 'b']);
    expect([await read(stream), await read(stream)]).to.deep.equal(['a', 'b']);
    expect(await read(open(topic, 'last'))).to.equal('b');
  });

  it('takes a message of 1 MiB, and of a longer one nothing', async () => {
    const topic = makeTopic({ keep: 10 });
    const whole = writer(topic);
    for (let part = 0; part < 4; part++) void whole.write(Buffer.alloc(TOPIC_MESSAGE_MAX_BYTES / 4, 97));
    whole.close();
    const tooLong = writer(topic);
    void tooLong.write(Buffer.alloc(TOPIC_MESSAGE_MAX_BYTES));
    expect(codeOf(() => tooLong.write(Buffer.from('x')))).to.equal('EMSGSIZE');
    expect(codeOf(() => tooLong.write(Buffer.from('x')))).to.equal('EMSGSIZE');
    tooLong.close();
    expect(topic.peek()).to.include({ Seq: 1, Bytes: TOPIC_MESSAGE_MAX_BYTES });
    expect((await read(open(topic, 'sub'))).length).to.equal(TOPIC_MESSAGE_MAX_BYTES);
  });

  it('publishes each write in packet mode', async () => {
    const topic = makeTopic({ keep: 10 });
    const pub = writer(topic);
    void pub.write(Buffer.from('a'), packet);
    void pub.write(Buffer.from('b'), packet);
    expect(codeOf(() => pub.write(Buffer.alloc(PACKET_MAX_BYTES + 1), packet))).to.equal('EMSGSIZE');
    expect(pub.withdraw?.()).to.equal(false);
    expect(await all(open(topic, 'sub'))).to.deep.equal(['a', 'b']);
  });

  it('holds 64 MiB at most, and always the newest', () => {
    const topic = makeTopic({ keep: 1000 });
    for (let count = 0; count < 70; count++) {
      const pub = writer(topic);
      void pub.write(Buffer.alloc(TOPIC_MESSAGE_MAX_BYTES));
      pub.close();
    }
    expect(topic.peek()).to.include({ Seq: 70, Held: 64, Bytes: TOPIC_HELD_MAX_BYTES });
  });

  it('bounds what is being written by all, and has it back when they end, however', () => {
    const topic = makeTopic(undefined);
    const bytes = Buffer.alloc(TOPIC_MESSAGE_MAX_BYTES);
    for (const end of ['close', 'abort', 'withdraw'] as const) {
      const many = Array.from({ length: TOPIC_BEGUN_MAX_BYTES / bytes.length }, () => writer(topic));
      for (const one of many) void one.write(bytes);
      const late = writer(topic);
      expect(codeOf(() => late.write(Buffer.from('x')))).to.equal('EAGAIN');
      expect(codeOf(() => late.write(Buffer.from('x')))).to.equal('EAGAIN');
      late.close();
      for (const one of many) one[end]?.();
    }
    publish(topic, 'x');
    expect(topic.peek().Seq).to.equal(TOPIC_BEGUN_MAX_BYTES / bytes.length + 1);
  });

  it('holds 100,000 messages, and lets the oldest go one by one', async () => {
    const topic = makeTopic({ keep: 100_000 });
    for (let count = 1; count <= 250_000; count++) publish(topic, String(count));
    expect(topic.peek()).to.include({ Seq: 250_000, Held: 100_000 });
    const sub = open(topic, 'sub');
    for (let count = 150_001; count <= 250_000; count++) expect(text(await sub.read(10))).to.equal(String(count));
  });

  it('gives the newest message, or one that is newer than at the open', async () => {
    const topic = makeTopic(undefined);
    expect(await read(open(topic, 'last'))).to.equal('');
    publish(topic, 'a');
    const next = open(topic, 'next');
    expect([next.ready(), await read(next, nonblock)]).to.deep.equal([false, 'EAGAIN']);
    const waiting = read(next);
    const poll = next.whenReady();
    publish(topic, 'bcd', 'e');
    await poll;
    expect([await waiting, await read(next), next.atEnd]).to.deep.equal(['bcd', '', true]);
    const last = open(topic, 'last');
    expect([await read(last, {}, 1), await read(last), last.atEnd]).to.deep.equal(['e', '', true]);
  });

  it('takes nothing from who is interrupted', async () => {
    const topic = makeTopic({ keep: 3 });
    for (const file of ['sub', 'next'] as const) {
      const reader = open(topic, file);
      const aborted = new AbortController();
      const interrupted = read(reader, aborted);
      aborted.abort(new CircuitError('EINTR'));
      expect(await interrupted).to.equal('EINTR');
      publish(topic, file);
      expect(await read(reader)).to.equal(file);
      topic.log.clear();
    }
  });

  it('gives a message again that was read and not acknowledged', async () => {
    const topic = makeTopic({ keep: 3 });
    publish(topic, 'ab', 'c');
    const sub = open(topic, 'sub', true);
    expect(await read(sub, {}, 1)).to.equal('a');
    sub.requeue();
    expect(await read(sub)).to.equal('ab');
    sub.ack(2);
    expect(await read(sub)).to.equal('c');
    sub.requeue();
    expect(await all(sub)).to.deep.equal(['c']);
  });

  it('ends all who use it when it is scrubbed', async () => {
    const topic = makeTopic({ keep: 3 });
    const [sub, next, pub] = [open(topic, 'sub'), open(topic, 'next'), writer(topic)];
    const waiting = [read(sub), read(next)];
    topic.scrub();
    topic.scrub();
    expect(await Promise.all([...waiting, read(sub), read(next), read(open(topic, 'last'))])).to.deep.equal(Array(5).fill('EIDRM'));
    expect([sub.ready(), next.ready()]).to.deep.equal([true, true]);
    expect(codeOf(() => pub.write(Buffer.from('x')))).to.equal('EIDRM');
    pub.close();
    sub.close();
    expect(topic.peek()).to.include({ Seq: 0, Subscribers: 0 });
  });

  it('hands on batches by their numbers, and a long message in parts', async () => {
    const topic = makeTopic({ keep: 3 });
    publish(topic, 'a', 'bcdef', 'g', 'h');
    const sub = open(topic, 'sub');
    const follow = async (from: number, most: number): Promise<unknown> => {
      const { seq, size, offset, messages } = (await sub.follow?.(from, most, nonblock)) ?? { messages: [] };
      return [seq, size, offset, ...messages.map(text)];
    };
    expect(await follow(0, 3)).to.deep.equal([2, 5, 0, 'bcd']);
    publish(topic, 'i');
    expect(await follow(0, 3)).to.deep.equal([2, 5, 3, 'ef']);
    expect(await follow(0, 2)).to.deep.equal([3, 1, 0, 'g', 'h']);
    expect(await follow(0, 2)).to.deep.equal([5, 1, 0, 'i']);
    expect(await follow(0, 2)).to.deep.equal([6, 0, 0]);
    expect(await follow(1, 9)).to.deep.equal([3, 1, 0, 'g', 'h', 'i']);
    const waiting = [sub.follow?.(0, 9), sub.follow?.(0, 9)].map((batch) => Promise.resolve(batch));
    publish(topic, 'j', 'k');
    expect((await waiting[0])?.messages.map(text)).to.deep.equal(['j', 'k']);
    publish(topic, 'l');
    expect((await waiting[1])?.messages.map(text)).to.deep.equal(['l']);
  });

  it('serves a thousand subscribers', async () => {
    const topic = makeTopic({ keep: 100 });
    const subs = Array.from({ length: 1000 }, () => open(topic, 'sub'));
    const waiting = subs.map((sub) => read(sub));
    publish(topic, 'a', 'b');
    expect(new Set(await Promise.all(waiting))).to.deep.equal(new Set(['a']));
    for (const sub of subs) expect(await all(sub)).to.deep.equal(['b']);
    for (const sub of subs) sub.close();
    expect(topic.peek().Subscribers).to.equal(0);
  });
});
