import { text } from 'node:stream/consumers';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Container } from '../../../src/api/container.js';
import { Containers } from '../../../src/element/container/containers.js';
import { DockerEngine, dockerEngine, IMAGE } from '../../lib/docker.js';
import { needs } from '../../lib/machine.js';
import { Bed, failure, LABEL } from './fixture.js';
import { Relay } from './relay.js';

describe('the containers of a server', function () {
  this.timeout(90_000);
  this.slow(5000);
  let engine: DockerEngine;

  before(async function () {
    needs(this, 'docker');
    engine = await dockerEngine();
  });

  it('are gone when the server has stopped, also those that do not heed TERM, and none can be made any more', async () => {
    const before = await engine.containers(LABEL);
    const bed = new Bed(engine);
    await Promise.all([bed.make({ Path: '/bin/true' }), bed.make({ Path: '/bin/cat' }), bed.sh('trap "" TERM; cat')]);
    expect(await engine.containers(LABEL)).to.have.length(before.length + 3);
    const late = failure(bed.make({ Path: '/bin/cat' }));
    await bed.stop();
    expect(await engine.containers(LABEL)).to.have.members([...before]);
    expect(await late).to.match(/EIO the server is about to stop/);
    expect(bed.warnings).to.deep.equal([]);
  });

  it('are gone also when output that nobody reads held them back', async () => {
    const before = await engine.containers(LABEL);
    const bed = new Bed(engine);
    const held = async (): Promise<Container> => {
      const container = await bed.sh('head -c 8000000 /dev/zero');
      while ((await container.peek()).Held.stdout === undefined) await new Promise((resolve) => setImmediate(resolve));
      return container;
    };
    const [scrubbed] = await Promise.all([held(), held()]);
    await scrubbed.scrub();
    expect(await engine.containers(LABEL)).to.have.length(before.length + 1);
    await bed.stop();
    expect(await engine.containers(LABEL)).to.have.members([...before]);
  });

  it('cannot be made without an engine, and it is said where it was looked for', async () => {
    const socket = '/nonexistent/docker.sock';
    const said: string[] = [];
    const containers = new Containers({ socket, server: 'X', warn: (message) => said.push(message) });
    const events = { changed: () => undefined, happened: () => undefined, gone: () => undefined };
    const refusal = await failure(containers.make({ Image: IMAGE }, events, '/X/a'));
    expect(refusal).to.equal(`EIO the Docker engine at ${socket} cannot be reached (ENOENT): is it running?`);
    expect(said).to.deep.equal([refusal.slice(4)]);
    await containers.stop(0);
  });

  it('do not keep a server from stopping while the engine hangs', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'hang-'));
    const deaf = createServer(() => undefined).listen(join(directory, 'sock'));
    const containers = new Containers({ socket: join(directory, 'sock'), server: 'X', warn: () => undefined });
    const events = { changed: () => undefined, happened: () => undefined, gone: () => undefined };
    const making = failure(containers.make({ Image: IMAGE }, events, '/X/a'));
    await containers.stop(0);
    deaf.close();
    rmSync(directory, { recursive: true });
    void making;
  });
});

describe('a container whose engine', function () {
  this.timeout(90_000);
  this.slow(10_000);
  let started: DockerEngine | undefined;
  let engine: DockerEngine;

  before(async function () {
    needs(this, 'docker', 'root');
    engine = started = await DockerEngine.start({ alone: true });
  });
  after(() => started?.stop());

  it('does not answer for a while shows what is known, and goes on', async () => {
    await using bed = new Bed(engine);
    const container = await bed.make({ Path: '/bin/cat' });
    const { Id } = await container.peek();
    await engine.freeze();
    const stale = await container.peek();
    engine.thaw();
    expect(stale).to.include({ Id, Stale: `the Docker engine at ${engine.socket} does not answer` });
    expect(stale.State).to.include({ Running: true });
    const stdin = await container.stdin();
    stdin.end('through');
    expect(await text(await container.stdout())).to.equal('through');
  });

  it('is restarted ends with it, and is told of like any other; one that was scrubbed meanwhile is removed', async () => {
    await using bed = new Bed(engine);
    // It heeds TERM: an engine that stops gives each of its containers ten seconds.
    const container = await bed.sh('trap exit TERM; echo before; sleep 1000 & wait');
    const scrubbed = await bed.sh('trap exit TERM; sleep 1000 & wait');
    const { Id } = await scrubbed.peek();
    const [output, end] = [container.stdout().then(text), container.wait()];
    await engine.end('SIGTERM');
    expect(await failure(scrubbed.scrub())).to.match(/^EIO .* cannot be reached/);
    await engine.run();
    while ((await engine.containers()).includes(Id));
    expect((await end).State).to.include({ Running: false });
    expect(await output).to.equal('before\n');
    expect(await text(await (await bed.sh('echo after')).stdout())).to.equal('after\n');
  });
});

describe('a container whose engine cannot be reached any more', function () {
  this.timeout(90_000);
  this.slow(5000);
  let engine: DockerEngine;
  let relay: Relay;

  before(async function () {
    needs(this, 'docker');
    engine = await dockerEngine();
  });
  beforeEach(async () => {
    relay = await Relay.start(engine.socket);
  });
  afterEach(() => relay.stop());

  it('is given up, and nothing hangs', async () => {
    const bed = new Bed(relay, 'here', { patience_ms: 500 });
    const container = await bed.make({ Path: '/bin/cat' });
    const { Id } = await container.peek();
    const waiting = [failure(container.wait()), failure(container.stdout().then(text))];
    await relay.cut();
    for (const outcome of await Promise.all(waiting))
      expect(outcome).to.match(/^EIO the Docker engine at .* is away: nothing more is known$/);
    expect((await container.peek()).Id).to.equal(Id);
    expect(await failure(bed.make({ Path: '/bin/true' }))).to.match(/^EIO the Docker engine at .* cannot be reached/);
    expect(await failure(container.scrub())).to.match(/^EIO .* cannot be reached/);
    await bed.stop();
    expect(bed.warnings.join()).to.match(/a container is left behind: the Docker engine/);
    await engine.client.getContainer(Id).remove({ force: true });
  });

  it('can still be waited for when it is back, though its output was cut off', async () => {
    await using bed = new Bed(relay);
    const container = await bed.sh('while :; do sleep 0.05; done');
    const output = failure(container.stdout().then(text));
    const end = container.wait();
    await relay.cut();
    await relay.run();
    expect(await output).to.match(/^EIO the Docker engine was away: .*docker logs [\da-f]{64}/);
    await container.signal('KILL');
    expect((await end).State).to.include({ ExitCode: 137 });
  });
});
