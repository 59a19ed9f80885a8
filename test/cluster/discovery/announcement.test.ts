import { expect } from 'chai';
import dns from 'dns-packet';
import fc from 'fast-check';
import { DISCOVERY_DATAGRAM_MAX_BYTES, MEMBERS_MAX } from '../../../src/base/limits.js';
import { type Announcement, decode, encodeAnnouncement, encodeQuestion } from '../../../src/cluster/discovery/announcement.js';
import { NO_KEYS, openSeal, seal, sealStrings } from '../../../src/cluster/discovery/seal.js';
import { digestOf, idOf, keyOf, keysOf } from './fixture.js';

const KEYS = keysOf('ours', 'the next one');
const NONCE = '0123456789abcdef';
const SERVER: Announcement = { id: idOf(1), address: { host: '10.0.0.1', port: 11_022 }, digest: digestOf(7), members: 12 };

describe('an announcement', () => {
  const announcements = fc.record({
    id: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((n) => `X${n.toString(16).padStart(16, '0')}`),
    address: fc.record({
      host: fc.oneof(fc.ipV4(), fc.ipV6(), fc.stringMatching(/^[a-z][a-z\d-]{0,62}(\.[a-z]{1,10}){0,5}$/)),
      port: fc.integer({ min: 1, max: 65_535 }),
    }),
    digest: fc.uint8Array({ minLength: 8, maxLength: 8 }),
    members: fc.option(fc.integer({ min: 1, max: MEMBERS_MAX }), { nil: undefined }),
  });

  it('says what it was told, whatever that is, and is never longer than a question', () => {
    fc.assert(
      fc.property(announcements, fc.constantFrom(undefined, NONCE), (announcement, nonce) => {
        const datagram = encodeAnnouncement(announcement, KEYS.speak, nonce);
        expect(datagram.length).to.be.at.most(encodeQuestion(NONCE, KEYS.speak).length);
        expect(openSeal(datagram, KEYS)).to.deep.equal({ verdict: 'valid', identity: KEYS.speak.identity });
        const message = decode(datagram);
        if (message?.type !== 'announcement') throw new Error('not understood');
        expect(message.nonce).to.equal(nonce);
        expect(message.announcement).to.deep.include({ id: announcement.id, address: announcement.address });
        expect(message.announcement.members).to.equal(announcement.members);
        expect([...message.announcement.digest]).to.deep.equal([...announcement.digest]);
      }),
    );
  });

  it('tells nothing but where which server is', () => {
    const { answers = [] } = dns.decode(encodeAnnouncement(SERVER, KEYS.speak));
    const text = answers.at(-1) as { data: Buffer[] };
    expect(text.data.map((string) => String(string).split('=')[0])).to.deep.equal(['txtvers', 'address', 'view', 'members', 'k', 'm']);
  });

  it('can be read by any browser of DNS-SD', () => {
    const { answers = [] } = dns.decode(encodeAnnouncement(SERVER, KEYS.speak));
    expect(answers.map(({ type, name }) => `${type} ${name}`)).to.deep.equal([
      'PTR _circuit._tcp.local',
      `SRV ${SERVER.id}._circuit._tcp.local`,
      `A ${SERVER.id}.local`,
      `TXT ${SERVER.id}._circuit._tcp.local`,
    ]);
    expect(answers[1]).to.have.deep.property('data', { priority: 0, weight: 0, port: 11_022, target: `${SERVER.id}.local` });
  });

  it('is refused for an address that does not fit', () => {
    const long = { ...SERVER, address: { host: 'a'.repeat(240), port: 1 } };
    expect(() => encodeAnnouncement(long, KEYS.speak))
      .to.throw(/too long to be announced/)
      .with.property('code', 'EINVAL');
  });

  it('with a field that is wrong is not understood', () => {
    const strings = (...fields: readonly string[]): Buffer => {
      const instance = `${SERVER.id}._circuit._tcp.local`;
      return seal(
        dns.encode({
          type: 'response',
          answers: [
            { type: 'PTR', name: '_circuit._tcp.local', data: instance },
            { type: 'SRV', name: instance, data: { port: 1, target: 'a.local' } },
            { type: 'TXT', name: instance, data: [...fields, ...sealStrings(KEYS.speak)] },
          ],
        }),
        KEYS.speak,
      );
    };
    const [version, address, view] = ['txtvers=1', 'address=10.0.0.1:1', 'view=0707070707070707'] as const;
    expect(decode(strings(version, address, view))).to.have.property('type', 'announcement');
    // What a later version adds is not understood, and does no harm.
    expect(decode(strings(version, address, view, 'members=65536', 'colour=blue'))).to.have.nested.property('announcement.members', 65_536);
    for (const fields of [
      [version, 'address=10.0.0.1:0', view],
      [version, 'address=10.0.0.1', view],
      [version, 'address=a b:1', view],
      [version, view],
      [version, address],
      [version, address, 'view=07'],
      [version, address, view, 'nonce=1'],
      ...['', '0', '-1', '007', '1.5', '1e3', '65537', '99999999999999999999', 'many'].map((count) => [
        version,
        address,
        view,
        `members=${count}`,
      ]),
      ['txtvers=2', address, view],
      [address, view],
    ]) {
      expect(decode(strings(...fields)), fields.join(' ')).to.equal(undefined);
    }
  });
});

