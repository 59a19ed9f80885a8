import { expect } from 'chai';
import { judgeKey, judgeMulticast, judgePorts, judgeServer } from '../../../src/cli/doctor/network.js';

const GROUP = '228.8.8.8:8822';

describe('the doctor, of the network,', () => {
  it('judges multicast on each interface by itself', () => {
    const seen = (name: string, result: string): { name: string; address: string; result: string } => ({
      name,
      address: '10.0.0.1',
      result,
    });
    const interfaces = [
      seen('lo', 'heard'),
      seen('eth0', 'silent'),
      seen('tun0', 'ENODEV'),
      seen('eth1', 'EADDRINUSE'),
      seen('eth2', 'EPERM'),
    ];
    const findings = judgeMulticast({ group: GROUP, interfaces });
    expect(findings.map(({ outcome }) => outcome)).to.deep.equal(['ok', 'warning', 'warning', 'warning', 'warning']);
    const words = [
      /works on lo/,
      /eth0.*firewall drops/,
      /tun0.*interface is gone/,
      /eth1.*uses that UDP port exclusively/,
      /eth2.*firewall denies/,
    ];
    for (const [at, { seen: text, remedy }] of findings.entries()) expect(`${text}: ${remedy ?? ''}`).to.match(words[at] ?? /$^/);
  });

  it('warns when no interface does multicast', () => {
    const [finding] = judgeMulticast({ group: GROUP, interfaces: [] });
    expect(finding).to.include({ outcome: 'warning', remedy: 'join servers with -j URL' });
  });

  it('judges whether a port can be listened at', () => {
    expect(judgePorts(undefined)[0]).to.include({ outcome: 'ok' });
    expect(judgePorts('EADDRNOTAVAIL')[0]).to.include({ outcome: 'failure' });
    expect(judgePorts('EADDRNOTAVAIL')[0]?.remedy).to.contain('ip link set lo up');
    expect(judgePorts('EMFILE')[0]?.remedy).to.contain('ulimit');
  });

  it('judges the key: one that is there, one that will be made, one that was named and is missing, one that others may read', () => {
    const file = '/root/key';
    expect(judgeKey({ file, named: false, state: { identities: ['ab', 'cd'] } })[0]).to.include({
      outcome: 'ok',
      seen: '/root/key holds ab, cd',
    });
    expect(judgeKey({ file, named: false, state: undefined })[0]).to.include({ outcome: 'ok' });
    const missing = judgeKey({ file, named: true, state: undefined })[0];
    expect(missing).to.include({ outcome: 'failure' });
    expect(missing?.remedy).to.contain('circuit keygen /root/key');
    const error = 'others may use the key file /root/key: chmod 600 /root/key';
    expect(judgeKey({ file, named: true, state: { error } })[0]).to.include({ outcome: 'failure', remedy: error });
  });

  it('judges whether a server answers', () => {
    const one = { id: 'X0123456789abcdef', host: 'web-1', address: '10.0.0.1:11022', servers: 1 };
    expect(judgeServer(one)[0]).to.include({ outcome: 'ok' });
    expect(judgeServer(one)[0]?.seen).to.match(/web-1 answers at 10\.0\.0\.1:11022; it is the only one/);
    expect(judgeServer({ ...one, servers: 3 })[0]?.seen).to.contain('3 servers');
    expect(judgeServer({ error: 'nobody answered' })[0]).to.include({ outcome: 'warning', remedy: 'nobody answered' });
  });
});
