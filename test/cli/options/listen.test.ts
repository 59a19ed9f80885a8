import { networkInterfaces } from 'node:os';
import { expect } from 'chai';
import { parseInterface, parseListen, parsePort, resolveListen } from '../../../src/cli/options/listen.js';

const [loopback = ''] = Object.entries(networkInterfaces()).find(([, infos]) => infos?.some(({ internal }) => internal)) ?? [];
const hasIPv6 = Object.values(networkInterfaces()).some((infos) => infos?.some(({ family }) => family === 'IPv6'));

describe('where a server listens', () => {
  it('is a free port of the loopback interface unless told otherwise', () => {
    expect(resolveListen({})).to.deep.equal({ host: '127.0.0.1', port: 0 });
    expect(resolveListen({ port: 11_022 })).to.deep.equal({ host: '127.0.0.1', port: 11_022 });
  });

  it('is what -a says: a host, a port, or both, of IPv6 too', () => {
    const everywhere = hasIPv6 ? '::' : '0.0.0.0';
    for (const [text, host, port] of [
      ['10.0.0.1', '10.0.0.1', 0],
      ['10.0.0.1:11022', '10.0.0.1', 11_022],
      [':11022', everywhere, 11_022],
      [':0', everywhere, 0],
      ['[::]:11022', '::', 11_022],
      ['[::]', '::', 0],
      ['::1', '::1', 0],
      ['[fe80::1%eth0]:11022', 'fe80::1%eth0', 11_022],
    ] as const)
      expect(resolveListen({ addr: parseListen(text) }), text).to.deep.equal({ host, port });
    for (const text of ['', ':', ':65536', 'a b', '[::1', '10.0.0.1:'])
      expect(() => parseListen(text), text)
        .to.throw()
        .with.property('code', 'EINVAL');
  });

  it('is the address of the interface that --if names, at the port behind the colon or that of --port', () => {
    const there = { host: '127.0.0.1', port: 11_022 };
    expect(resolveListen({ if: parseInterface(`${loopback}:11022`) })).to.deep.equal(there);
    expect(resolveListen({ if: parseInterface(loopback), port: 11_022 })).to.deep.equal(there);
    expect(resolveListen({ if: parseInterface(loopback) }), 'the default port').to.deep.equal(there);
    expect(resolveListen({ if: parseInterface(`${loopback}:0`) }), 'a free one').to.deep.equal({ ...there, port: 0 });
    expect(() => resolveListen({ if: parseInterface('nowhere0:11022') }))
      .to.throw('no interface "nowhere0"')
      .with.property('code', 'EINVAL');
  });

  it('has one port: 0 is one as well', () => {
    for (const given of [{ addr: parseListen('10.0.0.1:1') }, { addr: parseListen(':0') }, { if: parseInterface(`${loopback}:1`) }])
      expect(() => resolveListen({ ...given, port: 2 })).to.throw(/^two ports: (-a|--if) says [01] and --port says 2; give one of them$/);
    expect(resolveListen({ addr: parseListen('10.0.0.1'), port: 2 })).to.deep.equal({ host: '10.0.0.1', port: 2 });
  });

  it('is no port above 65535', () => {
    expect(parsePort('65535')).to.equal(65_535);
    for (const text of ['65536', '-1', '1.5', '', 'http']) expect(() => parsePort(text), text).to.throw('expected a port from 0');
  });
});
