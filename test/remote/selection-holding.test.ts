/**
 * Selections over what is held on another server: what a clause that loses, or a server that is lost, leaves behind.
 */
import { expect } from 'chai';
import type { Credentials } from '../../src/base/bytes.js';
import { CircuitError } from '../../src/base/error.js';
import { Anchor } from '../../src/api/anchor.js';
import type { Channel } from '../../src/api/channel.js';
import type { Selection } from '../../src/api/selection.js';
import { makeLock } from '../../src/element/lock/lock.js';
import { makeTopic } from '../../src/element/topic/topic.js';
import { channels, Distance, ID, selections, server } from '../lib/distance.js';
import { codeOf, WHERE } from './selection-places.js';

const credentials: Credentials = { uid: 1, gid: 2, pid: 3 };

for (const where of WHERE)
  describe(`a selection by the API, ${where.selection}, of what is held ${where.clauses}`, () => {
    let root: Anchor;
    let between: Distance | undefined;
    let jobs: Channel;
    let stop: Channel;
    let select: (...files: readonly string[]) => Promise<Selection>;

    beforeEach(async () => {
      const far = server({ chan: channels, lock: makeLock, topic: makeTopic });
      between = where.clauses === 'here' ? undefined : new Distance(far, 'X00000000000000aa');
      const near = server({ chan: channels, select: selections(() => between?.tree ?? far.here) });
      const tree = where.selection === 'here' ? near.here : new Distance(near, 'X00000000000000bb').tree;
      root = new Anchor(far.here, [], credentials);
      jobs = await root.walk('jobs').makeChannel(3, { tries: 2 });
      stop = await root.walk('stop').makeChannel(1);
      let count = 0;
      select = (...files) =>
        new Anchor(tree, [`s${count++}`], credentials).makeSelection(files.map((file) => ({ op: 'r', file: `/${ID}/${file}` })));
    });

    /** Notes have no answer: what they bring about is there in a moment. */
    const until = async (path: string, fields: object): Promise<void> => {
      for (;;) {
        const state = (await root.walk(path).peek()) as Record<string, unknown>;
        if (Object.entries(fields).every(([name, value]) => state[name] === value)) return;
        await new Promise((resolve) => setImmediate(resolve));
      }
    };

    it('takes a message, and it is done, or comes back', async () => {
      for (const text of ['one', 'two']) await jobs.send(text);
      const first = await select('stop/recv', 'jobs/take');
      expect(await first.wait()).to.deep.equal({ clause: 1, file: `/${ID}/jobs/take`, commit: 'take.1' });
      expect(await codeOf(first.receive())).to.equal('ENOENT');
      const job = await first.take();
      expect([job.text, job.tries]).to.deep.equal(['one', 0]);
      expect(await jobs.peek()).to.include({ NumTaken: 1, NumRecv: 0 });
      await job.done();
      expect(await jobs.peek()).to.include({ NumTaken: 0, NumRecv: 1 });
      expect(await codeOf(first.take())).to.equal('ENODATA');
      const second = await select('jobs/take');
      await (await second.take()).back();
      expect(await jobs.peek()).to.include({ NumTaken: 0, Buffered: 1 });
      const again = await jobs.take();
      expect([again.text, again.tries]).to.deep.equal(['two', 1]);
    });

    it('carries a long message, and an empty one', async () => {
      const long = 'x'.repeat(300_000);
      const sent = jobs.send(long);
      const job = await (await select('jobs/take')).take();
      expect(job.text.length).to.equal(long.length);
      await job.done();
      await sent;
      await jobs.send('');
      const empty = await (await select('jobs/take')).take();
      expect(empty.text).to.equal('');
      await empty.done();
      expect(await jobs.peek()).to.include({ NumRecv: 2, NumTaken: 0 });
    });

    it('takes nothing, and tries nothing, by clauses that lose', async () => {
      await jobs.send('job');
      for (let n = 0; n < 6; n++) {
        await stop.send('stop');
        const selection = await select(...(n % 2 === 0 ? ['stop/recv', 'jobs/take'] : ['jobs/take', 'stop/recv']));
        const { commit } = await selection.wait();
        if (commit.startsWith('read')) await selection.receive();
        await selection.scrub();
        await until('jobs', { NumTaken: 0, Buffered: 1, WaitingReceivers: 0 });
        if ((await stop.peek()).Buffered > 0) await stop.receive();
      }
      const job = await jobs.take();
      expect([job.text, job.tries]).to.deep.equal(['job', 0]);
    });

    it('holds no lock by a clause that loses', async () => {
      const lock = await root.walk('mutex').makeLock();
      const held = await lock.lock();
      const selection = await select('mutex/lock', 'stop/recv');
      await stop.send('stop');
      expect(await selection.wait()).to.include({ commit: 'read.1' });
      held.release();
      await until('mutex', { NumHolders: 0, NumWaiting: 0 });
      const both = await select('mutex/lock', 'mutex/lock');
      expect(await both.wait())
        .to.have.property('commit')
        .that.matches(/^read/);
      await until('mutex', { NumHolders: 1, NumWaiting: 0 });
      await both.scrub();
      await until('mutex', { NumHolders: 0, NumWaiting: 0 });
    });

    it('is won by a message of a topic, that is held or comes', async () => {
      const topic = await root.walk('topic').makeTopic(2);
      const next = await select('topic/next', 'stop/recv');
      await topic.publish('news');
      expect((await next.receive()).toString()).to.equal('news');
      const all = await select('stop/recv', 'topic/sub');
      expect(await all.wait()).to.include({ commit: 'read.1' });
      const stream = (await all.receiver()) as AsyncIterable<Buffer>;
      let seen = '';
      for await (const chunk of stream) {
        seen += chunk.toString();
        if (seen === 'news') await topic.publish('more');
        if (seen === 'newsmore') break;
      }
      await all.scrub();
      await until('topic', { Subscribers: 0 });
      await stop.send('stop');
      expect((await (await select('stop/recv')).receive()).toString()).to.equal('stop');
    });

    if (where.clauses === 'elsewhere')
      it('gives back, untried, what nobody has read of when its server is lost', async () => {
        await jobs.send('job');
        const selection = await select('jobs/take');
        await selection.wait();
        expect(await jobs.peek()).to.include({ NumTaken: 1 });
        between?.end(new CircuitError('EHOSTDOWN', 'it died'));
        const job = await jobs.take();
        expect([job.text, job.tries]).to.deep.equal(['job', 0]);
        expect(await codeOf(selection.take())).to.equal('EHOSTDOWN');
      });
  });
