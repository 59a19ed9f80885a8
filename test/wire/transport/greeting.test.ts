import { expect } from 'chai';
import fc from 'fast-check';
import { HELLO_HEADERS_MAX_BYTES } from '../../../src/base/limits.js';
import { CircuitError } from '../../../src/base/error.js';
import { HELLO_MAX_BYTES } from '../../../src/base/limits.js';
import { encode } from '../../../src/wire/cbor.js';
import { type Hello, PURPOSES, VERSIONS } from '../../../src/wire/transport/connection.js';
import { formatHello, formatReply, parseHello, parseReply, refusalOf } from '../../../src/wire/transport/greeting.js';
import { ANN, BOB, EVE } from '../session/ends.js';

const hello: Hello = {
  versions: VERSIONS,
  id: ANN,
  role: 'server',
  purpose: 'link',
  to: BOB,
  note: { digest: Buffer.from('abc'), n: [1, null] },
};
const text = (data: unknown): string => Buffer.from(encode(data)).toString('base64url');

describe('a hello', () => {
  it('arrives as it was sent', () => {
    for (const purpose of PURPOSES) expect(parseHello(formatHello({ ...hello, purpose }))).to.deep.equal({ ...hello, purpose });
    expect(parseHello(formatHello({ ...hello, id: EVE, role: 'client', to: undefined }))).to.include({ id: EVE, role: 'client' });
  });

  it('may say more in another version', () => {
    expect(parseHello(text({ ...hello, versions: [3, 2], colour: 'red' }))).to.deep.equal({ ...hello, versions: [3, 2] });
  });

  it('without a common version is an error that names both lists, whatever else it says', () => {
    expect(() => parseHello(text({ versions: [7, 6], purpose: 'teleport' })))
      .to.throw(`no common version: this program speaks ${VERSIONS.join(', ')}, the other one 7, 6`)
      .with.property('code', 'EOPNOTSUPP');
  });

  const wrong: readonly (readonly [what: string, change: Readonly<Record<string, unknown>>, sentence: RegExp])[] = [
    ['versions that are none', { versions: 'all' }, /it has no versions/],
    ['no versions', { versions: [] }, /it has no versions/],
    ['too many versions', { versions: Array.from({ length: 33 }, () => 1) }, /it has no versions/],
    ['a version that is none', { versions: [1, -1] }, /it has no versions/],
    ['a version that is no number', { versions: [1, '1'] }, /it has no versions/],
    ['no ID', { id: undefined }, /it has no ID/],
    ['an ID in capitals', { id: ANN.toUpperCase() }, /it has no ID/],
    ["a client's ID in a server's role", { id: EVE }, /role and ID disagree/],
    ["a server's ID in a client's role", { role: 'client' }, /role and ID disagree/],
    ['a role of its own', { role: 'king' }, /role and ID disagree/],
    ['an unknown purpose', { purpose: 'constructor' }, /its purpose is not known/],
    ['a client as its destination', { to: EVE }, /it is for no server/],
  ];
  for (const [what, change, sentence] of wrong) {
    it(`is refused with ${what}`, () => {
      expect(() => parseHello(text({ ...hello, ...change })))
        .to.throw(sentence)
        .with.property('code', 'EINVAL');
    });
  }

  it('is refused when it is no map, more than one, or not of this alphabet', () => {
    const twice = Buffer.concat([encode(hello), encode(hello)]).toString('base64url');
    for (const bad of [text([hello]), text(null), text('hello'), twice, '', '==', `${text(hello)}, ${text(hello)}`]) {
      expect(() => parseHello(bad), bad)
        .to.throw(CircuitError)
        .with.property('code', 'EINVAL');
    }
  });

  it('has a longest size, which fits the header at both ends', () => {
    const note = Buffer.alloc(HELLO_MAX_BYTES - 120);
    expect(formatHello({ ...hello, note }).length).to.be.below(HELLO_HEADERS_MAX_BYTES);
    const longer = { ...hello, note: Buffer.alloc(HELLO_MAX_BYTES) };
    expect(() => formatHello(longer))
      .to.throw(CircuitError)
      .with.property('code', 'EMSGSIZE');
    expect(() => parseHello(text(longer)))
      .to.throw(CircuitError)
      .with.property('code', 'EMSGSIZE');
  });

  it('of random bytes is an error and nothing worse', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => parseHello(Buffer.from(bytes).toString('base64url'))).to.throw(CircuitError);
      }),
    );
  });
});

describe('the reply to a hello', () => {
  it("is the other end's hello, or why not", () => {
    expect(parseReply(formatReply({ hello }))).to.deep.equal({ hello });
    const refusal = { versions: VERSIONS, failure: 'stranger', refused: 'this is somebody else' } as const;
    expect(parseReply(formatReply(refusal))).to.deep.equal(refusal);
  });

  it('is understood from a newer program that refuses this one', () => {
    expect(parseReply(text({ versions: [9], failure: 'weather', refused: 'too old' }))).to.deep.equal({
      versions: [9],
      failure: 'rejected',
      refused: 'too old',
    });
  });

  it('reaches no terminal with its control characters, and is bounded', () => {
    expect(parseReply(text({ versions: VERSIONS, refused: '\u001b[2J\n' }))).to.have.property('refused', String.raw`\033[2J\012`);
    expect(() => parseReply(text({ versions: VERSIONS, refused: 'x'.repeat(1_001) }))).to.throw(/its refusal is not text/);
  });
});

describe('one who is dialled', () => {
  it('goes on with those who mean it, or anybody', () => {
    expect(refusalOf(hello, BOB)).to.equal(undefined);
    expect(refusalOf({ ...hello, to: undefined }, BOB)).to.equal(undefined);
  });

  it('refuses those who mean somebody else, and itself', () => {
    expect(refusalOf(hello, `X${'c'.repeat(16)}`)).to.deep.equal({
      failure: 'stranger',
      refused: `this is X${'c'.repeat(16)}, not ${BOB}`,
    });
    expect(refusalOf({ ...hello, to: undefined }, ANN)).to.have.property('failure', 'stranger');
  });
});
