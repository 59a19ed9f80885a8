import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { DNS_ADDRESSES_MAX, SNAPSHOT_MAX_BYTES, SNAPSHOT_SERVERS_MAX } from '../../../src/base/limits.js';
import { DnsName, type Resolver } from '../../../src/cluster/discovery/dns-name.js';
import { FixedAddresses } from '../../../src/cluster/discovery/fixed.js';
import type { Hint, Source } from '../../../src/cluster/discovery/hint.js';
import { MembersFile, MEMBERS_FILE } from '../../../src/cluster/discovery/members-file.js';
import { idOf, VirtualClock } from './fixture.js';

const HALF = (): number => 0.5;

type Timed = Hint & { readonly at_ms: number };

/** What comes until the clock has fired so often. */
async function collect(source: Source, clock: VirtualClock, rounds: number): Promise<readonly Timed[]> {
  const end = new AbortController();
  const hints: Timed[] = [];
  const reading = (async () => {
    for await (const hint of source.addresses(end.signal)) hints.push({ ...hint, at_ms: clock.now_ms() });
  })();
  for (let round = 0; round <= rounds; round++) {
    while (clock.timers === 0) await new Promise((resolve) => setImmediate(resolve));
    if (round < rounds) await clock.next();
  }
  end.abort();
  await reading;
  expect(clock.timers).to.equal(0);
  return hints;
}

describe('fixed URLs', () => {
  it('are offered again and again, ever more rarely, with the ID that they name', async () => {
    const clock = new VirtualClock();
    const urls = [
      { host: '10.0.0.1', port: 1, pid: 7, id: idOf(1) },
      { host: 'bob', port: 2, pid: 0, id: '' },
    ];
    const hints = await collect(new FixedAddresses(urls, clock, HALF), clock, 9);
    expect(hints.slice(0, 2)).to.deep.equal([
      { address: { host: '10.0.0.1', port: 1 }, id: idOf(1), at_ms: 0 },
      { address: { host: 'bob', port: 2 }, id: undefined, at_ms: 0 },
    ]);
    const times_s = hints.filter(({ id }) => id !== undefined).map(({ at_ms }) => at_ms / 1_000);
    expect(times_s).to.deep.equal([0, 1, 3, 7, 15, 31, 63, 123, 183, 243]);
  });
});

describe('a DNS name', () => {
  const hosts: Readonly<Record<string, readonly string[]>> = {
    'a.example': ['10.0.0.1', 'fd00::1'],
    'b.example': ['10.0.0.2'],
    'c.example': ['10.0.0.3'],
  };
  const lookup: Resolver['lookup'] = (host) => Promise.resolve((hosts[host] ?? []).map((address) => ({ address })));
  const noSrv: Resolver['resolveSrv'] = () => Promise.reject(new Error('ENOTFOUND'));
  const make = (resolver: Resolver, port?: number): { clock: VirtualClock; lines: string[]; source: DnsName } => {
    const clock = new VirtualClock();
    const lines: string[] = [];
    const log = (_level: string, line: string): void => void lines.push(line);
    return { clock, lines, source: new DnsName({ name: 'c.example', port, resolver, log, clock, random: HALF }) };
  };
  const texts = (hints: readonly Hint[]): readonly string[] => hints.map(({ address: { host, port } }) => `${host} ${port}`);

  it('leads to the servers of its SRV records, the preferred ones first', async () => {
    const asked: string[] = [];
    const records = [
      { name: 'b.example', port: 2, priority: 9 },
      { name: 'a.example', port: 1, priority: 1 },
    ];
    const resolveSrv: Resolver['resolveSrv'] = (name) => {
      asked.push(name);
      return Promise.resolve(records);
    };
    const { clock, source } = make({ resolveSrv, lookup }, 11_022);
    expect(texts(await collect(source, clock, 0))).to.deep.equal(['10.0.0.1 1', 'fd00::1 1', '10.0.0.2 2']);
    expect(asked).to.deep.equal(['_circuit._tcp.c.example']);
  });

  it('without SRV records leads to its own addresses, with the port that was given', async () => {
    const { clock, source } = make({ resolveSrv: noSrv, lookup }, 11_022);
    expect(texts(await collect(source, clock, 0))).to.deep.equal(['10.0.0.3 11022']);
  });

  it('that does not exist is asked for again, ever more rarely, and the log says so once', async () => {
    const { clock, lines, source } = make({ resolveSrv: noSrv, lookup });
    expect(await collect(source, clock, 10)).to.deep.equal([]);
    expect(clock.now_ms()).to.equal(303_000);
    expect(lines).to.have.length(1);
    expect(lines[0]).to.match(/no SRV record _circuit\._tcp\.c\.example/);
  });

  it('is asked again soon after a change', async () => {
    let asked = 0;
    const changing: Resolver['lookup'] = () => Promise.resolve([{ address: ++asked <= 8 ? '10.0.0.3' : '10.0.0.4' }]);
    const { clock, source } = make({ resolveSrv: noSrv, lookup: changing }, 1);
    const hints = await collect(source, clock, 9);
    const changed = hints.findIndex(({ address }) => address.host === '10.0.0.4');
    expect((hints[changed + 1]?.at_ms ?? 0) - (hints[changed]?.at_ms ?? 0)).to.equal(1_000);
  });

  it('with a resolver that lies or hangs does no harm', async () => {
    const many = Array.from({ length: 1_000 }, (_, number) => ({ name: 'a.example', port: number, priority: 0 }));
    const flood = make({ resolveSrv: () => Promise.resolve(many), lookup });
    expect(await collect(flood.source, flood.clock, 0)).to.have.length.within(1, DNS_ADDRESSES_MAX);
    const odd = make({ resolveSrv: noSrv, lookup: () => Promise.resolve([{ address: '\u001b[2J' }, { address: '10.0.0.1' }]) }, 1);
    expect(texts(await collect(odd.source, odd.clock, 0))).to.deep.equal(['10.0.0.1 1']);
    const hanging = make({ resolveSrv: () => new Promise(() => undefined), lookup });
    const end = new AbortController();
    const next = hanging.source.addresses(end.signal).next();
    end.abort();
    expect(await next).to.have.property('done', true);
  });
});

