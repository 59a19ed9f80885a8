/**
 * With real sockets on the loopback interface, and a clock that hurries.
 */
import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { expect } from 'chai';
import { DISCOVERY_DATAGRAM_MAX_BYTES } from '../../../src/base/limits.js';
import { decode, encodeAnnouncement, encodeQuestion } from '../../../src/cluster/discovery/announcement.js';
import { ask, type AskOptions } from '../../../src/cluster/discovery/ask.js';
import { SYSTEM_CLOCK } from '../../../src/base/clock.js';
import { Discovery } from '../../../src/cluster/discovery/discovery.js';
import { FixedAddresses } from '../../../src/cluster/discovery/fixed.js';
import type { Group } from '../../../src/cluster/discovery/group.js';
import { GroupSocket } from '../../../src/cluster/discovery/group-socket.js';
import type { Hint, Source, Standing } from '../../../src/cluster/discovery/hint.js';
import { NO_KEYS } from '../../../src/cluster/discovery/seal.js';
import { closed, Collected, digestOf, freeGroup, hurried, idOf, keyOf, keysOf, send, stranger } from './fixture.js';

const LOOPBACK = ['127.0.0.1'];

interface ServerOptions {
  readonly circuit?: string;
  readonly interfaces?: readonly string[];
  readonly sources?: readonly Source[];
  /** How much faster its clock is. */
  readonly hurry?: number;
  readonly random?: () => number;
}

/** A server's discovery, with the hints that it gave and what it logged. */
class Server {
  digest = 1;
  readonly standings = new Map<string, Standing>();
  readonly hints = new Collected<Hint>();
  readonly lines = new Collected<string>();
  readonly discovery: Discovery;

  constructor(number: number, group: Group, given: ServerOptions) {
    const { circuit = 'ours', interfaces = LOOPBACK, sources = [], hurry = 20, random = Math.random } = given;
    this.discovery = new Discovery({
      ...group,
      interfaces,
      sources,
      self: () => ({ id: idOf(number), address: { host: '127.0.0.1', port: number } }),
      digest: () => digestOf(this.digest),
      keys: () => keysOf(circuit),
      keyFile: '/var/lib/circuit/key',
      known: ({ id = '' }) => this.standings.get(id) ?? 'unknown',
      members: () => 2,
      slowdown: () => 1,
      onHint: (hint) => this.hints.add(hint),
      log: (_level, line) => this.lines.add(line),
      clock: hurried(hurry),
      random,
    });
    this.discovery.start();
  }
}

