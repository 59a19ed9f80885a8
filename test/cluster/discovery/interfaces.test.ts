import type { NetworkInterfaceInfo } from 'node:os';
import { expect } from 'chai';
import { parseGroup } from '../../../src/cluster/discovery/group.js';
import { findInterfaces } from '../../../src/cluster/discovery/interfaces.js';

const info = (cidr: string, internal = false): NetworkInterfaceInfo => ({
  address: cidr.split('/')[0] ?? '',
  netmask: '',
  family: 'IPv4',
  mac: '00:00:00:00:00:00',
  internal,
  cidr,
});
/** Names that no machine has, so that no flags are found. */
const LISTING = {
  'test-lo': [info('127.0.0.1/8', true)],
  'test-a': [info('10.0.0.5/24'), info('10.0.9.5/24')],
  'test-b': [info('192.168.0.5/16')],
  'test-ptp': [info('10.8.0.2/32')],
};

describe('the interfaces', () => {
  it('are found by name or by own address, each once; those that are not there are told', () => {
    const find = (...wanted: readonly string[]): readonly string[] =>
      findInterfaces(wanted, LISTING).found.map(({ name, address }) => `${name} ${address}`);
    expect(find('test-a')).to.deep.equal(['test-a 10.0.0.5']);
    expect(find('10.0.9.5', 'test-a')).to.deep.equal(['test-a 10.0.9.5']);
    expect(find('127.0.0.1')).to.deep.equal(['test-lo 127.0.0.1']);
    expect(find('127.0.0.2')).to.deep.equal(['test-lo 127.0.0.2']);
    const missing = ['test-c', '10.0.0.6', '8.8.8.8'];
    expect(findInterfaces(missing, LISTING)).to.deep.equal({ found: [], missing });
    expect(findInterfaces('all', LISTING).found.map(({ name }) => name)).to.deep.equal(Object.keys(LISTING));
  });

  it('of this machine have one for loopback', () => {
    expect(findInterfaces(['127.0.0.1']).found).to.have.length(1);
  });

  it('tell by its source which of them a datagram came in on', () => {
    const reached = (source: string): readonly string[] =>
      findInterfaces('all', LISTING).found.filter(({ reaches }) => reaches(source)).map(({ name }) => name); // prettier-ignore
    expect(reached('127.0.0.7')).to.deep.equal(['test-lo', 'test-ptp']);
    expect(reached('10.0.9.77')).to.deep.equal(['test-a', 'test-ptp']);
    expect(reached('192.168.3.4')).to.deep.equal(['test-b', 'test-ptp']);
    expect(reached('::1')).to.deep.equal([]);
  });
});

describe('a group', () => {
  it('is a multicast address and a port', () => {
    expect(parseGroup('[ff02::8822]:8822')).to.deep.equal({ group: 'ff02::8822', port: 8822 });
    expect(parseGroup('228.8.8.8:8822')).to.deep.equal({ group: '228.8.8.8', port: 8822 });
    for (const text of [
      '228.8.8.8',
      '10.0.0.1:8822',
      '228.8.8.8:0',
      '[fe80::1]:8822',
      '[ff02::1%eth0]:8822',
      '228.8.8:8822',
      '240.0.0.1:1',
    ]) {
      expect(() => parseGroup(text), text)
        .to.throw(/228\.8\.8\.8:8822|HOST:PORT/)
        .with.property('code', 'EINVAL');
    }
  });
});
