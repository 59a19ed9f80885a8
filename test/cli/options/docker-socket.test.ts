import { expect } from 'chai';
import { dockerSocket } from '../../../src/cli/options/docker-socket.js';

describe('--docker', () => {
  it('is off unless it is given', () => {
    expect(dockerSocket(undefined, { DOCKER_HOST: 'unix:///x' })).to.equal(undefined);
  });

  it("takes a path or a URL, else the user's engine, else the system's", () => {
    expect(dockerSocket('/run/d.sock', {})).to.equal('/run/d.sock');
    expect(dockerSocket('unix:///run/d.sock', {})).to.equal('/run/d.sock');
    expect(dockerSocket(true, { DOCKER_HOST: 'unix:///run/user.sock' })).to.equal('/run/user.sock');
    for (const env of [{}, { DOCKER_HOST: '' }]) expect(dockerSocket(true, env)).to.equal('/var/run/docker.sock');
  });

  it('refuses an engine elsewhere', () => {
    for (const url of ['tcp://10.0.0.1:2375', 'ssh://host', ''])
      expect(() => dockerSocket(url, {}))
        .to.throw(/invalid socket ".*": expected a path on this host/)
        .with.property('code', 'EINVAL');
  });

  it('refuses what is there and no socket', () => {
    for (const path of ['/', process.execPath, `${process.execPath}/sock`])
      expect(() => dockerSocket(path, {}))
        .to.throw(/invalid socket ".*": expected the path of one/)
        .with.property('code', 'EINVAL');
  });
});
