/**
 * Whom a name server answers, and how often: no use to who forges sources, no burden to those beside it.
 */
import { expect } from 'chai';
import { DNS_ANSWERS_PER_SECOND, DNS_NETWORKS_MAX, DNS_QUERY_MAX_BYTES, DNS_TURN_MS } from '../../../src/base/limits.js';
import { Guests } from '../../../src/element/name-server/guests.js';
import { respond, type Transport } from '../../../src/element/name-server/respond.js';
import { Turns } from '../../../src/element/name-server/turns.js';
import { opt, queryOf, recordsOf, told, type Told } from './fixture.js';
import { needs } from '../../lib/machine.js';
import { dig } from './dig.js';
import { makeNameServer } from '../../../src/element/name-server/name-server.js';

const NOW_S = 1_790_000_000;
const records = recordsOf('miek.nl. A 192.0.2.1');
const CLIENT = Buffer.from('0102030405060708', 'hex');

describe('who asks a name server', () => {
  let guests: Guests;
  let now_ms = 0;
  let now_s = NOW_S;
  beforeEach(() => {
    guests = new Guests();
    [now_ms, now_s] = [0, NOW_S];
  });
  const ask = (address: string, query = queryOf({}), transport: Transport = 'udp'): Told | undefined => {
    const answer = respond(query, transport, records, guests.from(address, now_ms, now_s));
    return answer && told(answer);
  };
  /** How many of so many questions were answered, sent to TCP, and dropped. */
  const askMuch = (count: number, addressOf: (at: number) => string, query?: Buffer): readonly number[] => {
    const counts = [0, 0, 0];
    for (let at = 0; at < count; at++) {
      const answer = ask(addressOf(at), query);
      const kind = answer === undefined ? 2 : answer.flag_tc ? 1 : 0;
      counts[kind] = (counts[kind] ?? 0) + 1;
    }
    return counts;
  };
  const withCookie = (data: Buffer): Buffer => queryOf({ packet: { additionals: [opt({ options: [{ code: 10 as 11, data }] })] } });
  const cookieIn = (answer: Told | undefined): Buffer => {
    const [first] = answer?.additionals ?? [];
    const option = first?.type === 'OPT' ? first.options.find(({ code }) => (code as number) === 10) : undefined;
    return option !== undefined && 'data' in option && option.data instanceof Buffer ? option.data : Buffer.alloc(0);
  };

  it('is counted by network: beyond the limit every second one is sent to TCP, the others hear nothing; others are not touched', () => {
    expect(askMuch(DNS_ANSWERS_PER_SECOND + 100, (at) => `198.51.100.${at % 256}`)).to.deep.equal([DNS_ANSWERS_PER_SECOND, 50, 50]);
    expect(askMuch(1, () => '198.51.101.1')).to.deep.equal([1, 0, 0]);
    expect(askMuch(DNS_ANSWERS_PER_SECOND + 2, (at) => `2001:db8:1:${at.toString(16)}::1`)).to.deep.equal([DNS_ANSWERS_PER_SECOND, 1, 1]);
    now_ms = 1000;
    expect(askMuch(1, () => '198.51.100.1')).to.deep.equal([1, 0, 0]);
  });

  it('is not counted over TCP, nor on the same host', () => {
    expect(askMuch(2 * DNS_ANSWERS_PER_SECOND, () => '127.0.0.1')).to.deep.equal([2 * DNS_ANSWERS_PER_SECOND, 0, 0]);
    askMuch(2 * DNS_ANSWERS_PER_SECOND, () => '198.51.100.1');
    expect(ask('198.51.100.1', queryOf({}), 'tcp')?.answers).to.have.lengthOf(1);
  });

  it('is counted with others once there are too many networks', () => {
    for (let at = 0; at < DNS_NETWORKS_MAX; at++) ask(`10.${at >> 8}.${at & 255}.1`);
    expect(askMuch(DNS_ANSWERS_PER_SECOND + 2, (at) => `11.0.${at}.1`)).to.deep.equal([DNS_ANSWERS_PER_SECOND, 1, 1]);
  });

  it('gets a cookie for one of its own, shows it, and is not limited any more (RFC 7873)', () => {
    const cookie = cookieIn(ask('198.51.100.1', withCookie(CLIENT)));
    expect(cookie).to.have.lengthOf(24);
    expect(cookie.subarray(0, 8)).to.deep.equal(CLIENT);
    const much = 2 * DNS_ANSWERS_PER_SECOND;
    expect(askMuch(much, () => '198.51.100.1', withCookie(cookie))).to.deep.equal([much, 0, 0]);
    const wrong = Buffer.from(cookie);
    wrong[23] = (wrong[23] ?? 0) ^ 1;
    for (const forged of [wrong, cookie.subarray(0, 16), Buffer.concat([cookie, Buffer.alloc(16)])])
      expect(askMuch(much, () => '203.0.113.1', withCookie(forged))[0], forged.toString('hex')).to.be.at.most(DNS_ANSWERS_PER_SECOND);
    expect(askMuch(much, () => '203.0.114.1', withCookie(cookie))[0], 'of another address').to.equal(DNS_ANSWERS_PER_SECOND);
    now_s += 3601;
    now_ms += 1000;
    expect(askMuch(much, () => '198.51.100.1', withCookie(cookie))[0], 'old').to.equal(DNS_ANSWERS_PER_SECOND);
  });

  it('gets FORMERR for a cookie of a length that there is not', () => {
    for (const length of [0, 7, 9, 15, 41]) expect(ask('198.51.100.1', withCookie(Buffer.alloc(length)))?.rcode).to.equal('FORMERR');
    expect(cookieIn(ask('198.51.100.1', queryOf({ edns: 1232 })))).to.have.lengthOf(0);
  });

  it('and is dig, sees its cookie taken for good', async function () {
    needs(this, 'dig');
    const server = await makeNameServer({}, { changed: () => undefined, happened: () => undefined, gone: () => undefined });
    try {
      expect(await dig(server.address, '+cookie miek.nl')).to.match(/COOKIE: [0-9a-f]{48} \(good\)/);
    } finally {
      server.scrub();
    }
  });
});

