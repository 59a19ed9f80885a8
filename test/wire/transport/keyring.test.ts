import { inspect } from 'node:util';
import { expect } from 'chai';
import { KEYS_MAX } from '../../../src/base/limits.js';
import { generateKey, Keyring } from '../../../src/wire/transport/keyring.js';

const ZEROS = Buffer.alloc(32).toString('base64');

describe('a keyring', () => {
  it('speaks with its first key and accepts all', () => {
    const [a, b] = [generateKey(), generateKey()];
    const ring = Keyring.parse(`# of the lab\n\n  ${a}\r\n${b}\n`);
    expect(Buffer.from(ring.first.secret).toString('base64')).to.equal(a);
    expect(ring.all.map(({ identity }) => ring.find(identity)?.secret)).to.deep.equal([a, b].map((text) => Buffer.from(text, 'base64')));
    expect(ring.find('0123456789abcdef')).to.equal(undefined);
  });

  it('names a key by the beginning of HMAC-SHA256(key, "circuit id")', () => {
    // printf 'circuit id' | openssl dgst -sha256 -mac HMAC -macopt hexkey:$(printf '%064d' 0)
    expect(Keyring.parse(ZEROS).first.identity).to.equal('463a1ef9b05a84ba');
  });

  it('makes keys of 256 bits, each another one', () => {
    const keys = Array.from({ length: 100 }, generateKey);
    expect(new Set(keys).size).to.equal(100);
    for (const key of keys) expect(Keyring.parse(key).first.secret).to.have.length(32);
  });

  it('refuses what is no key, by the line and without showing it', () => {
    const almost = `${ZEROS.slice(0, 42)}B=`;
    for (const bad of ['geheim', ZEROS.slice(0, 43), `${ZEROS}=`, `${ZEROS} x`, almost, Buffer.alloc(31).toString('base64'), '\u0000']) {
      expect(() => Keyring.parse(`${ZEROS}\n${bad}`), bad).to.throw(/^line 2: invalid key: expected 256 bits in base64, 44 characters, as "circuit keygen" makes them$/).with.property('code', 'EINVAL'); // prettier-ignore
    }
  });

  it('refuses a file without a key, and one with too many', () => {
    expect(() => Keyring.parse('# nothing\n\n'))
      .to.throw(/no key in it/)
      .with.property('code', 'EINVAL');
    expect(() => Keyring.parse(`${generateKey()}\n`.repeat(KEYS_MAX + 1))).to.throw(/65 keys in it: expected at most 64/);
  });

  it('does not show its keys by accident', () => {
    const key = generateKey();
    const shown = [inspect(Keyring.parse(key), { depth: 10 }), JSON.stringify(Keyring.parse(key).first)];
    for (const text of shown) expect(text).not.to.include(key.slice(0, 8));
    expect(shown.join('')).not.to.match(/secret|Buffer/);
  });
});
