import { expect } from 'chai';
import type { Credentials } from '../../src/base/bytes.js';
import { CircuitError, InterruptedError } from '../../src/base/error.js';
import { FRAME_NAME_MAX } from '../../src/base/limits.js';
import { checkCall, checkNote } from '../../src/remote/calls.js';
import type { ServerTree } from '../../src/tree/server-tree.js';
import { readAll, writeAll } from '../../src/api/streams.js';
import { Distance, ID, type Server, server } from '../lib/distance.js';

const credentials: Credentials = { uid: 1, gid: 2, pid: 3 };
const ALL = { truncate: true, append: false };

async function codeOf(call: () => unknown): Promise<string> {
  try {
    await call();
    return 'none';
  } catch (error) {
    return error instanceof CircuitError ? error.code : String(error);
  }
}

async function messageOf(call: () => unknown): Promise<string> {
  try {
    await call();
    return 'none';
  } catch (error) {
    return (error as Error).message;
  }
}

async function send(tree: ServerTree, text: string): Promise<void> {
  const writer = await tree.openWriter(['c'], 'send', ALL, credentials);
  await writeAll(writer, Buffer.from(text));
  writer.close();
}

async function receive(tree: ServerTree): Promise<string> {
  const reader = await tree.openReader(['c'], 'recv', credentials);
  try {
    return (await readAll(reader, 10_000_000)).toString();
  } finally {
    reader.close();
  }
}

const numReceived = async (tree: ServerTree): Promise<unknown> => ((await tree.peek(['c'])) as { NumRecv: number }).NumRecv;

describe('what comes over the wire', () => {
  it('has names of files and commands that are short, and a path of short names', () => {
    const path = ['x'.repeat(256)];
    expect(() => checkCall('mkdir', [ID, path, credentials])).to.throw().with.property('code', 'ENAMETOOLONG'); // prettier-ignore
    expect(() => checkCall('perform', [ID, [], 'x'.repeat(FRAME_NAME_MAX + 1), [], credentials])).to.throw('invalid arguments of perform');
    expect(() => checkNote('open', [1, ID, [], 'x'.repeat(FRAME_NAME_MAX + 1), 0, credentials])).to.throw('invalid arguments of open');
    checkNote('open', [1, ID, path, 'recv', 0, credentials]); // whose reads say so: it would end the session
  });
});