describe('a name server that is asked much', () => {
  it('parses no additional record but OPT, so that hostile ones cost no more than others', () => {
    // Bitmaps of all types, which were unpacked bit by bit: such a question took a millisecond.
    const bitmap = Buffer.concat([Buffer.of(0), ...Array.from({ length: 26 }, (_, block) => Buffer.concat([Buffer.of(block, 32), Buffer.alloc(32, 255)]))]); // prettier-ignore
    const nsec = Buffer.concat([Buffer.from('00002f000100000000', 'hex'), Buffer.of(bitmap.length >> 8, bitmap.length & 255), bitmap]);
    const query = Buffer.concat([Buffer.from('1267000000010000000000040000010001', 'hex'), nsec, nsec, nsec, nsec]);
    expect(query.length).to.be.below(DNS_QUERY_MAX_BYTES);
    const cost = (question: Buffer): number => {
      const before = process.cpuUsage();
      for (let count = 0; count < 1500; count++) if (respond(question, 'udp', records) === undefined) expect.fail('no answer');
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    const ordinary = queryOf({});
    cost(ordinary); // so that both find the code compiled
    expect(cost(query) / cost(ordinary), 'of what ordinary ones cost').to.be.below(20);
  });

  it('takes so much of a turn, and lets everything else have its own', async () => {
    let now_ms = 0;
    const turns = new Turns(() => now_ms);
    const order: string[] = [];
    const job = (name: string) => (): void => {
      now_ms += 0.6 * DNS_TURN_MS;
      order.push(name);
    };
    for (const name of ['1', '2', '3', '4', '5']) turns.add(job(name));
    expect(order, 'what this turn has room for').to.deep.equal(['1', '2']);
    expect(turns.waiting).to.equal(3);
    await new Promise<void>((done) => setImmediate(done));
    order.push('others');
    while (turns.waiting > 0) await new Promise((done) => setImmediate(done));
    expect(order).to.deep.equal(['1', '2', '3', '4', 'others', '5']);
  });

  it('goes on with the next when one fails', async () => {
    const turns = new Turns();
    const failing = (): void => {
      throw new Error('one');
    };
    expect(() => turns.add(failing)).to.throw('one');
    await new Promise<void>((done) => turns.add(done));
  });
});

describe('a source of questions that never ends', () => {
  it('has its share of each turn, one step at least, also while others wait', async () => {
    let now_ms = 0;
    const turns = new Turns(() => now_ms);
    let steps = 0;
    const step = (): boolean => {
      steps++;
      now_ms += DNS_TURN_MS / 4;
      return steps < 100;
    };
    turns.goOn(step);
    expect(steps).to.equal(4);
    turns.goOn(step);
    expect(steps, 'in the same turn').to.equal(5);
    await new Promise((resolve) => setImmediate(resolve));
    turns.goOn(step);
    expect(steps, 'in the next one').to.equal(9);
  });
});
