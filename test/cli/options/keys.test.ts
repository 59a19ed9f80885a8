import { expect } from 'chai';
import { keyFileOf, keySourceOf } from '../../../src/cli/options/network.js';

describe('the key file', () => {
  const environment = { ...process.env };
  beforeEach(() => {
    process.env = { ...environment };
    delete process.env['CIRCUIT_KEY'];
    delete process.env['CIRCUIT_HMAC'];
  });
  after(() => void (process.env = environment));

  it('is named by --key, or by --hmac as in the original, before the environment', () => {
    process.env['CIRCUIT_KEY'] = '/of/the/environment';
    expect(keyFileOf({ key: '/a', insecure: false })).to.equal('/a');
    expect(keyFileOf({ hmac: '/b', insecure: false })).to.equal('/b');
    expect(keyFileOf({ insecure: false })).to.equal('/of/the/environment');
  });

  it('is named by CIRCUIT_KEY before CIRCUIT_HMAC; an empty one names none', () => {
    expect(keyFileOf({ insecure: false })).to.equal(undefined);
    process.env['CIRCUIT_HMAC'] = '/hmac';
    process.env['CIRCUIT_KEY'] = '';
    expect(keyFileOf({ insecure: false })).to.equal('/hmac');
    process.env['CIRCUIT_KEY'] = '/key';
    expect(keyFileOf({ insecure: false })).to.equal('/key');
  });

  it('is not left out in silence where the environment names one', () => {
    expect(keySourceOf({ insecure: true })).to.equal(undefined);
    process.env['CIRCUIT_HMAC'] = '/hmac';
    expect(() => keySourceOf({ insecure: true })).to.throw(/^--insecure: the environment names a key/);
  });
});
