import { expect } from 'chai';
import type { Credentials } from '../../src/base/bytes.js';
import { deferred } from '../../src/base/deferred.js';
import { CircuitError } from '../../src/base/error.js';
import type { ElementMaker } from '../../src/tree/host.js';
import { LocalTree } from '../../src/tree/local-tree.js';
import { makeChannel } from '../../src/element/channel/channel.js';
import type { ElementEvents } from '../../src/element/element.js';
import { LineRing } from '../../src/stream/line-ring.js';
import { ServerElement } from '../../src/element/server.js';
import { BareElement } from './element.js';

const ID = 'X0123456789abcdef';
const credentials: Credentials = { uid: 1, gid: 2, pid: 3 };
const channels: ElementMaker = (spec, events) => makeChannel(spec, events);
const ONE_MESSAGE = { truncate: true, append: false };

/** A server's place, and one line for each operation that it has recorded. */
function tree(proc?: ElementMaker): { here: LocalTree; log: string[] } {
  const log: string[] = [];
  const here = new LocalTree({
    id: ID,
    makers: { chan: channels, ...(proc && { proc }) },
    record: ({ operation, path, args, error, credentials: { pid } }) =>
      log.push([pid, operation, path, args === undefined ? '-' : JSON.stringify(args), error?.code ?? 'ok'].join(' ')),
    readLog: () => ({ size: 0, bytes: new Uint8Array() }),
    env: () => ({}),
    metrics: () => '',
  });
  const peek = { Addr: '', Joined: '', ID, Host: '', Version: '', Pid: 0, Load: 0, Cpus: 1, Links: [] };
  here.root.settle(
    new ServerElement({
      peek: () => peek,
      join: () => Promise.resolve(),
      openEvents: (mode) => new LineRing(1, 1).openReader(mode),
      stop: () => undefined,
    }),
  );
  return { here, log };
}

/** The error that a call fails with, at once or later. */
async function failure(run: () => unknown): Promise<CircuitError> {
  try {
    await run();
  } catch (error) {
    expect(error).to.be.instanceOf(CircuitError);
    return error as CircuitError;
  }
  return expect.fail('did not fail');
}

