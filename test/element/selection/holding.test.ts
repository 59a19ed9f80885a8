/**
 * Selections over what is held: messages that are taken, locks; and over topics, from which nothing is taken.
 */
import { expect } from 'chai';
import type { ByteReader } from '../../../src/base/bytes.js';
import type { ControlFile } from '../../../src/base/name.js';
import { type Channel, makeChannel } from '../../../src/element/channel/channel.js';
import { type Lock, makeLock } from '../../../src/element/lock/lock.js';
import type { Selection } from '../../../src/element/selection/selection.js';
import { makeTopic, type Topic } from '../../../src/element/topic/topic.js';
import { codeOf, outcome, received } from '../channel/fixture.js';
import { credentials, Elements, NO_EVENTS, settled } from './fixture.js';

const ALL = { truncate: true, append: false };

describe('a selection over what is held', () => {
  let elements: Elements;
  let jobs: Channel;
  let stop: Channel;
  beforeEach(() => {
    elements = new Elements();
    jobs = elements.put('jobs', makeChannel({ Capacity: 3, Tries: 2 }, NO_EVENTS));
    stop = elements.channel('stop', 1);
  });

  const write = (to: Channel | Topic, text: string): void => {
    const writer = to.openWriter(to === jobs || to === stop ? 'send' : 'pub', ALL, credentials);
    void writer.write(Buffer.from(text));
    writer.close();
  };
  const wait = async (selection: Selection): Promise<ControlFile> => {
    const text = await received(selection.openReader('wait', credentials));
    return (JSON.parse(text) as { commit: ControlFile }).commit;
  };
  const open = (selection: Selection, file: ControlFile): ByteReader => selection.openReader(file, credentials);

  describe('a message to be taken', () => {
    it('has it for take.N: held while it is worked on, received when it is done', async () => {
      const selection = await elements.select('stop/recv', 'jobs/take');
      write(jobs, 'job');
      expect(await wait(selection)).to.equal('take.1');
      expect(jobs.peek()).to.include({ NumTaken: 1, NumRecv: 0 });
      const reader = open(selection, 'take.1');
      expect(codeOf(() => reader.taking?.done())).to.equal('EINVAL');
      expect([await received(reader), reader.taking?.tries]).to.deep.equal(['job', 0]);
      expect(jobs.peek()).to.include({ NumTaken: 1, NumRecv: 0 });
      await reader.taking?.done();
      expect(jobs.peek()).to.include({ NumTaken: 0, NumRecv: 1 });
      write(jobs, 'other');
      expect([await outcome(() => reader.read(9)), codeOf(() => reader.taking?.done())]).to.deep.equal(['ENODATA', 'ENODATA']);
      reader.close();
      expect([codeOf(() => open(selection, 'take.1')), selection.peek().Winner?.used]).to.deep.equal(['ENODATA', true]);
      expect(jobs.peek()).to.include({ NumTaken: 0, Buffered: 1 });
    });

    for (const [how, act] of [
      ['its reader says so', (reader: ByteReader) => reader.taking?.back()],
      ['its reader closes', (reader: ByteReader) => reader.close()],
      ['it is scrubbed', (_reader: ByteReader, selection: Selection) => selection.scrub()],
    ] as const)
      it(`gives it back, with a try, when ${how} behind its first bytes`, async () => {
        for (const text of ['job', 'next']) write(jobs, text);
        const selection = await elements.select('jobs/take');
        await wait(selection);
        const reader = open(selection, 'take.0');
        await reader.read(2);
        await act(reader, selection);
        expect(jobs.peek()).to.include({ NumTaken: 0, NumRecv: 0, Buffered: 2 });
        const again = jobs.openReader('take', credentials);
        expect([await received(again), again.taking?.tries]).to.deep.equal(['job', 1]);
      });

    it('gives it back untried when it is let go before anybody has read of it', async () => {
      write(jobs, 'job');
      for (let n = 0; n < 3; n++) {
        const selection = await elements.select('jobs/take');
        await wait(selection);
        open(selection, 'take.0').close();
        expect(jobs.peek()).to.include({ NumTaken: 1 });
        if (n === 0) selection.scrub();
        else selection.perform('abort', []);
        expect(jobs.peek()).to.include({ NumTaken: 0, Dead: 0, Buffered: 1 });
      }
      const next = jobs.openReader('take', credentials);
      expect([await received(next), next.taking?.tries]).to.deep.equal(['job', 0]);
    });

    it('takes nothing, and tries nothing, where another clause wins', async () => {
      write(jobs, 'job');
      write(stop, 'stop');
      const seen = new Set<string>();
      for (let n = 0; n < 4; n++) {
        const [first, second] = n % 2 === 0 ? (['jobs/take', 'stop/recv'] as const) : (['stop/recv', 'jobs/take'] as const);
        const selection = await elements.select(first, second, 'jobs/take');
        const commit = await wait(selection);
        await settled();
        seen.add(commit);
        expect(jobs.peek()).to.include({ NumTaken: commit.startsWith('take') ? 1 : 0, WaitingReceivers: 0 });
        selection.scrub();
      }
      expect(jobs.peek()).to.include({ NumTaken: 0, Dead: 0, Buffered: 1 });
      const next = jobs.openReader('take', credentials);
      expect([await received(next), next.taking?.tries]).to.deep.equal(['job', 0]);
      expect([...seen]).to.not.have.property('length', 0);
    });

    it('is the last to hold one: others see the end of the channel when that is done', async () => {
      write(jobs, 'job');
      const selection = await elements.select('jobs/take');
      await wait(selection);
      jobs.perform('close', []);
      const other = await elements.select('jobs/take');
      const waiting = received(other.openReader('wait', credentials));
      const reader = open(selection, 'take.0');
      await received(reader);
      await settled();
      expect(other.peek().Phase).to.equal('waiting');
      await reader.taking?.done();
      expect(await waiting).to.equal('ENODATA');
    });
  });

  describe('a lock', () => {
    let lock: Lock;
    beforeEach(() => {
      lock = elements.put('lock', makeLock(undefined));
    });

    it("holds nothing, and stands in nobody's way, where another clause wins", async () => {
      const selection = await elements.select('lock/lock', 'stop/recv');
      expect(await wait(selection)).to.equal('read.0');
      const other = await elements.select('lock/lock', 'stop/recv');
      write(stop, 'stop');
      expect(await wait(other)).to.equal('read.1');
      selection.scrub();
      await settled();
      expect(lock.peek()).to.include({ NumHolders: 0, NumWaiting: 0, Token: 1 });
      const claim = lock.openReader('lock', credentials);
      expect(await outcome(() => claim.read(9, { nonblock: true }))).to.equal('2\n');
    });

    it('stays with who has read the token through it, and whose server is out of reach', async () => {
      const selection = await elements.select('lock/lock');
      await wait(selection);
      const reader = open(selection, 'read.0');
      expect(reader.lost?.()).to.equal(0);
      await reader.read(9);
      expect(reader.lost?.()).to.be.above(0);
    });
  });

  describe('a topic', () => {
    let topic: Topic;
    beforeEach(() => {
      topic = elements.put('topic', makeTopic({ keep: 2 }));
    });

    it('is won by what is held, and goes on with what comes', async () => {
      for (const text of ['a', 'b']) write(topic, text);
      const selection = await elements.select('topic/sub', 'stop/recv');
      expect(await wait(selection)).to.equal('read.0');
      write(topic, 'c');
      const reader = open(selection, 'read.0');
      const texts: string[] = [];
      for (let n = 0; n < 3; n++) texts.push(await outcome(() => reader.read(9)));
      expect(texts).to.deep.equal(['a', 'b', 'c']);
      const next = outcome(() => reader.read(9));
      write(topic, 'd');
      expect(await next).to.equal('d');
      reader.close();
      expect(topic.peek()).to.include({ Subscribers: 0, Seq: 4 });
    });

    it('is won by the newest message for next, and subscribes to nothing where another clause wins', async () => {
      write(topic, 'old');
      const selection = await elements.select('topic/next', 'stop/recv');
      await settled();
      expect(selection.peek().Phase).to.equal('waiting');
      write(topic, 'new');
      expect(await wait(selection)).to.equal('read.0');
      expect(await received(open(selection, 'read.0'))).to.equal('new');
      const other = elements.put('other', makeTopic(undefined));
      const waits = await elements.select('other/sub', 'stop/recv');
      expect(other.peek()).to.include({ Subscribers: 1 });
      write(stop, 'stop');
      expect(await wait(waits)).to.equal('read.1');
      expect(other.peek()).to.include({ Subscribers: 0 });
    });
  });
});