describe('a question', () => {
  it('has the longest length that a datagram may have, with every key', () => {
    for (const key of [KEYS.speak, NO_KEYS.speak]) {
      const question = encodeQuestion(NONCE, key);
      expect(question).to.have.length(DISCOVERY_DATAGRAM_MAX_BYTES);
      expect(decode(question)).to.deep.equal({ type: 'question', nonce: NONCE });
    }
  });

  it('that is shorter is not understood, for its answer might be longer', () => {
    const short = dns.encode({
      type: 'query',
      questions: [{ type: 'PTR', name: '_circuit._tcp.local' }],
      additionals: [{ type: 'TXT', name: '_circuit._tcp.local', data: ['txtvers=1', `nonce=${NONCE}`, ...sealStrings(KEYS.speak)] }],
    });
    expect(openSeal(seal(short, KEYS.speak), KEYS)).to.have.property('verdict', 'valid');
    expect(decode(short)).to.equal(undefined);
  });
});

describe('a seal', () => {
  const datagram = encodeAnnouncement(SERVER, KEYS.speak);

  it('is accepted from every key of the circuit, and tells another one', () => {
    expect(openSeal(encodeAnnouncement(SERVER, keyOf('the next one')), KEYS)).to.have.property('verdict', 'valid');
    const identity = keyOf('theirs').identity;
    expect(openSeal(encodeAnnouncement(SERVER, keyOf('theirs')), KEYS)).to.deep.equal({ verdict: 'other', identity });
  });

  it('keeps circuits with and without a key apart, both ways', () => {
    expect(openSeal(encodeAnnouncement(SERVER, NO_KEYS.speak), KEYS)).to.deep.equal({ verdict: 'other', identity: 'none' });
    expect(openSeal(datagram, NO_KEYS)).to.have.property('verdict', 'other');
    expect(openSeal(encodeAnnouncement(SERVER, NO_KEYS.speak), NO_KEYS)).to.have.property('verdict', 'valid');
  });

  it('is broken by any change of any byte', () => {
    fc.assert(
      fc.property(fc.nat(datagram.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = Buffer.from(datagram);
        changed[at] = (changed[at] ?? 0) ^ change;
        expect(openSeal(changed, KEYS)?.verdict).not.to.equal('valid');
      }),
      { numRuns: 1_000 },
    );
  });

  it('is broken by anything that is cut off or put before', () => {
    for (let length = 0; length < datagram.length; length++) {
      expect(openSeal(datagram.subarray(0, length), KEYS)?.verdict).not.to.equal('valid');
      if (length > 0) expect(openSeal(datagram.subarray(length), KEYS)?.verdict).not.to.equal('valid');
    }
    expect(openSeal(Buffer.concat([Buffer.from([0]), datagram]), KEYS)?.verdict).to.equal('forged');
  });
});

describe('what anybody may send', () => {
  it('is not understood, and nothing else happens, even behind a valid seal', () => {
    const strings = sealStrings(KEYS.speak).map((string) => String.fromCharCode(string.length) + string);
    const tail = Buffer.from(strings.join(''), 'latin1');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 900 }), (random) => {
        expect(openSeal(Buffer.from(random), KEYS)).to.equal(undefined);
        const sealed = seal(Buffer.concat([random, tail]), KEYS.speak);
        expect(openSeal(sealed, KEYS)).to.have.property('verdict', 'valid');
        expect(decode(sealed)).to.equal(undefined);
      }),
      { numRuns: 100 },
    );
  });

  it('is understood or not, never worse, after any change of a real one', () => {
    const real = [encodeAnnouncement(SERVER, KEYS.speak, NONCE), encodeQuestion(NONCE, KEYS.speak)] as const;
    fc.assert(
      fc.property(fc.constantFrom(...real), fc.array(fc.tuple(fc.nat(2_000), fc.nat(255)), { maxLength: 5 }), (datagram, changes) => {
        const changed = Buffer.from(datagram);
        for (const [at, byte] of changes) changed[at % changed.length] = byte;
        const message = decode(changed);
        if (message?.type === 'announcement') expect(message.announcement.id).to.match(/^X[\da-f]{16}$/);
      }),
      { numRuns: 2_000 },
    );
  });
});
