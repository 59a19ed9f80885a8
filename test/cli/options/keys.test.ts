import { expect } from 'chai';
import { keyFileOf, keySourceOf } from '../../../src/cli/options/network.js';

describe('the key file', () => {
  const cwd = '/where';
  const given = { insecure: false };

  it('is named by --key, or by --hmac as in the original, before the environment; from where the command was called', () => {
    const env = { CIRCUIT_KEY: '/of/the/environment' };
    expect(keyFileOf({ ...given, key: '/a' }, { env, cwd })).to.equal('/a');
    expect(keyFileOf({ ...given, hmac: '/b' }, { env, cwd })).to.equal('/b');
    expect(keyFileOf(given, { env, cwd })).to.equal('/of/the/environment');
    expect(keyFileOf({ ...given, key: 'c' }, { env, cwd })).to.equal('/where/c');
  });

  it('is named by CIRCUIT_KEY before CIRCUIT_HMAC; an empty one names none', () => {
    expect(keyFileOf(given, { env: {}, cwd })).to.equal(undefined);
    expect(keyFileOf(given, { env: { CIRCUIT_HMAC: '/hmac', CIRCUIT_KEY: '' }, cwd })).to.equal('/hmac');
    expect(keyFileOf(given, { env: { CIRCUIT_HMAC: '/hmac', CIRCUIT_KEY: '/key' }, cwd })).to.equal('/key');
  });

  it('is not left out in silence where the environment names one', () => {
    expect(keySourceOf({ insecure: true }, { env: {}, cwd })).to.equal(undefined);
    expect(() => keySourceOf({ insecure: true }, { env: { CIRCUIT_HMAC: '/hmac' }, cwd })).to.throw(
      /^--insecure: the environment names a key/,
    );
  });
});
