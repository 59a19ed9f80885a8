import { expect } from 'chai';
import fc from 'fast-check';
import { createOptions } from '../../../src/element/container/create-options.js';
import { FrameReader } from '../../../src/element/container/frames.js';
import { parsePort } from '../../../src/element/container/ports.js';
import { checkRun } from '../../../src/element/container/run.js';

const refused = (spec: unknown): string => {
  try {
    checkRun(spec);
  } catch (error) {
    expect(error).to.have.property('code', 'EINVAL');
    return (error as Error).message;
  }
  return 'nothing';
};

describe("a container's spec", () => {
  it('needs an image, and has a default for everything else', () => {
    expect(checkRun({ Image: 'debian' })).to.deep.include({ Memory: 0, Args: [], Scrub: false, Overflow: 'hold', Ports: [] });
    for (const spec of [undefined, 'debian', []]) expect(refused(spec)).to.equal('mkdkr: give a JSON object with "Image"');
    expect(refused({ Path: '/bin/ls' })).to.equal('mkdkr: "Image" is missing: the image to run');
  });

  it('is refused with the field that is wrong, and what it must be', () => {
    const wrong: readonly (readonly [object, RegExp])[] = [
      [{ Image: '' }, /"Image" must not be empty/],
      [{ Memory: '1g' }, /"Memory" must be a whole number/],
      [{ CpuShares: -1 }, /"CpuShares" must not be negative/],
      [{ Volume: 'x' }, /"Volume" must be a list of strings/],
      [{ Volume: ['a:b'] }, /"Volume.0" must be PATH or SOURCE:PATH/],
      [{ Dir: 'here' }, /"Dir" must be an absolute path/],
      [{ Env: ['X'] }, /"Env.0" must be KEY=value/],
      [{ Args: ['a\0b'] }, /"Args.0" must have no NUL/],
      [{ Ports: ['0:80'] }, /"Ports.0" must be \[\[IP:\]HOST:\]CONTAINER/],
      [{ Labels: { a: 1 } }, /"Labels.a" must be a string/],
      [{ Name: '-x' }, /"Name" must be two or more letters/],
      [{ Buffer: 0 }, /"Buffer" must be a whole number from 1/],
      [{ Imagine: 1 }, /unknown field "Imagine" \(did you mean "Image"\?\); known are Image, Memory, CpuShares, .*Overflow$/],
    ];
    for (const [spec, reason] of wrong) expect(refused({ Image: 'debian', ...spec })).to.match(reason);
  });

  it("names today's fields instead of Lxc", () => {
    const lxc = (...settings: string[]): string => refused({ Image: 'ubuntu', Lxc: settings });
    expect(lxc('lxc.cgroup.cpuset.cpus = 0,1')).to.equal(
      `mkdkr: "Lxc": Docker has no LXC any more; use today's field: "CpusetCpus" for lxc.cgroup.cpuset.cpus`,
    );
    expect(lxc('lxc.network.type=veth', 'lxc.cgroup.memory.limit_in_bytes=1')).to.match(/"Network" for .*, "Memory" for /);
    expect(lxc('else')).to.match(/"CpusetCpus", "CpuShares", "Memory"/);
    expect(refused({ Image: 'ubuntu', Lxc: 3 })).to.match(/has no LXC any more/);
  });

  it('becomes what `docker run` would ask for', () => {
    const run = checkRun({
      Image: 'ubuntu', Memory: 1e9, CpuShares: 3, CpusetCpus: '0,1', Volume: ['/webapp', '/src:/opt:ro'], Dir: '/', Entry: '/init', Env: ['A=b'],
      Path: '/bin/ls', Args: ['-l'], Network: 'none', Ports: ['127.0.0.1:8080:80', '81'], User: 'nobody', Labels: { a: 'b', x: 'y' }, Name: 'web-1',
    }); // prettier-ignore
    expect(createOptions(run, { x: 'ours' })).to.deep.include({
      Image: 'ubuntu',
      name: 'web-1',
      Cmd: ['/bin/ls', '-l'],
      Entrypoint: ['/init'],
      WorkingDir: '/',
      User: 'nobody',
      Env: ['A=b'],
      Labels: { a: 'b', x: 'ours' },
      Volumes: { '/webapp': {} },
      ExposedPorts: { '80/tcp': {}, '81/tcp': {} },
      HostConfig: {
        Binds: ['/src:/opt:ro'],
        Memory: 1e9,
        CpuShares: 3,
        CpusetCpus: '0,1',
        NetworkMode: 'none',
        PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '8080' }], '81/tcp': [{ HostIp: '', HostPort: '' }] },
      },
    });
  });

  it("leaves the image's own command alone when none is given", () => {
    const options = createOptions(checkRun({ Image: 'debian', Entry: '' }), {});
    for (const field of ['Cmd', 'Entrypoint', 'WorkingDir', 'User', 'name']) expect(options).to.not.have.property(field);
    expect(options.HostConfig).to.deep.equal({ Binds: [], PortBindings: {} });
  });
});

describe('a published port', () => {
  const number = fc.integer({ min: 1, max: 65_535 });
  it('is read back as it was written', () => {
    const ip = fc.constantFrom('', '10.0.0.1:', '[::1]:');
    fc.assert(
      fc.property(ip, fc.option(number, { nil: '' }), number, fc.constantFrom('tcp', 'udp', 'sctp'), (at, host, container, protocol) => {
        const text = `${at}${at === '' && host === '' ? '' : `${host}:`}${container}/${protocol}`;
        const expected = { container: `${container}/${protocol}`, ip: at.replace(/[[\]]|:$/g, ''), host: String(host) };
        expect(parsePort(text), text).to.deep.equal(expected);
      }),
    );
  });

  it('is nothing else', () => {
    for (const text of ['', 'x', '70000', '80/icmp', '1:2:3', '1.2.3:4:5', '80:', '0', '8000-8010:80', '[x]:1:2'])
      expect(parsePort(text), text).to.equal(undefined);
  });
});

describe("Docker's frames", () => {
  it('come out as they went in, however they are cut', () => {
    const frame = (body: Uint8Array): Buffer => {
      const header = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]);
      header.writeUInt32BE(body.length, 4);
      return Buffer.concat([header, body]);
    };
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), fc.infiniteStream(fc.integer({ min: 1, max: 30 })), (bodies, cuts) => {
        const stream = Buffer.concat(bodies.map(frame));
        const reader = new FrameReader();
        const parts: Uint8Array[] = [];
        for (let at = 0; at < stream.length;) {
          const { value: length } = cuts.next() as { value: number };
          const end = at + length;
          parts.push(...reader.feed(stream.subarray(at, end)));
          at = end;
        }
        expect(Buffer.concat(parts)).to.deep.equal(Buffer.concat(bodies));
      }),
    );
  });
});