describe('a server as a place', () => {
  it('answers at once what can be answered at once', () => {
    const { here } = tree();
    expect(here.makeAnchor(['a'], credentials)).to.equal(undefined);
    expect(here.makeElement(['a'], 'chan', { capacity: 1 }, credentials)).to.equal(undefined);
    expect(here.stat(['a'])).to.include({ kind: 'chan', children: 0 });
    expect(here.list([])).to.have.length(1);
    const writer = here.openWriter(['a'], 'send', ONE_MESSAGE, credentials);
    expect(writer.write(Buffer.from('hi'))).to.equal(2);
    writer.close();
    expect(here.openReader(['a'], 'recv', credentials).read(10)).to.deep.equal(Buffer.from('hi'));
  });

  it('keeps of a report no more than a name and a sentence, however long it is', () => {
    const { here, log } = tree();
    const error = new CircuitError('EINVAL', 'y'.repeat(100_000));
    here.reportError([], `${'x'.repeat(100_000)} ${'z'.repeat(100_000)}`, error, credentials);
    expect(log[0]).to.match(/^3 x{64} /);
    expect(here.lastError([]).length).to.be.below(5_000);
  });

  it('records what changes something, in the order in which it was done, and nothing else', async () => {
    const { here, log } = tree();
    await here.makeAnchor(['a'], credentials);
    await here.makeElement(['a'], 'chan', { capacity: 1 }, credentials);
    here.stat(['a']);
    here.list([]);
    here.peek(['a']);
    here.openReader(['a'], 'recv', credentials).close();
    await here.perform(['a'], 'close', [], credentials);
    await failure(() => here.perform(['a'], 'close', [], credentials));
    await failure(() => here.makeElement(['a'], 'chan', { capacity: 2 }, credentials));
    await here.scrub(['a'], { recursive: false }, credentials);
    await here.removeAnchor(['a'], credentials);
    expect(log).to.deep.equal([
      `3 mkdir /${ID}/a - ok`,
      `3 mkchan /${ID}/a {"capacity":1} ok`,
      `3 close /${ID}/a [] ok`,
      `3 close /${ID}/a [] EPIPE`,
      `3 mkchan /${ID}/a {"capacity":2} EEXIST`,
      `3 scrub /${ID}/a [] ok`,
      `3 rmdir /${ID}/a - ok`,
    ]);
  });

  it('records names, but no values, of Env', async () => {
    for (const Env of [['KEY=hunter2', 'OTHER=hunter2=x'], 'KEY=hunter2', { KEY: 'hunter2' }]) {
      const { here, log } = tree(() => new BareElement());
      await here.makeElement(['a'], 'proc', { Path: 'ls', Env }, credentials);
      expect(log.join())
        .to.match(/mkproc/)
        .and.not.match(/hunter2/);
      if (Array.isArray(Env)) expect(log.join()).to.match(/KEY=….*OTHER=…/);
    }
  });

  it('tells why the last operation on an anchor failed, with its time, until one goes well', async () => {
    const { here } = tree();
    await here.makeAnchor(['a'], credentials);
    expect(here.lastError(['a'])).to.equal('');
    await failure(() => here.makeAnchor(['stdin'], credentials));
    await failure(() => here.perform(['a'], 'signal', ['TERM'], credentials));
    expect(here.lastError(['a'])).to.match(
      /^\d{4}-\d\d-\d\dT\S+Z signal TERM: this anchor holds no element that takes "signal" \(EINVAL\)$/,
    );
    expect(here.lastError([]), 'a mkdir is the doing of the anchor above').to.match(
      /mkdir: "stdin" is the name of a control file \(EEXIST\)$/,
    );
    await here.makeElement(['a'], 'chan', { capacity: 1 }, credentials);
    expect(here.lastError(['a'])).to.equal('');
  });

  it('tells still of what was reported while another operation was under way that then went well', async () => {
    const made = deferred<BareElement>();
    const { here } = tree(() => made.promise);
    await here.makeAnchor(['a'], credentials);
    await failure(() => here.perform(['a'], 'signal', ['TERM'], credentials));
    const making = here.makeElement(['a'], 'proc', { Path: 'ls' }, credentials);
    here.reportError(['a'], 'mkproc', new CircuitError('EHOSTDOWN', 'it is not known whether it was carried out'), credentials);
    made.resolve(new BareElement());
    await making;
    expect(here.lastError(['a'])).to.match(/mkproc: it is not known whether it was carried out \(EHOSTDOWN\)$/);
    await here.scrub(['a'], { recursive: false }, credentials);
    expect(here.lastError(['a'])).to.equal('');
  });

  it('tells of reads and writes that failed, but not of those that were interrupted', async () => {
    const { here } = tree();
    await here.makeElement(['a'], 'chan', { capacity: 0 }, credentials);
    const reader = here.openReader(['a'], 'recv', credentials);
    for (const reason of [new CircuitError('EINTR'), new Error('no more interest')]) {
      const interest = new AbortController();
      const read = Promise.resolve(reader.read(1, interest));
      interest.abort(reason);
      expect(await read.catch((error: unknown) => error)).to.equal(reason);
      expect(here.lastError(['a'])).to.equal('');
    }
    await failure(() => here.openReader(['a'], 'tryrecv', credentials).read(1));
    expect(here.lastError(['a'])).to.match(/tryrecv: .*\(EAGAIN\)$/);
    await failure(() => here.openReader(['a'], 'stdout', credentials));
    expect(here.lastError(['a'])).to.match(/stdout: .*\(ENOENT\)$/);
  });

  it('hands out the open files of an element with all that they can, and tells of a failed end as of a failed write', async () => {
    const full = new CircuitError('EPIPE', 'nobody reads');
    const file = {
      ready: () => true,
      whenReady: () => Promise.resolve(),
      probe: () => Promise.resolve(),
      read: () => Buffer.from('x'),
      write: () => 1,
      end: () => Promise.reject(full),
      ack: () => undefined,
      requeue: () => undefined,
      close: () => undefined,
      abort: () => undefined,
    };
    const { here } = tree(() => Object.assign(new BareElement(), { openReader: () => file, openWriter: () => file }));
    await here.makeElement(['a'], 'proc', {}, credentials);
    expect(here.openReader(['a'], 'stdout', credentials)).to.include.keys('probe');
    const writer = here.openWriter(['a'], 'stdin', ONE_MESSAGE, credentials);
    expect(await failure(() => writer.end?.(Buffer.from('x')))).to.equal(full);
    expect(here.lastError(['a'])).to.match(/stdin: nobody reads \(EPIPE\)$/);
  });

  it('keeps what a hostile name or argument would do to a terminal out of the last error', async () => {
    const { here } = tree();
    await here.makeElement(['a'], 'chan', { capacity: 0 }, credentials);
    await failure(() => here.perform(['a'], 'x\u001b[2J', [], credentials));
    expect(here.lastError(['a']))
      .to.match(/\\033\[2J/)
      .and.not.contain('\u001b');
  });

  it('makes the anchors that lead to an element, and takes them away when it could not be made', async () => {
    const { here } = tree(() => Promise.reject(new CircuitError('ENOENT', 'no such program')));
    expect((await failure(() => here.makeElement(['a', 'b', 'c'], 'proc', {}, credentials))).code).to.equal('ENOENT');
    expect(here.root.total).to.equal(1);
    expect((await failure(() => here.makeElement(['a', 'b'], 'server', {}, credentials))).code).to.equal('EOPNOTSUPP');
    expect(here.root.total).to.equal(1);
  });

  it('keeps the place of an element that is being made', async () => {
    let finish: ((element: BareElement) => void) | undefined;
    const { here } = tree(() => new Promise((resolve) => (finish = resolve)));
    const making = here.makeElement(['a', 'b'], 'proc', {}, credentials);
    expect((await failure(() => here.makeElement(['a', 'b'], 'chan', { capacity: 1 }, credentials))).code).to.equal('EEXIST');
    expect((await failure(() => here.removeAnchor(['a', 'b'], credentials))).code).to.equal('EBUSY');
    await here.scrub(['a'], { recursive: true }, credentials);
    finish?.(new BareElement());
    await making;
    expect(here.peek(['a', 'b'])).to.deep.equal({ Scrubbed: false });
  });

  it('lets an element go that says it has ended, be it while it is still being made', async () => {
    for (const early of [true, false]) {
      let tell: ElementEvents | undefined;
      const { here } = tree(async (_spec, events) => {
        tell = events;
        if (early) events.gone();
        return Promise.resolve(new BareElement());
      });
      await here.makeElement(['a'], 'proc', {}, credentials);
      if (!early) tell?.gone();
      expect(here.root.total).to.equal(1);
    }
  });

  it('answers a fault of an element with EIO', async () => {
    const { here, log } = tree(() => {
      throw new TypeError('a fault');
    });
    expect((await failure(() => here.makeElement(['a'], 'proc', {}, credentials))).code).to.equal('EIO');
    expect(log).to.deep.equal([`3 mkproc /${ID}/a {} EIO`]);
  });

  it('has a root that can be neither removed nor scrubbed, though all below it can', async () => {
    const { here } = tree();
    await here.makeElement(['a', 'b'], 'chan', { capacity: 1 }, credentials);
    expect((await failure(() => here.removeAnchor([], credentials))).code).to.equal('EPERM');
    expect((await failure(() => here.scrub([], { recursive: false }, credentials))).code).to.equal('EPERM');
    expect((await failure(() => here.makeElement([], 'chan', { capacity: 1 }, credentials))).code).to.equal('EEXIST');
    await here.scrub([], { recursive: true }, credentials);
    expect(here.list([])).to.deep.equal([]);
    expect(here.stat([]).kind).to.equal('server');
  });

  it('knows no anchor that is not there', async () => {
    const { here } = tree();
    const calls: (() => unknown)[] = [
      () => here.stat(['no']),
      () => here.list(['no']),
      () => here.makeAnchor(['no', 'a'], credentials),
      () => here.removeAnchor(['no'], credentials),
      () => here.scrub(['no'], { recursive: true }, credentials),
      () => here.perform(['no'], 'close', [], credentials),
      () => here.peek(['no']),
      () => here.openReader(['no'], 'recv', credentials),
      () => here.openWriter(['no'], 'send', ONE_MESSAGE, credentials),
      () => here.lastError(['no']),
    ];
    for (const call of calls) expect((await failure(call)).code, String(call)).to.equal('ENOENT');
  });
});
