import { expect } from 'chai';
import fc from 'fast-check';
import { ipv6Bytes, isIPv6, isLoopback, unmapped } from '../../src/base/ip.js';

describe('an IP address', () => {
  it('has 16 bytes in any form of IPv6, without its zone', () => {
    for (const [address, hex] of [
      ['::', ''],
      ['::1', '1'],
      ['2001:DB8::', '20010db8'.padEnd(32, '0')],
      ['2001:db8:1:2:3:4:5:6', '20010db8000100020003000400050006'],
      ['fe80::1%eth0', 'fe800000000000000000000000000001'],
      ['::ffff:192.0.2.1', 'ffffc0000201'],
      ['64:ff9b::192.0.2.1', '0064ff9b0000000000000000c0000201'],
    ] as const)
      expect(ipv6Bytes(address).toString('hex'), address).to.equal(hex.padStart(32, '0'));
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
        expect(ipv6Bytes(address)).to.have.length(16).and.to.deep.equal(ipv6Bytes(canonical));
      }),
    );
  });

  it('is of IPv6, or not', () => {
    for (const address of ['::', '::1', 'fe80::1%eth0', '::ffff:192.0.2.1']) expect(isIPv6(address), address).to.equal(true);
    for (const text of ['', '127.0.0.1', 'web-1', ':', '1::2::3', '[::1]', 'fe80::1:22:']) expect(isIPv6(text), text).to.equal(false);
  });

  it('of IPv4 may stand in one of IPv6', () => {
    expect([unmapped('::FFFF:10.0.0.1'), unmapped('10.0.0.1'), unmapped('::1'), unmapped('web-1')]).to.deep.equal([
      '10.0.0.1',
      '10.0.0.1',
      '::1',
      'web-1',
    ]);
  });

  it("is this machine's own, or may be another's", () => {
    for (const host of ['127.0.0.1', '127.9.9.9', '::ffff:127.0.0.1', '::1', 'localhost']) expect(isLoopback(host), host).to.equal(true);
    for (const host of ['128.0.0.1', '127.example', '127.0.0', '::2', '', 'web-1']) expect(isLoopback(host), host).to.equal(false);
  });
});