describe('the file of the last known servers', () => {
  let directory: string;
  let lines: string[];
  let clock: VirtualClock;
  const path = (): string => join(directory, MEMBERS_FILE);
  const log = (_level: string, line: string): void => void lines.push(line);
  const servers = [
    { id: idOf(1), address: { host: '10.0.0.1', port: 1 } },
    { id: idOf(2), address: { host: 'fd00::1', port: 2 } },
  ];
  const read = async (): Promise<readonly Hint[]> => {
    const hints: Hint[] = [];
    for await (const hint of new MembersFile(directory, log, clock).addresses(new AbortController().signal)) hints.push(hint);
    return hints;
  };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'snapshot-'));
    lines = [];
    clock = new VirtualClock();
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('gives back what was saved', async () => {
    const snapshot = new MembersFile(directory, log, clock);
    snapshot.save(servers);
    await snapshot.flush();
    expect(await read()).to.deep.equal(servers);
    expect(readdirSync(directory)).to.deep.equal([MEMBERS_FILE]);
    expect(lines).to.deep.equal([]);
  });

  it('is written once in ten seconds, with what was saved last', async () => {
    const snapshot = new MembersFile(directory, log, clock);
    for (let number = 0; number < 100; number++) snapshot.save(servers.slice(number % 2));
    expect(clock.timers).to.equal(1);
    expect(readdirSync(directory)).to.deep.equal([]);
    await clock.next();
    await snapshot.flush();
    expect(clock.now_ms()).to.equal(10_000);
    expect(await read()).to.deep.equal(servers.slice(1));
  });

  it('keeps the servers of the last run until one has been found', async () => {
    const before = new MembersFile(directory, log, clock);
    before.save(servers);
    await before.flush();
    const snapshot = new MembersFile(directory, log, clock);
    snapshot.save([]);
    await snapshot.flush();
    expect(await read()).to.deep.equal(servers);
    snapshot.save(servers.slice(1));
    snapshot.save([]);
    await snapshot.flush();
    expect(await read()).to.deep.equal([]);
  });

  it('holds a bounded number of servers', async () => {
    const snapshot = new MembersFile(directory, log, clock);
    snapshot.save(Array.from({ length: 5_000 }, (_, number) => ({ id: idOf(number), address: { host: '10.0.0.1', port: number + 1 } })));
    await snapshot.flush();
    expect(await read()).to.have.length(SNAPSHOT_SERVERS_MAX);
  });

  it('is nothing, without a word, if there is none', async () => {
    expect(await read()).to.deep.equal([]);
    expect(lines).to.deep.equal([]);
  });

  it('that a server did not write is not used, and the log says so', async () => {
    const write = (text: string): void => writeFileSync(path(), text);
    const json = (content: unknown): void => write(JSON.stringify(content));
    const one = { id: idOf(1), address: '10.0.0.1:1' };
    const files: Readonly<Record<string, () => void>> = {
      'not JSON': () => write('{'),
      'nested deeply': () => write('['.repeat(100_000)),
      'another version': () => json({ version: 2, servers: [one] }),
      'a wrong ID': () => json({ version: 1, servers: [{ ...one, id: 'X1' }] }),
      'a wrong address': () => json({ version: 1, servers: [{ ...one, address: '10.0.0.1' }] }),
      'too many servers': () => json({ version: 1, servers: new Array(SNAPSHOT_SERVERS_MAX + 1).fill(one) }),
      'too long': () => write(JSON.stringify({ version: 1, servers: [one] }).padEnd(SNAPSHOT_MAX_BYTES + 1)),
      'a directory': () => mkdirSync(path()),
      'a symbolic link': () => symlinkSync('/etc/passwd', path()),
      'a named pipe': () => void execFileSync('mkfifo', [path()]),
      'a hard link': () => linkSync(join(directory, 'other'), path()),
    };
    writeFileSync(join(directory, 'other'), JSON.stringify({ version: 1, servers: [one] }));
    for (const [name, make] of Object.entries(files)) {
      lines = [];
      rmSync(path(), { recursive: true, force: true });
      make();
      expect(await read(), name).to.deep.equal([]);
      expect(lines, name).to.have.length(1);
      expect(lines[0], name).to.include(path());
    }
  });

  it('is written beside what somebody has put in the way, never through it', async () => {
    const [precious, draft] = [join(directory, 'precious'), `${path()}.new`];
    writeFileSync(precious, 'content');
    for (const plant of [() => symlinkSync(precious, draft), () => linkSync(precious, draft)]) {
      plant();
      const snapshot = new MembersFile(directory, log, clock);
      snapshot.save(servers);
      await snapshot.flush();
      expect(await read()).to.deep.equal(servers);
      expect(readFileSync(precious, 'utf8')).to.equal('content');
    }
  });

  it('that cannot be written is a line in the log, once', async () => {
    const snapshot = new MembersFile(join(directory, 'absent'), log, clock);
    for (let round = 0; round < 3; round++) {
      snapshot.save(servers);
      await snapshot.flush();
    }
    expect(lines).to.have.length(1);
    expect(lines[0]).to.match(/cannot be written: ENOENT/);
  });
});
