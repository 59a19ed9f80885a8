import type { NetworkInterfaceInfo } from 'node:os';
import { expect } from 'chai';
import { reachable } from '../../src/server/reachable.js';

const common = { netmask: '', mac: '', cidr: null };
const four = (address: string, internal = false): NetworkInterfaceInfo => ({ ...common, address, internal, family: 'IPv4' });
const six = (address: string, { internal = false, scopeid = 0 } = {}): NetworkInterfaceInfo => ({ ...common, address, internal, scopeid, family: 'IPv6' }); // prettier-ignore
const LO = [four('127.0.0.1', true), six('::1', { internal: true })];
const LINK_LOCAL = six('fe80::1', { scopeid: 2 });
const GLOBAL = six('2001:db8::1');

describe('the address that a server announces', () => {
  it('is the one at which it listens', () => {
    expect(reachable({ host: '::1', port: 1 }, { lo: LO, eth0: [four('10.0.0.1')] })).to.deep.equal({ host: '::1', port: 1 });
  });

  it('is one of IPv4 if it listens everywhere, else one of IPv6 that others can dial, else the loopback interface', () => {
    const hostOf = (host: string, ...eth0: NetworkInterfaceInfo[]): string => reachable({ host, port: 1 }, { lo: LO, eth0 }).host;
    expect(hostOf('::', LINK_LOCAL, GLOBAL, four('10.0.0.1'))).to.equal('10.0.0.1');
    expect(hostOf('0.0.0.0', LINK_LOCAL, GLOBAL, four('10.0.0.1'))).to.equal('10.0.0.1');
    expect(hostOf('::', LINK_LOCAL, GLOBAL)).to.equal('2001:db8::1');
    expect(hostOf('0.0.0.0', GLOBAL), 'it does not listen there').to.equal('127.0.0.1');
    expect(hostOf('::', LINK_LOCAL)).to.equal('127.0.0.1');
  });
});
