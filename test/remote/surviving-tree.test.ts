import { expect } from 'chai';
import { type Credentials, TRUNCATE } from '../../src/base/bytes.js';
import { CircuitError } from '../../src/base/error.js';
import { SurvivingTrees } from '../../src/remote/surviving-tree.js';
import type { Way } from '../../src/remote/way.js';
import { readAll } from '../../src/api/streams.js';
import type { ServerTree } from '../../src/tree/server-tree.js';
import { Distance, ID, type Server, server } from '../lib/distance.js';

const credentials: Credentials = { uid: 1, gid: 2, pid: 3 };

/** Ways to one server, each over a session of its own, as if through one server after the other. */
class Ways implements Way {
  epoch = 0;
  readonly tree: ServerTree;
  readonly #server: Server;
  readonly #lost = new Set<unknown>();
  #distance: Distance;
  #settled: Promise<void> | undefined;
  /** How often something waited. */
  watched = 0;

  constructor(far: Server) {
    this.#server = far;
    this.#distance = new Distance(far);
    const trees = new SurvivingTrees({ tree: () => this.#distance.tree, retain: () => undefined }, this);
    this.tree = trees.tree(ID);
  }

  get asked(): readonly string[] {
    return this.#distance.asked;
  }

  settle(): Promise<void> | undefined {
    return this.#settled;
  }

  isLost(error: unknown): boolean {
    return this.#lost.has(error);
  }

  watch<T>(answer: Promise<T>): Promise<T> {
    this.watched++;
    return answer;
  }

  /** What is asked from now on gets no answer. */
  cut(): void {
    this.#distance.cut();
  }

  /** The server that one went through is gone, and another one is there, at once or when `found` is called. */
  lose({ at = 'once' }: { at?: 'once' | 'later' } = {}): { found: () => void; failed: (error: unknown) => void } {
    const reason = new CircuitError('EHOSTDOWN', 'X1 died');
    this.#lost.add(reason);
    this.epoch++;
    const lost = this.#distance;
    let settle = { found: (): void => undefined, failed: (_error: unknown): void => undefined };
    const found = (): void => {
      this.#settled = undefined;
      this.epoch++;
    };
    if (at === 'later') {
      this.#settled = new Promise((resolve, reject) => {
        settle = { found: resolve, failed: reject };
      });
      this.#settled.catch(() => undefined);
    }
    this.#distance = new Distance(this.#server);
    lost.end(reason);
    if (at === 'once') found();
    return {
      found: () => {
        found();
        settle.found();
      },
      failed: (error) => settle.failed(error),
    };
  }
}

async function failure(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'none',
    (error: unknown) => (error instanceof CircuitError ? `${error.code}: ${error.message}` : String(error)),
  );
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

