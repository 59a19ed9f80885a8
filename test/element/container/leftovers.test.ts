/**
 * Which containers a server removes that it did not end in order: those of servers that are dead, and those of its own whose engine went away.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'chai';
import type { Container } from 'dockerode';
import { isDead, ownerOf } from '../../../src/element/container/owner.js';
import { type DockerEngine, dockerEngine, IMAGE } from '../../lib/docker.js';
import { needs } from '../../lib/machine.js';
import { Bed, failure, LABEL, SERVER } from './fixture.js';
import { Relay } from './relay.js';

/** A container that a server which is dead has left behind. */
async function dead(engine: DockerEngine, made: string, Image = IMAGE): Promise<Container> {
  const [host = '', boot = '', space = ''] = ownerOf(process.pid).split(' ');
  const name = `circuit-test-${SERVER}-${made}`;
  const Labels = {
    'circuit.server': 'Xdead',
    'circuit.owner': [host, boot, space, '4194304', '1'].join(' '),
    'circuit.name': name,
    'circuit.made': made,
  };
  return engine.client.createContainer({ Image, Cmd: ['/bin/true'], name, Labels });
}

describe('the containers of a server that has died', function () {
  this.timeout(60_000);
  this.slow(5000);
  let engine: DockerEngine;

  before(async function () {
    needs(this, 'docker');
    engine = await dockerEngine();
  });

  it('are removed by the next one of its host, and no others', async () => {
    const [host = '', boot = '', space = '', pid = '', start = ''] = ownerOf(process.pid).split(' ');
    const owners = {
      dead: [host, boot, space, pid, `${start}0`],
      gone: [host, boot, space, '4194304', '1'],
      before: [host, 'another-boot', space, pid, start],
      alive: [host, boot, space, pid, start],
      elsewhere: ['another-host', boot, space, '4194304', '1'],
      unseen: [host, boot, 'pid:[1]', '4194304', '1'],
      renamed: [host, boot, space, '4194304', '1'],
      unnamed: [host, boot, space, '4194304', '1'],
    };
    const create = async ([name, owner]: [string, string[]]): Promise<[string, string]> => {
      const named = `circuit-test-${SERVER}-${name}`;
      const Labels = {
        'circuit.server': 'Xdead',
        'circuit.owner': owner.join(' '),
        'circuit.made': named,
        ...(name !== 'unnamed' && { 'circuit.name': name === 'renamed' ? 'another' : named }),
      };
      return [name, (await engine.client.createContainer({ Image: IMAGE, Cmd: ['/bin/true'], name: named, Labels })).id];
    };
    const ids = new Map(await Promise.all(Object.entries(owners).map(create)));
    try {
      await using bed = new Bed(engine);
      await bed.make({ Path: '/bin/true' }); // behind the sweep
      const there = await engine.containers();
      expect([...ids].filter(([, id]) => there.includes(id)).map(([name]) => name)).to.have.members(
        ['alive', 'elsewhere', 'unseen', 'renamed', 'unnamed']
      ); // prettier-ignore
      expect(bed.warnings).to.have.length(3);
      expect(bed.warnings[0]).to.match(/^removed container [\da-f]{64}, which server Xdead has left behind$/);
    } finally {
      for (const id of ids.values())
        await engine.client
          .getContainer(id)
          .remove()
          .catch(() => undefined);
    }
  });

  it('are not those that are run of an image that was committed from one', async () => {
    const web = await dead(engine, 'web');
    const image = `circuit-test:${SERVER.toLowerCase()}`;
    const [repo, tag] = image.split(':');
    await web.commit({ repo, tag });
    const name = `circuit-test-${SERVER}-web`;
    await web.rename({ name: `${name}-old` });
    // As `docker run --name` makes them: one has the very name that its labels say.
    const plain = await Promise.all(
      [name, `${name}-plain`].map((each) => engine.client.createContainer({ Image: image, Cmd: ['/bin/true'], name: each })),
    );
    const other = await dead(engine, 'other', image);
    try {
      for (const each of plain) expect((await each.inspect()).Config.Labels).to.include({ 'circuit.made': 'web' });
      await using bed = new Bed(engine);
      await bed.make({ Path: '/bin/true', Image: image }); // behind the sweep
      expect(bed.warnings).to.deep.equal([`removed container ${other.id}, which server Xdead has left behind`]);
      const there = await engine.containers();
      expect(there)
        .to.include.members([web.id, ...plain.map(({ id }) => id)])
        .and.not.include(other.id);
    } finally {
      for (const each of [web, other, ...plain]) await each.remove({ force: true }).catch(() => undefined);
      await engine.client.getImage(image).remove({ force: true });
    }
  });
});

