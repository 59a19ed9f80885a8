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
    expect(checkRun({ Image: 'debian' })).to.deep.include({ Memory: 0, Args: [], Scrub: false, Overflow: 'hold', Ports: [], Lxc: [] });
    for (const spec of [undefined, 'debian', []])
      expect(refused(spec)).to.equal('mkdkr: invalid spec: expected a JSON object with "Image"');
    expect(refused({ Path: '/bin/ls' })).to.equal('mkdkr: "Image" is missing: expected the image to run');
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
      [{ Imagine: 1 }, /unknown field "Imagine" \(did you mean "Image"\?\); expected one of Image, Memory, CpuShares, .*Overflow$/],
    ];
    for (const [spec, reason] of wrong) expect(refused({ Image: 'debian', ...spec })).to.match(reason);
  });

  it("has the lines of the original's Lxc translated into the engine's fields, with or without blanks round their =", () => {
    const lines: readonly (readonly [string, object])[] = [
      ['lxc.cgroup.cpuset.cpus = 0,1', { CpusetCpus: '0,1' }],
      [' lxc.cgroup.cpuset.cpus\t=0-2, 5 ', { CpusetCpus: '0-2,5' }],
      ['lxc.cgroup.cpuset.mems=0', { CpusetMems: '0' }],
      ['lxc.cgroup.memory.limit_in_bytes = 1000000000', { Memory: 1e9 }],
      ['lxc.cgroup.memory.limit_in_bytes = 512M', { Memory: 512 * 1024 ** 2 }],
      ['lxc.cgroup.memory.limit_in_bytes = -1', { Memory: 0 }],
      ['lxc.cgroup.memory.memsw.limit_in_bytes = 2g', { MemorySwap: 2 * 1024 ** 3 }],
      ['lxc.cgroup.memory.memsw.limit_in_bytes = -1', { MemorySwap: -1 }],
      ['lxc.cgroup.memory.soft_limit_in_bytes = 64k', { MemoryReservation: 65_536 }],
      ['lxc.cgroup.memory.swappiness = 0', { MemorySwappiness: 0 }],
      ['lxc.cgroup.cpu.shares = 512', { CpuShares: 512 }],
      ['lxc.cgroup.cpu.cfs_period_us = 100000', { CpuPeriod: 100_000 }],
      ['lxc.cgroup.cpu.cfs_quota_us = -1', { CpuQuota: -1 }],
      ['lxc.cgroup.blkio.weight = 500', { BlkioWeight: 500 }],
      ['lxc.cgroup.pids.max = max', { PidsLimit: -1 }],
      ['lxc.cgroup.devices.allow = c 1:3 rwm', { DeviceCgroupRules: ['c 1:3 rwm'] }],
      ['lxc.cgroup.devices.allow = a', { DeviceCgroupRules: ['a *:* rwm'] }],
      ['lxc.cgroup2.cpuset.cpus = 3', { CpusetCpus: '3' }],
    ];
    for (const [line, fields] of lines) {
      const { HostConfig } = createOptions(checkRun({ Image: 'ubuntu', Lxc: [line] }), 'a', {});
      expect(HostConfig, line).to.deep.equal({ Binds: [], PortBindings: {}, ...fields });
    }
    const Lxc = ['lxc.cgroup.devices.allow = c 1:3 r', 'lxc.cgroup.devices.allow = b *:* m', 'lxc.cgroup.cpu.shares = 3'];
    expect(createOptions(checkRun({ Image: 'ubuntu', CpuShares: 3, Memory: 1e9, Lxc }), 'a', {}).HostConfig).to.deep.include({
      CpuShares: 3,
      Memory: 1e9,
      DeviceCgroupRules: ['c 1:3 r', 'b *:* m'],
    });
  });

  it('is refused with the line of Lxc that has no field, is written wrong, or contradicts another', () => {
    const wrong: readonly (readonly [unknown, RegExp])[] = [
      [3, /"Lxc" must be a list of strings/],
      [[3], /"Lxc.0" must be a string/],
      [['lxc.network.type = veth'], /^mkdkr: "Lxc.0": "lxc.network.type" has no field in Docker: use the field "Network"$/],
      [
        ['lxc.cgroup.cpu.shares = 3', 'lxc.mount.entry = /a b'],
        /^mkdkr: "Lxc.1": "lxc.mount.entry" has no field in Docker: use the field "Volume"$/,
      ],
      [['lxc.cgroup.cpuset.cpu = 0'], /\(did you mean "lxc.cgroup.cpuset.cpus"\?\): expected one of lxc.cgroup.cpuset.cpus, lxc/],
      [['lxc.cgroup.constructor = 0'], /"lxc.cgroup.constructor" has no field in Docker/],
      [['lxc.cgroup.devices.deny = a'], /"lxc.cgroup.devices.deny" has no field in Docker/],
      [['lxc.tty'], /invalid line "lxc.tty": expected KEY = VALUE$/],
      [[''], /invalid line "": expected KEY = VALUE$/],
      [['lxc.cgroup.cpuset.cpus ='], /invalid lxc.cgroup.cpuset.cpus "": expected numbers and ranges, as in 0,1 or 0-3$/],
      [['lxc.cgroup.memory.limit_in_bytes = lots'], /invalid lxc.cgroup.memory.limit_in_bytes "lots": expected bytes, as in 512M, or -1/],
      [['lxc.cgroup.memory.limit_in_bytes = 99999999T'], /expected bytes/],
      [['lxc.cgroup.cpu.shares = 1.5'], /expected a whole number$/],
      [['lxc.cgroup.devices.allow = c 1 rwm'], /expected TYPE MAJOR:MINOR ACCESS/],
      [['lxc.cgroup.cpu.shares = 4'], /"lxc.cgroup.cpu.shares = 4" contradicts CpuShares 3: give one of them$/],
      [[`lxc.${'x'.repeat(1000)} = 1`], /^.{0,600}$/],
    ];
    for (const [Lxc, reason] of wrong) expect(refused({ Image: 'ubuntu', CpuShares: 3, Lxc })).to.match(reason);
  });

  it('becomes what `docker run` would ask for', () => {
    const run = checkRun({
      Image: 'ubuntu', Memory: 1e9, CpuShares: 3, CpusetCpus: '0,1', Volume: ['/webapp', '/src:/opt:ro'], Dir: '/', Entry: '/init', Env: ['A=b'],
      Path: '/bin/ls', Args: ['-l'], Network: 'none', Ports: ['127.0.0.1:8080:80', '81'], User: 'nobody', Labels: { a: 'b', x: 'y' }, Name: 'web-1',
    }); // prettier-ignore
    expect(createOptions(run, 'web-1', { x: 'ours' })).to.deep.include({
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
    const options = createOptions(checkRun({ Image: 'debian', Entry: '' }), 'circuit-1', {});
    for (const field of ['Cmd', 'Entrypoint', 'WorkingDir', 'User']) expect(options).to.not.have.property(field);
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