describe('a tree whose way is lost', () => {
  let far: Server;
  let ways: Ways;
  let tree: ServerTree;
  beforeEach(async () => {
    far = server();
    ways = new Ways(far);
    ({ tree } = ways);
    await tree.makeElement(['c'], 'chan', { capacity: 2 }, credentials);
  });

  const send = async (text: string): Promise<void> => {
    const writer = far.here.openWriter(['c'], 'send', TRUNCATE, credentials);
    await writer.write(Buffer.from(text));
    writer.close();
  };

  it('is looked at again through another server', async () => {
    ways.cut();
    const looks = Promise.all([tree.peek(['c']), tree.env(), tree.metrics(), tree.lastError(['c']), tree.readLog(0, 4), tree.tree([], { entries: 10, after: 0 })]); // prettier-ignore
    await turn();
    ways.lose();
    const [peek, env, metrics, , log, snapshot] = await looks;
    expect(peek).to.include({ Cap: 2 });
    expect([env['HOME'], metrics, Buffer.from(log.bytes).toString(), snapshot.names.includes('c')]).to.deep.equal(['/root', 'circuit_anchors 1\n', '0123', true]); // prettier-ignore
  });

  it('waits until it is known through which', async () => {
    const { found } = ways.lose({ at: 'later' });
    let isThere = false;
    const looking = Promise.resolve(tree.peek(['c'])).then(() => (isThere = true));
    await turn();
    expect(isThere).to.equal(false);
    found();
    await looking;
  });

  it('fails with what is told when there is none', async () => {
    ways.cut();
    const looking = failure(Promise.resolve(tree.peek(['c'])));
    await turn();
    ways.lose({ at: 'later' }).failed(new CircuitError('EHOSTDOWN', 'no server answers'));
    expect(await looking).to.equal('EHOSTDOWN: no server answers');
  });

  it('is not asked again when it has answered, whatever the answer', async () => {
    expect(await failure(Promise.resolve(tree.peek(['nothing'])))).to.match(/^ENOENT/);
    expect(ways.asked.filter((name) => name === 'peek')).to.have.length(1);
  });

  it('is changed once: what becomes of a change that was under way is not known', async () => {
    ways.cut();
    const making = failure(Promise.resolve(tree.makeAnchor(['new'], credentials)));
    await turn();
    ways.lose();
    expect(await making).to.equal('EHOSTDOWN: X1 died; it is not known whether it was carried out');
    expect((await tree.list([])).map(({ name }) => name)).to.deep.equal(['c']);
    await tree.makeAnchor(['new'], credentials);
  });

  it('gives a message to who waits for it', async () => {
    const reader = await tree.openReader(['c'], 'recv', credentials);
    const reading = readAll(reader, 100);
    await turn();
    ways.lose();
    await turn();
    await send('after all');
    expect((await reading).toString()).to.equal('after all');
    reader.close();
    expect(await tree.peek(['c'])).to.include({ NumRecv: 1 });
  });

  it('wakes who polls, who then reads what is there', async () => {
    const reader = await tree.openReader(['c'], 'recv', credentials);
    const ready = reader.whenReady();
    await turn();
    ways.lose();
    await turn();
    await send('polled');
    await ready;
    expect(reader.ready()).to.equal(true);
    expect(Buffer.from(await reader.read(100, { nonblock: true })).toString()).to.equal('polled');
    reader.close();
  });

  it('breaks off in the middle of a message, with a sentence', async () => {
    const writer = far.here.openWriter(['c'], 'send', TRUNCATE, credentials);
    await writer.write(Buffer.from('the first half'));
    const reader = await tree.openReader(['c'], 'recv', credentials);
    expect(Buffer.from(await reader.read(100)).toString()).to.equal('the first half');
    const next = failure(Promise.resolve(reader.read(100)));
    await turn();
    ways.lose();
    expect(await next).to.equal('EHOSTDOWN: X1 died: what was read through it breaks off here');
    expect(reader.ready()).to.equal(true);
    reader.close();
    writer.abort();
  });

  it('reads on packet by packet', async () => {
    const reader = await tree.openReader(['c'], 'recv', credentials);
    await send('one');
    expect(Buffer.from(await reader.read(100, { packet: true })).toString()).to.equal('one');
    const next = reader.read(100, { packet: true });
    await turn();
    ways.lose();
    await turn();
    await send('two');
    expect(Buffer.from(await next).toString()).to.equal('two');
    reader.close();
  });

  it('gives up the reader that is closed meanwhile', async () => {
    const reader = await tree.openReader(['c'], 'recv', credentials);
    const reading = failure(Promise.resolve(reader.read(100)));
    await turn();
    const { found } = ways.lose({ at: 'later' });
    await turn();
    reader.close();
    found();
    expect(await reading).to.match(/^EBADF/);
    await send('kept');
    expect(await tree.peek(['c'])).to.include({ NumRecv: 0 });
  });

  it('takes what is written after it was opened', async () => {
    const writer = await tree.openWriter(['c'], 'send', TRUNCATE, credentials);
    ways.lose();
    expect(await writer.write(Buffer.from('written'))).to.equal(7);
    writer.close();
    await writer.finished?.();
    const reader = far.here.openReader(['c'], 'recv', credentials);
    expect((await readAll(reader, 100)).toString()).to.equal('written');
  });

  it('does not say that a write was accepted whose fate is not known', async () => {
    const writer = await tree.openWriter(['c'], 'send', TRUNCATE, credentials);
    ways.cut();
    const writing = failure(Promise.resolve(writer.write(Buffer.from('x'))));
    await turn();
    ways.lose();
    const doubt = 'EHOSTDOWN: X1 died; whether what was written was accepted is not known';
    expect(await writing).to.equal(doubt);
    expect(writer.ready()).to.equal(true);
    expect(await failure(Promise.resolve().then(() => writer.write(Buffer.from('x'))))).to.equal(doubt);
    expect(await failure(writer.finished?.() ?? Promise.resolve())).to.equal(doubt);
    writer.abort();
  });

  it('does not say so either when the end of what was written is lost', async () => {
    const writer = await tree.openWriter(['c'], 'send', TRUNCATE, credentials);
    await writer.write(Buffer.from('x'));
    ways.lose();
    writer.close();
    expect(await failure(writer.finished?.() ?? Promise.resolve())).to.match(/^EHOSTDOWN.*is not known$/);
  });

  it('has written what was accepted with its end, whatever is lost then', async () => {
    const writer = await tree.openWriter(['c'], 'send', { ...TRUNCATE, lazy: true }, credentials);
    ways.lose();
    expect(await writer.end?.(Buffer.from('whole'))).to.equal(5);
    ways.lose();
    writer.close();
    await writer.finished?.();
    expect((await readAll(far.here.openReader(['c'], 'recv', credentials), 100)).toString()).to.equal('whole');
  });

  it('does not know of a whole message that was under way', async () => {
    const writer = await tree.openWriter(['c'], 'send', { ...TRUNCATE, lazy: true }, credentials);
    ways.cut();
    const ending = failure(Promise.resolve(writer.end?.(Buffer.from('whole'))));
    await turn();
    ways.lose();
    expect(await ending).to.match(/^EHOSTDOWN.*is not known$/);
    writer.withdraw?.();
  });
});