/** What goes for a server wherever it is. */
for (const where of ['here', 'elsewhere']) {
  describe(`a server's place, ${where}`, () => {
    let tree: ServerTree;
    beforeEach(async () => {
      const far = server();
      tree = where === 'here' ? far.here : new Distance(far).tree;
      await tree.makeElement(['c'], 'chan', { capacity: 2 }, credentials);
    });

    it('has anchors that are made, listed, told of and removed', async () => {
      await tree.makeAnchor(['a'], credentials);
      await tree.makeAnchor(['a', 'b'], credentials);
      expect((await tree.list([])).map(({ name, kind, children }) => [name, kind, children])).to.deep.equal([
        ['c', 'chan', 0],
        ['a', undefined, 1],
      ]);
      expect(await tree.stat(['a', 'b'])).to.include({ kind: undefined, children: 0 });
      expect(await codeOf(() => tree.removeAnchor(['a'], credentials))).to.equal('ENOTEMPTY');
      await tree.removeAnchor(['a', 'b'], credentials);
      expect(await codeOf(() => tree.stat(['a', 'b']))).to.equal('ENOENT');
      expect(await codeOf(() => tree.makeAnchor(['stdin'], credentials))).to.equal('EEXIST');
    });

    it('refuses a name of more than 255 bytes in every call as too long, and goes on', async () => {
      await tree.list([]); // what is known of the tree is no reason to say anything else
      const calls: readonly ((path: readonly string[]) => unknown)[] = [
        (path) => tree.stat(path),
        (path) => tree.list(path),
        (path) => tree.tree(path, { entries: 1, after: 0 }),
        (path) => tree.makeAnchor(path, credentials),
        (path) => tree.removeAnchor(path, credentials),
        (path) => tree.makeElement(path, 'chan', { capacity: 1 }, credentials),
        (path) => tree.scrub(path, { recursive: false }, credentials),
        (path) => tree.perform(path, 'close', [], credentials),
        (path) => tree.peek(path),
        (path) => tree.lastError(path),
        (path) => tree.reportError(path, 'ctl', new CircuitError('EINVAL'), credentials),
        (path) => tree.openReader(path, 'recv', credentials, { unacked: true, lazy: true }),
        (path) => tree.openWriter(path, 'send', { ...ALL, lazy: true }, credentials),
      ];
      for (const long of ['x'.repeat(256), 'ü'.repeat(128), 'x'.repeat(100_000)]) {
        for (const [number, call] of calls.entries()) {
          for (const path of [[long], ['c', long], [long, 'c']])
            expect(await codeOf(() => call(path)), `${number}`).to.equal('ENAMETOOLONG');
        }
      }
      expect(await codeOf(() => tree.stat(['x'.repeat(255)]))).to.equal('ENOENT');
      await send(tree, 'still there');
      expect(await receive(tree)).to.equal('still there');
    });

    it('says that it is the anchor that is not there', async () => {
      for (const call of [() => tree.stat(['none']), () => tree.peek(['none']), () => tree.openReader(['none'], 'recv', credentials)])
        expect(await messageOf(call)).to.equal('no such anchor');
    });

    it('fails with the same codes, and tells of it in the same words', async () => {
      expect(await codeOf(() => tree.makeElement(['c'], 'chan', { capacity: 1 }, credentials))).to.equal('EEXIST');
      expect(await codeOf(() => tree.makeElement(['x'], 'chan', { capacity: -1 }, credentials))).to.equal('EINVAL');
      expect(await codeOf(() => tree.makeElement(['x'], 'proc', {}, credentials))).to.equal('EOPNOTSUPP');
      expect(await codeOf(() => tree.perform(['c'], 'open', [], credentials))).to.equal('EINVAL');
      expect(await tree.lastError(['c'])).to.match(/ open: invalid command of a channel: expected "close".*\(EINVAL\)$/);
      await tree.reportError(['c'], 'nonsense', new CircuitError('EINVAL', 'unknown command'), credentials);
      expect(await tree.lastError(['c'])).to.match(/nonsense: unknown command \(EINVAL\)$/);
    });

    it('hands messages over, of any length, each once', async () => {
      await send(tree, 'first');
      await send(tree, 'second');
      expect(await receive(tree)).to.equal('first');
      expect(await receive(tree)).to.equal('second');
      const long = 'x'.repeat(3_000_000);
      const [received] = await Promise.all([receive(tree), send(tree, long)]);
      expect(received.length).to.equal(long.length);
      expect(await numReceived(tree)).to.equal(3);
    });

    it('lets an interrupted receiver go without a message', async () => {
      const reader = await tree.openReader(['c'], 'recv', credentials);
      const abort = new AbortController();
      const read = codeOf(() => reader.read(100, { signal: abort.signal }));
      abort.abort(new CircuitError('EINTR'));
      expect(await read).to.equal('EINTR');
      await send(tree, 'hi');
      expect(await receive(tree)).to.equal('hi');
      reader.close();
    });

    it('never waits for who does not want to: try files and O_NONBLOCK', async () => {
      const tries = await tree.openReader(['c'], 'tryrecv', credentials);
      expect(await codeOf(() => tries.read(10))).to.equal('EAGAIN');
      const reader = await tree.openReader(['c'], 'recv', credentials);
      expect(await codeOf(() => reader.read(10, { nonblock: true }))).to.equal('EAGAIN');
      const ready = reader.whenReady();
      await send(tree, 'hi');
      await ready;
      expect(reader.ready()).to.equal(true);
      expect(Buffer.from(await reader.read(10, { nonblock: true })).toString()).to.equal('hi');
      reader.close();
    });

    it('ends what waits when the element is scrubbed', async () => {
      const waiting = codeOf(() => receive(tree));
      await tree.scrub(['c'], { recursive: false }, credentials);
      expect(await waiting).to.match(/EIDRM|ENOENT/);
    });

    it('ends the receiving of a channel that is closed, when it is empty', async () => {
      await send(tree, 'last');
      await tree.perform(['c'], 'close', [], credentials);
      expect(await codeOf(() => send(tree, 'late'))).to.equal('EPIPE');
      expect(await receive(tree)).to.equal('last');
      expect(await codeOf(() => receive(tree))).to.equal('ENODATA');
    });

    it('gives packets, each as a message', async () => {
      const writer = await tree.openWriter(['c'], 'send', { truncate: false, append: false }, credentials);
      for (const text of ['a', 'bc']) await writer.write(Buffer.from(text), { packet: true });
      const reader = await tree.openReader(['c'], 'recv', credentials);
      const packet = async (): Promise<string> => Buffer.from(await reader.read(100, { packet: true })).toString();
      expect([await packet(), await packet()]).to.deep.equal(['a', 'bc']);
      reader.close();
      writer.close();
    });

    it('shows its log, environment and figures', async () => {
      expect(Buffer.from((await tree.readLog(2, 3)).bytes).toString()).to.equal('234');
      expect(await tree.env()).to.deep.equal({ HOME: '/root' });
      expect(await tree.metrics()).to.equal('circuit_anchors 1\n');
      expect(await tree.peek([])).to.include({ ID });
    });
  });
}

