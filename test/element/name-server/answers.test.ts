/**
 * Answers that are kept for who asks the same.
 */
import { expect } from 'chai';
import { DNS_ANSWERS_KEPT_MAX_BYTES, DNS_ANSWERS_PER_SECOND } from '../../../src/base/limits.js';
import { Answers } from '../../../src/element/name-server/answers.js';
import { Guests } from '../../../src/element/name-server/guests.js';
import { makeNameServer } from '../../../src/element/name-server/name-server.js';
import { opt, queryOf, recordsOf, told } from './fixture.js';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

const HERE = '127.0.0.1';

describe('an answer that was given before', () => {
  let answers: Answers;
  beforeEach(() => {
    answers = new Answers(recordsOf('miek.nl. A 192.0.2.1'), new Guests());
  });
  const ask = (query: Buffer, address = HERE, now_ms = 0): Buffer | undefined => {
    const answer = answers.to(query, address, now_ms);
    return answer && Buffer.from(answer);
  };
  const withId = (query: Buffer, id: number): Buffer => {
    const other = Buffer.from(query);
    other.writeUInt16BE(id, 0);
    return other;
  };

  it('is the same but for the ID of the question, in whatever letters and with whatever EDNS that was asked', () => {
    for (const query of [
      queryOf({}),
      queryOf({ name: 'MiEk.nl' }),
      queryOf({ edns: 1232 }),
      queryOf({ name: 'no.nl' }),
      queryOf({ type: 'MX' }),
    ]) {
      const fresh = ask(query);
      const { size } = answers;
      const again = ask(withId(query, 815));
      expect(again?.subarray(2)).to.deep.equal(fresh?.subarray(2));
      expect(again?.readUInt16BE(0)).to.equal(815);
      expect(answers.size).to.equal(size);
    }
    expect(answers.size).to.equal(5);
  });

  it('counts against the share of its asker, as answers that are made anew do', () => {
    ask(queryOf({}));
    const kinds = Array.from({ length: DNS_ANSWERS_PER_SECOND + 4 }, (_, id) => ask(withId(queryOf({}), id), '198.51.100.1')).map(
      (answer) => (answer === undefined ? 'dropped' : told(answer).flag_tc ? 'truncated' : 'answered'),
    );
    expect(kinds.slice(0, DNS_ANSWERS_PER_SECOND)).to.include('answered').and.not.include('dropped').and.not.include('truncated');
    expect(kinds.slice(DNS_ANSWERS_PER_SECOND)).to.deep.equal(['dropped', 'truncated', 'dropped', 'truncated']);
    expect(told(ask(queryOf({})) ?? Buffer.alloc(0)).answers, 'what was cut off for others is whole here').to.have.lengthOf(1);
  });

  it('is not kept where it holds a cookie, which is one asker', () => {
    const query = queryOf({ packet: { additionals: [opt({ options: [{ code: 10 as 11, data: Buffer.alloc(8, 1) }] })] } });
    expect(ask(query, HERE)).not.to.deep.equal(ask(query, '::1'));
    expect(answers.size).to.equal(0);
  });

  it('takes no more memory than it may, whatever is asked', () => {
    const most = DNS_ANSWERS_KEPT_MAX_BYTES / 200;
    let greatest = 0;
    for (let number = 0; number < 2 * most; number++) {
      ask(queryOf({ name: `nobody${number}.nl` }));
      greatest = Math.max(greatest, answers.size);
    }
    expect(greatest).to.be.within(100, most);
    expect(answers.size).to.be.below(greatest);
  });

  it('is made anew when a record has changed', async () => {
    const server = await makeNameServer({}, { changed: () => undefined, happened: () => undefined, gone: () => undefined });
    const client = createSocket('udp4');
    const count = async (): Promise<number | undefined> => {
      client.send(queryOf({}), server.address.port, HERE);
      const [answer] = (await once(client, 'message')) as [Buffer];
      return told(answer).answers?.length;
    };
    try {
      expect(await count()).to.equal(0);
      server.perform('set', ['miek.nl. A 192.0.2.1']);
      expect(await count()).to.equal(1);
      server.perform('set', ['miek.nl. A 192.0.2.2']);
      expect(await count()).to.equal(2);
      expect(await count()).to.equal(2);
      server.perform('unset', ['miek.nl.']);
      expect(await count()).to.equal(0);
    } finally {
      client.close();
      server.scrub();
    }
  });
});