describe('the containers of a server that has died, when the engine was away as the next one started', function () {
  this.timeout(60_000);

  it('are removed when the engine is back, though no other is made', async function () {
    needs(this, 'docker');
    const engine = await dockerEngine();
    const relay = await Relay.start(engine.socket);
    const early = await dead(engine, 'early');
    try {
      await relay.cut();
      await using bed = new Bed(relay);
      while (bed.warnings.length === 0) await new Promise((resolve) => setImmediate(resolve));
      expect(bed.warnings.join()).to.match(/^the Docker engine at .* cannot be reached/);
      await relay.run();
      while ((await engine.containers()).includes(early.id));
    } finally {
      await relay.stop();
      await early.remove().catch(() => undefined); // it is gone
    }
  });
});

describe('a container that was made or removed while its engine went away', function () {
  this.timeout(60_000);
  this.slow(5000);
  let engine: DockerEngine;
  let relay: Relay;
  let bed: Bed;
  let others: readonly string[];

  before(async function () {
    needs(this, 'docker');
    engine = await dockerEngine();
  });
  beforeEach(async () => {
    others = await engine.containers(LABEL);
    relay = await Relay.start(engine.socket);
    bed = new Bed(relay);
    await bed.make({ Path: '/bin/true' }); // behind the sweep
  });
  afterEach(async () => {
    await bed.stop();
    await relay.stop();
    expect(await engine.containers(LABEL)).to.have.members([...others]);
  });

  /** Until those are left that are meant to be. */
  const left = async (count: number): Promise<void> => {
    while ((await engine.containers(LABEL)).length !== others.length + 1 + count);
  };
  const isCreated = (bytes: Buffer): boolean => bytes.includes('HTTP/1.1 201 ');
  /** The engine goes away with the answer to the next one that is made. */
  const loseAnswer = (): void => {
    relay.filter = (bytes, from) => {
      if (from === 'user' || !isCreated(bytes)) return bytes;
      void relay.cut();
      return undefined;
    };
  };

  it('is removed when the engine is back, if it was made and that was not answered', async () => {
    loseAnswer();
    expect(await failure(bed.make({ Path: '/bin/cat' }))).to.match(/^EIO the Docker engine at .* cannot be reached/);
    await left(1);
    relay.filter = undefined;
    await relay.run();
    await left(0);
  });

  it('is removed before another one is made with its name', async () => {
    const run = { Path: '/bin/cat', Name: `circuit-test-${SERVER}` };
    loseAnswer();
    expect(await failure(bed.make(run))).to.match(/^EIO/);
    relay.filter = undefined;
    await relay.run();
    await bed.make(run);
    await left(1);
  });

  it('is removed when the engine is back, if it was made and could not be started', async () => {
    relay.filter = (bytes, from) => {
      if (from === 'engine' && isCreated(bytes)) setImmediate(() => void relay.cut());
      return bytes;
    };
    expect(await failure(bed.make({ Path: '/bin/cat' }))).to.match(/^EIO/);
    await left(1);
    relay.filter = undefined;
    await relay.run();
    await left(0);
  });

  it('is removed also if the engine makes it only after it answers again', async () => {
    let request = Buffer.alloc(0);
    relay.filter = (bytes, from) => {
      if (from === 'engine' || (request.length === 0 && !bytes.includes('POST /containers/create'))) return bytes;
      request = Buffer.concat([request, bytes]);
      const [, length = ''] = /content-length: (\d+)/i.exec(request.toString()) ?? [];
      if (request.length === request.indexOf('\r\n\r\n') + 4 + Number(length)) void relay.cut();
      return undefined;
    };
    expect(await failure(bed.make({ Path: '/bin/cat' }))).to.match(/^EIO/);
    const looked = new Promise<void>((resolve) => {
      let looks = 0;
      relay.filter = (bytes) => {
        if (bytes.includes('GET /containers/json') && ++looks === 2) resolve();
        return bytes;
      };
    });
    await relay.run();
    await looked;
    const late = connect(engine.socket);
    late.write(request);
    const [answer] = (await once(late, 'data')) as [Buffer];
    late.destroy();
    expect(isCreated(answer)).to.equal(true);
    await left(0);
  });

  it('is removed when the engine is back, if it was scrubbed meanwhile', async () => {
    const container = await bed.make({ Path: '/bin/cat' });
    await relay.cut();
    expect(await failure(container.scrub())).to.match(/^EIO .* cannot be reached/);
    await left(1);
    await relay.run();
    await left(0);
  });
});

describe('the owner of a container', () => {
  it('is dead when its process is, or its boot is over', () => {
    const own = ownerOf(process.pid);
    const [host = '', , space = '', pid = ''] = own.split(' ');
    expect(own.split(' ')).to.have.length(5);
    expect(isDead(own)).to.equal(false);
    expect(isDead(`${host} other ${space} ${pid} 1`)).to.equal(true);
    expect(isDead(`elsewhere other ${space} ${pid} 1`)).to.equal(false);
    for (const nonsense of ['', 'x', host, `${host} `]) expect(isDead(nonsense), nonsense).to.equal(false);
  });
});
