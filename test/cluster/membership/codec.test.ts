import { expect } from 'chai';
import fc from 'fast-check';
import { Encoder } from 'cbor-x';
import { MEMBERSHIP_MESSAGE_MAX_BYTES } from '../../../src/base/limits.js';
import { decodeMessage, decodeNote, encodeMessage, encodeNote } from '../../../src/cluster/membership/codec.js';
import { type GossipMessage, type HelloNote, OUTCOMES } from '../../../src/cluster/membership/gossip-message.js';
import { LEFT, type Rumor, SUSPECT, versionOf } from '../../../src/cluster/membership/record.js';
import { messageBytes } from '../../simulation/cost.js';

const identity = { id: 'X0123456789abcdef', address: '10.99.0.17:11022', host: 'host-17', joined_ms: 1_700_000_000_000 };
const known: Rumor = { id: identity.id, version: versionOf(3, LEFT) };
const digest = { low: -5, high: 77 };

const MESSAGES: readonly GossipMessage[] = [
  { kind: 'ping', digest, needed: true, links: 5 },
  { kind: 'pong', digest, needed: false, links: 6 },
  { kind: 'rumors', compared: false, rumors: [known, { id: identity.id, version: versionOf(1, SUSPECT), window_s: 30 }] },
  { kind: 'rumors', compared: true, rumors: [{ id: identity.id, version: versionOf(2, 0), identity }] },
  { kind: 'buckets', hashes: Array.from({ length: 64 }, (_, low) => ({ low, high: -low - 1 })) },
  { kind: 'entries', buckets: [1, 63], entries: [[identity.id, 4]] },
  { kind: 'want', ids: [identity.id, 'Xffffffffffffffff'] },
  { kind: 'ask', id: identity.id },
  ...OUTCOMES.map((outcome) => ({ kind: 'answer', id: identity.id, outcome }) as const),
  { kind: 'snapshot', rumors: [{ id: identity.id, version: versionOf(2, 0), identity }], last: true },
  { kind: 'snapshot', rumors: [], last: false },
  { kind: 'bye' },
];

const NOTE: HelloNote = {
  self: { id: identity.id, version: versionOf(1, 0), identity },
  you: versionOf(2, 3),
  digest,
  members: 1000,
  links: 5,
  needed: true,
  snapshot: false,
  linked: true,
  sample: [{ id: identity.id, version: versionOf(1, 0), identity }],
};

describe('a message between linked servers', () => {
  it('is the same after it was sent', () => {
    for (const message of MESSAGES) expect(decodeMessage(encodeMessage(message))).to.deep.equal(message);
  });

  it('has the size that the simulation counts with', () => {
    for (const message of MESSAGES) {
      const encoded = encodeMessage(message).length;
      expect(messageBytes(message), message.kind).to.be.within(encoded * 0.9 - 3, encoded * 1.1 + 3);
    }
  });

  it('is short: a beat, a death, a server that may be unknown', () => {
    const bytes = (rumor: Rumor): number => encodeMessage({ kind: 'rumors', compared: false, rumors: [rumor] }).length;
    expect(encodeMessage({ kind: 'ping', digest, needed: true, links: 5 }).length).to.be.at.most(16);
    expect(bytes(known)).to.be.at.most(24);
    expect(bytes({ id: identity.id, version: versionOf(1, 0), identity })).to.be.at.most(100);
  });

  it('is nothing, and no error, if it is any other bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(() => decodeMessage(bytes)).to.not.throw();
      }),
    );
    const encoder = new Encoder({ useRecords: false });
    fc.assert(
      fc.property(fc.anything(), (value) => {
        let bytes: Uint8Array = new Uint8Array();
        try {
          bytes = encoder.encode(value);
        } catch {
          // What cannot be encoded cannot be sent either.
        }
        expect(() => decodeMessage(bytes)).to.not.throw();
        expect(() => decodeNote(value)).to.not.throw();
      }),
    );
  });

  it('is nothing if any byte of it is another one, or it is what it was', () => {
    const whole = MESSAGES.map((message) => encodeMessage(message).slice());
    fc.assert(
      fc.property(fc.constantFrom(...whole), fc.nat(), fc.integer({ min: 1, max: 255 }), (bytes, at, change) => {
        const wrong = bytes.slice();
        wrong[at % bytes.length] = (wrong[at % bytes.length] ?? 0) ^ change;
        const message = decodeMessage(wrong);
        if (message !== undefined) expect(decodeMessage(encodeMessage(message))).to.deep.equal(message);
      }),
    );
  });

  const refused: readonly (readonly [string, unknown])[] = [
    ['a kind that does not exist', [99]],
    ['an ID that is too short', [7, Buffer.alloc(7)]],
    ['no incarnation', [2, [[Buffer.alloc(8), 0, 0]]]],
    ['a state that does not exist', [2, [[Buffer.alloc(8), 1, 5]]]],
    ['an address that is none', [2, [[Buffer.alloc(8), 1, 0, 'nowhere', 'host', 1]]]],
    ['a host name that is too long', [2, [[Buffer.alloc(8), 1, 0, '10.0.0.1:1', 'h'.repeat(256), 1]]]],
    ['an incarnation beyond the highest', [2, [[Buffer.alloc(8), 2 ** 28, 0]]]],
    ['too few hashes', [4, Buffer.alloc(8)]],
    ['more IDs than incarnations', [5, [1], Buffer.alloc(16), [1]]],
    ['a bucket that does not exist', [5, [64], Buffer.alloc(8), [1]]],
    ['a list that is too long', [2, Array.from({ length: 16_385 }, () => 0)]],
  ];
  for (const [what, plain] of refused) {
    it(`is nothing with ${what}`, () => {
      expect(decodeMessage(new Encoder({ useRecords: false }).encode(plain))).to.equal(undefined);
    });
  }

  it('is nothing if it is too long, without being looked at', () => {
    expect(decodeMessage(new Uint8Array(MEMBERSHIP_MESSAGE_MAX_BYTES + 1))).to.equal(undefined);
  });
});

describe('what a hello says', () => {
  it('is the same at the other end', () => {
    expect(decodeNote(encodeNote(NOTE))).to.deep.equal(NOTE);
  });
});