describe('discovery by multicast', () => {
  let group: Group;
  const closing: (() => Promise<void>)[] = [];
  const server = (number: number, options: ServerOptions = {}): Server => {
    const made = new Server(number, group, options);
    closing.push(() => made.discovery.close());
    return made;
  };
  const outsider = async (): Promise<Socket> => {
    const socket = await stranger(group);
    closing.push(() => closed(socket));
    return socket;
  };
  /** A server, and somebody else who knows that it listens: its own first question was heard. */
  const besieged = async (hurry: number): Promise<{ readonly ann: Server; readonly eve: Socket }> => {
    const eve = await outsider();
    const heard = once(eve, 'message');
    const ann = server(1, { hurry });
    await heard;
    return { ann, eve };
  };
  const holder = async (): Promise<Socket> => {
    const socket = createSocket({ type: 'udp4' }).bind({ port: group.port, exclusive: true });
    await once(socket, 'listening');
    return socket;
  };
  const reached = async (count: () => number, least: number): Promise<void> => {
    while (count() < least) await new Promise((resolve) => setTimeout(resolve, 5));
  };

  beforeEach(async () => {
    group = await freeGroup();
  });
  afterEach(async () => {
    await Promise.all(closing.splice(0).map((close) => close()));
  });

  it('lets servers find each other', async () => {
    const servers = [1, 2, 3].map((number) => server(number));
    for (const [index, each] of servers.entries()) {
      for (const other of [1, 2, 3].filter((number) => number !== index + 1)) {
        const hint = await each.hints.when(({ id }) => id === idOf(other));
        expect(hint).to.deep.include({ address: { host: '127.0.0.1', port: other }, members: 2 });
      }
    }
    expect(servers.flatMap(({ lines }) => lines.items)).to.deep.equal([]);
  });

  it('tells of a server that is alive and says another digest', async () => {
    const [ann, bob] = [server(1), server(2)];
    ann.standings.set(idOf(2), 'alive');
    bob.standings.set(idOf(1), 'alive');
    await reached(() => ann.discovery.counts.hint, 2);
    bob.digest = 2;
    bob.discovery.changed();
    const hint = await ann.hints.when(({ digest }) => digest?.[0] === 2);
    expect(hint).to.deep.include({ id: idOf(2), address: { host: '127.0.0.1', port: 2 } });
  });

  it('names a circuit with another key once, and gives no hint of it', async () => {
    const [ann, bob] = [server(1), server(2, { circuit: 'theirs' })];
    await ann.lines.when((line) => line.includes('/var/lib/circuit/key'));
    await reached(() => Math.min(ann.discovery.counts.other, bob.discovery.counts.other), 3);
    expect(ann.lines.items).to.have.length(1);
    expect(ann.lines.items[0]).to.include(`the key ${keyOf('theirs').identity}`);
    expect([...ann.hints.items, ...bob.hints.items]).to.deep.equal([]);
  });

  it('goes on through truncated, random, forged and replayed datagrams, with one line in the log', async () => {
    const { ann, eve } = await besieged(20);
    const bob = { id: idOf(2), address: { host: '127.0.0.1', port: 2 }, digest: digestOf(1) };
    const real = encodeAnnouncement(bob, keyOf('ours'));
    const forged = encodeAnnouncement({ ...bob, id: idOf(3) }, { ...keyOf('theirs'), identity: keyOf('ours').identity });
    for (let round = 0; round < 20; round++) {
      const datagrams = [forged, real.subarray(0, round * 15), randomBytes(round * 50), Buffer.alloc(9_000)];
      for (const datagram of datagrams) await send(eve, datagram, group);
    }
    for (let round = 0; round < 5; round++) await send(eve, real, group);
    await reached(() => ann.discovery.counts.hint, 5);
    await ann.hints.when(({ id }) => id === idOf(2));
    expect(new Set(ann.hints.items.map(({ id }) => id))).to.deep.equal(new Set([idOf(2)]));
    expect(ann.discovery.counts.forged).to.equal(20);
    expect(ann.lines.items).to.have.length(1);
    expect(ann.lines.items[0]).to.match(/^127\.0\.0\.1 sends datagrams that name our key/);
  });

  it('looks at so much of a flood, says so once, and hears a server after it', async () => {
    const { ann, eve } = await besieged(4);
    const questions = Array.from({ length: 100 }, (_, number) => encodeQuestion(number.toString(16).padStart(16, '0'), keyOf('ours')));
    for (let round = 0; round < 50; round++) await Promise.all(questions.map((question) => send(eve, question, group)));
    await ann.lines.when((line) => line.includes('too many datagrams from'));
    const bob = server(2, { hurry: 4 });
    await ann.hints.when(({ id }) => id === idOf(2));
    await bob.hints.when(({ id }) => id === idOf(1));
    expect(ann.lines.items).to.have.length(1);
  });

  it('answers a question no longer than it is, and none without the key', async () => {
    const servers = [1, 2, 3, 4].map((number) => server(number));
    const eve = await outsider();
    const heard = new Collected<{ readonly nonce: string | undefined; readonly size_bytes: number }>();
    eve.on('message', (datagram: Buffer) => {
      const message = decode(datagram);
      if (message?.type === 'announcement') heard.add({ nonce: message.nonce, size_bytes: datagram.length });
    });
    await servers[0]?.hints.when(({ id }) => id === idOf(4));
    const forged = { ...keyOf('theirs'), identity: keyOf('ours').identity };
    for (const key of [keyOf('theirs'), NO_KEYS.speak, forged]) await send(eve, encodeQuestion('e'.repeat(16), key), group);
    for (const digit of ['a', 'b']) {
      await send(eve, encodeQuestion(digit.repeat(16), keyOf('ours')), group);
      await heard.when(({ nonce }) => nonce === digit.repeat(16));
    }
    expect(heard.items.filter(({ nonce }) => nonce === 'e'.repeat(16))).to.deep.equal([]);
    for (const { size_bytes } of heard.items) expect(size_bytes).to.be.at.most(DISCOVERY_DATAGRAM_MAX_BYTES);
  });

  it('hears first what has come while it could not run, and leaves an answer to the one that was faster', async () => {
    const eve = await outsider();
    const answers = new Collected<string>();
    eve.on('message', (datagram: Buffer) => {
      const message = decode(datagram);
      if (message?.type === 'announcement' && message.announcement.id === idOf(1)) answers.add(message.nonce ?? 'none');
    });
    const ann = server(1, { hurry: 1, random: () => 0.5 });
    await answers.when((nonce) => nonce === 'none');
    const asked = async (nonce: string): Promise<void> => {
      const before = ann.discovery.counts.nothing;
      await send(eve, encodeQuestion(nonce, keyOf('ours')), group);
      await reached(() => ann.discovery.counts.nothing, before + 1);
    };
    await asked('a'.repeat(16));
    // More than Node reads in a turn, and behind it Bob's answer; the own one is due when the loop runs again.
    const said = { id: idOf(2), address: { host: '127.0.0.1', port: 2 }, digest: digestOf(1) };
    for (let number = 0; number < 60; number++) eve.send(encodeAnnouncement(said, keyOf('ours')), group.port, group.group);
    eve.send(encodeAnnouncement(said, keyOf('ours'), 'a'.repeat(16)), group.port, group.group);
    await new Promise<void>((resolve) => process.nextTick(() => process.nextTick(resolve)));
    for (const begin_ms = performance.now(); performance.now() - begin_ms < 100;);
    await reached(() => ann.discovery.counts.hint, 61);
    await asked('b'.repeat(16));
    await answers.when((nonce) => nonce === 'b'.repeat(16));
    expect(answers.items).to.not.include('a'.repeat(16));
  });

  it('hears only what was sent on the network of its interface', async () => {
    const heard = { here: new Collected<string>(), elsewhere: new Collected<string>() };
    const open = async (to: Collected<string>, reaches: boolean): Promise<void> => {
      const local = { name: 'lo', address: '127.0.0.1', loopback: true, reaches: () => reaches };
      const events = { heard: (datagram: Buffer) => to.add(datagram.toString()), failed: (error: Error) => to.add(error.message) };
      const socket = await GroupSocket.open(group, local, events);
      closing.push(() => socket.close());
    };
    await open(heard.elsewhere, false);
    await open(heard.here, true);
    const eve = await outsider();
    await send(eve, Buffer.from('hello'), group);
    await heard.here.when((text) => text === 'hello');
    expect(heard.elsewhere.items).to.deep.equal([]);
  });

  it('that cannot work is a line in the log that says what to do, and ends nothing', async () => {
    const taken = await holder();
    closing.push(() => closed(taken));
    const ann = server(1, { interfaces: [...LOOPBACK, 'no-such-interface'] });
    expect(await ann.lines.when((line) => line.includes('EADDRINUSE'))).to.match(/choose another port with --discover/);
    expect(await ann.lines.when((line) => line.includes('no-such-interface'))).to.match(/^there is no interface/);
    expect(ann.lines.items).to.have.length(2);
  });

  it('takes up an interface when it works, at the next look', async () => {
    const taken = await holder();
    const ann = server(1);
    await ann.lines.when((line) => line.includes('EADDRINUSE'));
    await closed(taken);
    server(2);
    await ann.hints.when(({ id }) => id === idOf(2));
  });

  it('collects other sources as well', async () => {
    const urls = [{ host: '127.0.0.1', port: 9, pid: 1, id: idOf(9) }];
    const ann = server(1, { interfaces: [], sources: [new FixedAddresses(urls, hurried(20), Math.random)] });
    const hint = await ann.hints.when(() => true);
    expect(hint).to.deep.include({ id: idOf(9), address: { host: '127.0.0.1', port: 9 } });
  });

  it('goes on when a source fails', async () => {
    const failing: Source = {
      addresses: () => {
        throw new Error('no more');
      },
    };
    const ann = server(1, { sources: [failing] });
    await ann.lines.when((line) => line.includes('a source of addresses failed: Error: no more'));
    server(2);
    await ann.hints.when(({ id }) => id === idOf(2));
  });

  describe('for a client', () => {
    const inquiry = (): AskOptions => ({ ...group, interfaces: LOOPBACK, keys: keysOf('ours'), clock: SYSTEM_CLOCK });
    const failure = async (asking: Promise<unknown>): Promise<unknown> => {
      try {
        return await asking.then(() => 'it succeeded');
      } catch (error) {
        return error;
      }
    };

    it('finds a server', async () => {
      server(1);
      const found = await ask(inquiry());
      expect(found).to.deep.include({ id: idOf(1), address: { host: '127.0.0.1', port: 1 } });
    });

    it('takes no answer to another question for its own', async () => {
      const eve = await outsider();
      const self = { id: idOf(9), address: { host: '127.0.0.1', port: 9 }, digest: digestOf(1) };
      const old = encodeAnnouncement(self, keyOf('ours'), 'a'.repeat(16));
      eve.once('message', () => void send(eve, old, group).then(() => server(1)));
      expect(await ask(inquiry())).to.have.property('id', idOf(1));
    });

    it('that finds nobody fails after 3 s, and says what it tried', async () => {
      const error = await failure(ask({ ...inquiry(), clock: hurried(20) }));
      const tried =
        /^nobody answered within 3 s: asked the group 239\.255\.77\.7:\d+ on lo\w* \(127\.0\.0\.1\), with the key [\da-f]{16}; start/;
      expect(error).to.have.property('code', 'EHOSTDOWN');
      expect(error).to.have.property('message').that.matches(tried);
    });

    it('that finds a circuit with another key fails, and says so', async () => {
      server(1, { circuit: 'theirs' });
      const error = await failure(ask({ ...inquiry(), clock: hurried(5) }));
      expect(error)
        .to.have.property('message')
        .that.includes(`127.0.0.1 uses another key, ${keyOf('theirs').identity}`);
    });

    it('that cannot ask fails at once', async () => {
      const error = await failure(ask({ ...inquiry(), keys: NO_KEYS, interfaces: ['no-such-interface'] }));
      expect(error).to.have.property('code', 'EHOSTDOWN');
      expect(error)
        .to.have.property('message')
        .that.matches(/^could not ask: .* on no interface, without a key; there is no interface no-such/);
    });

    it('can be given up', async () => {
      const end = new AbortController();
      const asking = failure(ask({ ...inquiry(), signal: end.signal }));
      end.abort(new Error('enough'));
      expect(await asking).to.have.property('message', 'enough');
      expect(await failure(ask({ ...inquiry(), signal: end.signal }))).to.have.property('message', 'enough');
    });
  });
});