describe('a server elsewhere', () => {
  let far: Server;
  let distance: Distance;
  let tree: ServerTree;
  beforeEach(async () => {
    far = server();
    distance = new Distance(far);
    ({ tree } = distance);
    await far.here.makeElement(['c'], 'chan', { capacity: 2 }, credentials);
  });

  const questions = (): number => distance.asked.filter((name) => name === 'tree').length;

  it('is walked to any depth with one question, and listed whole with one', async () => {
    for (let depth = 1; depth <= 8; depth++) await far.here.makeAnchor(Array<string>(depth).fill('d'), credentials);
    await tree.stat([]);
    for (let depth = 1; depth <= 8; depth++) await tree.stat(Array<string>(depth).fill('d'));
    expect(questions()).to.equal(1);
    for (let n = 0; n < 1000; n++) await far.here.makeAnchor([`n${n}`], credentials);
    expect(await tree.list([])).to.have.length(1002);
    for (let n = 0; n < 1000; n++) await tree.stat([`n${n}`]);
    expect(await codeOf(() => tree.stat(['nobody']))).to.equal('ENOENT');
    expect(questions()).to.equal(2);
  });

  it('lists a directory that is too large for one answer in several', async () => {
    for (let n = 0; n < 20_500; n++) far.here.root.make(`n${n}`);
    const names = (await tree.list([])).map(({ name }) => name);
    expect(new Set(names)).to.have.property('size', 20_501);
    expect(questions()).to.equal(2);
  });

  it('never shows a tree as it was before a change that somebody has been told of', async () => {
    const other = new Distance(far, 'X00000000000000ff').tree;
    for (let round = 0; round < 50; round++) {
      await tree.stat([]);
      await tree.list([]);
      await other.makeAnchor(['new'], credentials);
      expect(await tree.stat(['new'])).to.include({ children: 0 });
      await tree.list([]);
      await other.removeAnchor(['new'], credentials);
      expect(await codeOf(() => tree.stat(['new']))).to.equal('ENOENT');
      await tree.list([]);
      await far.here.makeAnchor(['local'], credentials); // by a user of that server itself
      expect(await tree.stat(['local'])).to.include({ children: 0 });
      await far.here.removeAnchor(['local'], credentials);
    }
  });

  it('has what has arrived, also when the file is closed in the same breath', async () => {
    for (let n = 0; n < 50; n++) {
      await send(far.here, String(n));
      const reader = await tree.openReader(['c'], 'recv', credentials);
      expect(Buffer.from(await reader.read(100)).toString()).to.equal(String(n));
      reader.close();
      await tree.lastError(['c']); // behind the close
    }
    expect(await numReceived(far.here)).to.equal(50);
  });

  it('gets a message back that was under way when its reader closed', async () => {
    const reader = await tree.openReader(['c'], 'recv', credentials);
    const abort = new AbortController();
    const read = codeOf(() => reader.read(100, { signal: abort.signal }));
    await send(far.here, 'hi'); // the answer is under way
    abort.abort(new CircuitError('EINTR'));
    expect(await read).to.equal('EINTR');
    expect(await receive(tree)).to.equal('hi');
    reader.close();
  });

  it('requeues what was unacknowledged when the session ends, and cuts off what was half written', async () => {
    await send(far.here, 'unacked');
    const reader = await tree.openReader(['c'], 'recv', credentials);
    distance.cut();
    const waiting = codeOf(() => reader.read(100));
    const error = new CircuitError('EHOSTDOWN', 'gone');
    distance.end(error);
    expect(await waiting).to.equal('EHOSTDOWN');
    expect(await receive(far.here)).to.equal('unacked');
  });

  it('says that nobody knows whether a command was carried out, when its server dies', async () => {
    distance.cut();
    const made = tree.makeAnchor(['x'], credentials);
    distance.end(new CircuitError('EHOSTDOWN', 'the server died'));
    const error = await Promise.resolve(made).catch((reason: unknown) => reason);
    expect(error).to.have.property('code', 'EHOSTDOWN');
    expect(error)
      .to.have.property('message')
      .that.matches(/it is not known whether it was carried out$/);
  });

  it('tells the anchor of a change that nobody knows the fate of, when its caller has gone', async () => {
    const leaving = new AbortController();
    const made = codeOf(() => tree.makeAnchor(['x'], credentials, { signal: leaving.signal }));
    await new Promise(setImmediate); // it is under way
    distance.cut();
    leaving.abort(new InterruptedError('killed', { fatal: true }));
    expect(await made).to.equal('EINTR');
    distance.connect();
    expect(await tree.lastError([])).to.match(/ mkdir x: interrupted; it is not known whether it was carried out \(EINTR\)$/);
  });

  it('says nothing of a change that has not gone out when its caller goes', async () => {
    distance.cut();
    const leaving = new AbortController();
    const made = codeOf(() => tree.makeAnchor(['x'], credentials, { signal: leaving.signal }));
    leaving.abort(new InterruptedError());
    expect(await made).to.equal('EINTR');
    distance.connect();
    expect(await tree.lastError([])).to.equal('');
    expect(await codeOf(() => tree.stat(['x']))).to.equal('ENOENT');
  });

  it('goes on where it was when the connection breaks and comes back', async () => {
    const waiting = receive(tree);
    await tree.lastError(['c']);
    distance.cut();
    await send(far.here, 'through');
    distance.connect();
    expect(await waiting).to.equal('through');
  });

  it('admits large messages in the order in which they came, however long they wait', async () => {
    await far.here.scrub(['c'], { recursive: false }, credentials);
    await far.here.makeElement(['c'], 'chan', { capacity: 1 }, credentials);
    await send(far.here, 'first');
    const early = send(tree, 'early'.repeat(1_000));
    const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
    while (((await far.here.peek(['c'])) as { WaitingSenders: number }).WaitingSenders === 0) await pause();
    const late = send(far.here, 'late');
    while (!distance.asked.includes('room')) await pause(); // its bytes have gone back to it
    expect(await receive(far.here)).to.equal('first');
    await Promise.race([early, late]); // one of them has been let in
    expect((await receive(far.here)).slice(0, 5)).to.equal('early');
    expect(await receive(far.here)).to.equal('late');
    await Promise.all([early, late]);
  });

  it('is offered nothing while the connection is down: neither a message nor room goes to who waits there', async () => {
    const until = async (state: Readonly<Record<string, number>>): Promise<void> => {
      for (const [field, count] of Object.entries(state))
        while ((far.here.peek(['c']) as Record<string, unknown>)[field] !== count) await new Promise(setImmediate);
    };
    const waiting = receive(tree);
    await until({ WaitingReceivers: 1 });
    distance.cut();
    await until({ WaitingReceivers: 0 });
    await send(far.here, 'to another one');
    expect(await receive(far.here)).to.equal('to another one');
    distance.connect();
    await until({ WaitingReceivers: 1 });
    await send(far.here, 'through');
    expect(await waiting).to.equal('through');

    for (const text of ['1', '2']) await send(far.here, text); // the channel is full
    const sending = send(tree, 'late');
    await until({ WaitingSenders: 1 });
    distance.cut();
    await until({ WaitingSenders: 0 });
    distance.connect();
    expect([await receive(far.here), await receive(far.here)]).to.deep.equal(['1', '2']);
    await sending;
    expect(await receive(far.here)).to.equal('late');
  });

  it('takes the rest of a long stream ahead, up to a bound, and tells the next write of what failed', async () => {
    const writer = await tree.openWriter(['c'], 'send', ALL, credentials);
    expect(await writer.write(Buffer.alloc(1000))).to.equal(1000);
    let taken = 1000;
    let returned = true;
    while (returned && taken < 10_000_000) {
      const write = Promise.resolve(writer.write(Buffer.alloc(100_000)));
      const twoRoundTrips = (async () => [await tree.lastError(['c']), await tree.lastError(['c'])])();
      returned = await Promise.race([write.then(() => true), twoRoundTrips.then(() => false)]);
      if (returned) taken += 100_000;
      else write.catch(() => undefined);
    }
    expect(taken).to.be.within(200_000, 6_000_000);
    const reader = far.here.openReader(['c'], 'recv', credentials);
    await reader.read(10);
    reader.close(); // goes away in the middle
    await writer.write(Buffer.alloc(10)); // taken ahead as well
    await tree.lastError(['c']);
    expect(await codeOf(() => writer.write(Buffer.alloc(10)))).to.equal('EPIPE');
    writer.close();
  });

  it('says the end of a stream behind all that was taken ahead', async () => {
    const writer = await tree.openWriter(['c'], 'send', ALL, credentials);
    const received = receive(far.here);
    for (let n = 0; n < 10; n++) await writer.write(Buffer.alloc(100_000, 'a'));
    writer.close();
    expect(await received).to.equal('a'.repeat(1_000_000));
  });

  it('refuses what is no call, and calls with arguments that are none', async () => {
    const { tree: stranger } = new Distance(far, 'X00000000000000aa');
    expect(await codeOf(() => stranger.stat(Array<string>(100).fill('deep')))).to.equal('EINVAL');
    expect(await codeOf(() => stranger.stat(['x'.repeat(300)]))).to.equal('ENAMETOOLONG');
  });
});
