/**
 * A topic by the API, at its own server and at another one.
 */
import { expect } from 'chai';
import { Anchor } from '../../src/api/anchor.js';
import type { Topic } from '../../src/api/topic.js';
import { CircuitError } from '../../src/base/error.js';
import { TOPIC_MESSAGE_MAX_BYTES } from '../../src/base/limits.js';
import { makeTopic } from '../../src/element/topic/topic.js';
import { Distance, server } from '../lib/distance.js';

const credentials = { uid: 1, gid: 2, pid: 3 };
const codeOf = (promise: Promise<unknown>): Promise<string> => promise.then(() => 'none', (error: unknown) => CircuitError.from(error).code); // prettier-ignore

for (const where of ['here', 'elsewhere'] as const) {
  describe(`a topic by the API, ${where}`, () => {
    let root: Anchor;
    let topic: Topic;

    beforeEach(async () => {
      const far = server({ topic: (spec) => makeTopic(spec) });
      root = new Anchor(where === 'here' ? far.here : new Distance(far).tree, [], credentials);
      topic = await root.walk('a').makeTopic(100);
    });

    /** So many messages of an iteration. */
    async function take(messages: AsyncGenerator<Buffer>, count: number): Promise<readonly string[]> {
      const got: string[] = [];
      while (got.length < count) got.push(String((await messages.next()).value));
      return got;
    }

    const subscribed = async (count: number): Promise<void> => {
      while ((await topic.peek()).Subscribers !== count) await new Promise((resolve) => setImmediate(resolve));
    };

    it('has its newest message', async () => {
      expect(String(await topic.last())).to.equal('');
      await topic.publish('a');
      await topic.publish(Buffer.from('b'));
      expect(String(await topic.last())).to.equal('b');
      expect(await topic.peek()).to.deep.equal({ Keep: 100, Seq: 2, Held: 2, Bytes: 2, Subscribers: 0 });
      expect(await (await root.walk('a').topic()).peek()).to.include({ Seq: 2 });
    });

    it('waits for the next one', async () => {
      await topic.publish('old');
      const next = topic.next();
      expect(String(await topic.next({ signal: AbortSignal.timeout(20) }).catch((error: unknown) => error))).to.include('Timeout');
      await topic.publish('new');
      expect(String(await next)).to.equal('new');
    });

    it('gives what is held and goes on, to each of its subscribers in one order', async () => {
      await topic.publish('held');
      const all = Array.from({ length: 20 }, () => topic.subscribe());
      const taking = all.map((messages) => take(messages, 51));
      await subscribed(20);
      for (let count = 0; count < 50; count++) await topic.publish(`m${count}`);
      const wanted = ['held', ...Array.from({ length: 50 }, (_, count) => `m${count}`)];
      for (const got of await Promise.all(taking)) expect(got).to.deep.equal(wanted);
      for (const messages of all) await messages.return();
      await subscribed(0);
    });

    it('carries empty messages, and those of 1 MiB; of longer ones nothing', async () => {
      const sub = topic.subscribe();
      const lengths: number[] = [];
      for (const length of [0, 1, 70_000, 300_000, TOPIC_MESSAGE_MAX_BYTES]) {
        await topic.publish(Buffer.alloc(length, 120));
        lengths.push((await sub.next()).value?.length ?? -1);
      }
      expect(lengths).to.deep.equal([0, 1, 70_000, 300_000, TOPIC_MESSAGE_MAX_BYTES]);
      expect(await codeOf(topic.publish(Buffer.alloc(TOPIC_MESSAGE_MAX_BYTES + 1)))).to.equal('EMSGSIZE');
      await topic.publish('x');
      expect(String((await sub.next()).value)).to.equal('x');
      expect((await topic.last()).length).to.equal(1);
      const late = topic.subscribe();
      for (const length of [...lengths, 1]) expect((await late.next()).value?.length).to.equal(length);
      await sub.return();
      await late.return();
    });

    it('tells a slow subscriber that it was overtaken', async () => {
      const [strict, lenient] = [topic.subscribe(), topic.subscribe({ overtaken: () => gaps++ })];
      let gaps = 0;
      await topic.publish('first');
      expect([await take(strict, 1), await take(lenient, 1)]).to.deep.equal([['first'], ['first']]);
      for (let count = 0; count < 300; count++) await topic.publish(`m${count}`);
      expect(await codeOf(strict.next())).to.equal('EOVERFLOW');
      let got = '';
      let last = -1;
      while (got !== 'm299') {
        [got = ''] = await take(lenient, 1);
        const number = Number(got.slice(1));
        expect(number).to.be.greaterThan(last);
        last = number;
      }
      expect(gaps).to.equal(1);
      await lenient.return();
      await subscribed(0);
    });

    it('ends its subscribers when it is scrubbed, and when they give up', async () => {
      const aborted = new AbortController();
      const [one, other] = [topic.subscribe(aborted).next(), topic.subscribe().next()];
      const next = topic.next();
      await subscribed(2);
      aborted.abort(new Error('enough'));
      expect(String(await one.catch((error: unknown) => error))).to.equal('Error: enough');
      await subscribed(1);
      await topic.scrub();
      expect([await codeOf(other), await codeOf(next), await codeOf(topic.publish('x'))]).to.deep.equal(['EIDRM', 'EIDRM', 'ENOENT']);
      expect(await codeOf(topic.subscribe().next())).to.equal('ENOENT');
    });
  });
}
