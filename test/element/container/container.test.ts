import { buffer, text } from 'node:stream/consumers';
import { expect } from 'chai';
import { CircuitError } from '../../../src/base/error.js';
import type { Container } from '../../../src/api/container.js';
import { type DockerEngine, dockerEngine, IMAGE } from '../../lib/docker.js';
import { needs } from '../../lib/machine.js';
import { Bed, LABEL, SERVER, WHERE } from './fixture.js';

async function failure(promise: Promise<unknown>): Promise<CircuitError> {
  const error: unknown = await promise.then(
    () => expect.fail('did not fail'),
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(CircuitError);
  return error as CircuitError;
}

const stdout = async (container: Container): Promise<string> => text(await container.stdout());

async function say(container: Container, words: string | Uint8Array, options?: { more: boolean }): Promise<void> {
  const stdin = await container.stdin(options);
  stdin.end(words);
  await new Promise((resolve) => stdin.once('close', resolve));
}

for (const where of WHERE) {
  describe(`a container, asked ${where}`, function () {
    this.timeout(60_000);
    this.slow(3000);
    let engine: DockerEngine;
    let bed: Bed;

    before(async function () {
      needs(this, 'docker');
      engine = await dockerEngine();
    });
    beforeEach(() => {
      bed = new Bed(engine, where);
    });
    afterEach(() => bed[Symbol.asyncDispose]());

    it('runs a program of its image, whose outputs and end can be read by all, again and again', async () => {
      const container = await bed.sh('echo out; echo err >&2; exit 3');
      expect(await Promise.all([stdout(container), stdout(container), text(await container.stderr())])).to.deep.equal([
        'out\n',
        'out\n',
        'err\n',
      ]);
      const [end, same] = await Promise.all([container.wait(), container.wait()]);
      expect(end.State).to.include({ Status: 'exited', ExitCode: 3, Running: false });
      expect(same).to.deep.equal(end);
      expect(await stdout(container)).to.equal('out\n');
      expect((await container.peek()).State).to.deep.equal(end.State);
    });

    it("shows Docker's inspect document while it runs, with the labels of server and anchor", async () => {
      const anchor = bed.anchor();
      const container = await bed.make({ Path: '/bin/cat', Labels: { mine: 'yes' }, Name: 'circuit-test-name' }, anchor);
      const peek = await container.peek();
      expect(peek).to.include({ Path: '/bin/cat', Name: '/circuit-test-name' });
      expect(peek.State).to.include({ Status: 'running', Running: true });
      expect(peek.Config?.Labels).to.include({ mine: 'yes', 'circuit.server': SERVER, 'circuit.anchor': anchor.path });
      expect(await engine.containers(`circuit.anchor=${anchor.path}`)).to.deep.equal([peek.Id]);
      expect((await anchor.stat()).kind).to.equal('docker');
      expect((await failure(anchor.remove())).code).to.equal('EBUSY');
    });

    it('is given its fields as docker run would', async () => {
      const container = await bed.sh('pwd; id -u; echo $A; ls -d /data; cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2> /dev/null; ip -o link | wc -l', {
        Dir: '/bin', User: '1000', Env: ['A=from Env'], Volume: ['/data'], Network: 'none', Memory: 64 * 1_048_576, CpuShares: 3, Ports: ['80'],
        Lxc: ['lxc.cgroup.cpuset.cpus = 0', 'lxc.cgroup.cpuset.mems=0', 'lxc.cgroup.memory.memsw.limit_in_bytes = 128M', 'lxc.cgroup.devices.allow = c 1:3 rwm'],
      }); // prettier-ignore
      const [pwd, uid, env, data] = (await stdout(container)).split('\n');
      expect([pwd, uid, env, data]).to.deep.equal(['/bin', '1000', 'from Env', '/data']);
      const { HostConfig } = await container.peek();
      const kernel = (await engine.client.info()) as { readonly CPUSet: boolean; readonly SwapLimit: boolean };
      expect(HostConfig).to.deep.include({
        Memory: 64 * 1_048_576, CpuShares: 3, NetworkMode: 'none',
        CpusetCpus: kernel.CPUSet ? '0' : '', CpusetMems: kernel.CPUSet ? '0' : '', DeviceCgroupRules: ['c 1:3 rwm'],
        MemorySwap: kernel.SwapLimit ? 128 * 1_048_576 : -1,
      }); // prettier-ignore
      expect(await stdout(await bed.make({ Entry: '/bin/echo', Path: 'a', Args: ['b'] }))).to.equal('a b\n');
    });

    it('reads stdin to its end, from several writers', async () => {
      const container = await bed.make({ Path: '/bin/cat' });
      await say(container, 'one\n', { more: true });
      await say(container, 'two\n');
      expect(await stdout(container)).to.equal('one\ntwo\n');
      expect((await container.wait()).State).to.include({ ExitCode: 0 });
      const stdin = await container.stdin();
      stdin.on('error', () => undefined);
      const refusal = new Promise<Error>((resolve) => stdin.once('error', resolve));
      stdin.write('late');
      expect(await refusal).to.have.property('code', 'EPIPE');
    });

    it('ends although nobody has closed its stdin', async () => {
      const container = await bed.sh('echo hi');
      expect(await stdout(container)).to.equal('hi\n');
      expect((await container.wait()).State).to.include({ ExitCode: 0 });
    });

    it('carries every byte in both directions', async () => {
      const bytes = Buffer.alloc(5_000_000, 'circuit\n');
      const container = await bed.make({ Path: '/bin/cat' });
      const [received] = await Promise.all([buffer(await container.stdout()), say(container, bytes)]);
      expect(received.equals(bytes)).to.equal(true);
    });

    it('is held back by output that nobody reads, until somebody does', async () => {
      const container = await bed.sh('head -c 8000000 /dev/zero; echo done >&2');
      const held = async (): Promise<unknown> => (await container.peek()).Held.stdout;
      while ((await held()) === undefined) await new Promise((resolve) => setImmediate(resolve));
      expect((await container.peek()).State?.Running).to.equal(true);
      expect((await buffer(await container.stdout())).length).to.equal(8_000_000);
      expect(await text(await container.stderr())).to.equal('done\n');
    });

    it('is freed by drain', async () => {
      const container = await bed.sh('head -c 8000000 /dev/zero');
      while ((await container.peek()).Held.stdout === undefined) await new Promise((resolve) => setImmediate(resolve));
      await container.drain();
      expect((await container.wait()).State).to.include({ ExitCode: 0 });
    });

    it('gets signals by name and number', async () => {
      const script = 'trap "echo got; exit 7" USR1; echo ready; while :; do sleep 0.01; done';
      for (const name of ['USR1', 10]) {
        const container = await bed.sh(script);
        const output = await container.stdout();
        for await (const chunk of output) {
          if (String(chunk).includes('ready')) await container.signal(name);
        }
        expect((await container.wait()).State).to.include({ ExitCode: 7 });
        expect((await failure(container.signal('TERM'))).code).to.equal('EINVAL');
      }
      const container = await bed.make({ Path: '/bin/cat' });
      expect((await failure(container.signal('NONSENSE'))).code).to.equal('EINVAL');
      await container.signal('KILL');
      expect((await container.wait()).State).to.include({ ExitCode: 137 });
    });

    it('is waited for by a selection, which goes on without one that is let go of', async () => {
      const anchors = [bed.anchor(), bed.anchor()];
      const [ends, scrubbed] = await Promise.all(anchors.map(async (anchor) => bed.make({ Path: '/bin/cat' }, anchor)));
      const selection = await bed.anchor().makeSelection(anchors.map(({ path }) => ({ op: 'r', file: `${path}/wait` })));
      const waiting = selection.wait();
      await scrubbed?.scrub();
      while ((await selection.peek()).Clauses[1]?.State !== 'failed') await new Promise((resolve) => setImmediate(resolve));
      await ends?.signal('KILL');
      expect(await waiting).to.deep.equal({ clause: 0, file: `${anchors[0]?.path ?? ''}/wait`, commit: 'read.0' });
      const end = JSON.parse((await selection.receive()).toString()) as Awaited<ReturnType<Container['wait']>>;
      expect(end.State).to.include({ Status: 'exited', ExitCode: 137 });
      expect((await ends?.wait())?.State).to.deep.equal(end.State);
    });

    it('goes with its element, and whoever waits on it is told', async () => {
      const container = await bed.make({ Path: '/bin/cat' });
      const { Id } = await container.peek();
      const waiting = [failure(container.wait()), failure(stdout(container))];
      await Promise.all([bed.root.stat(), bed.root.stat()]);
      await container.scrub();
      expect((await Promise.all(waiting)).map(({ code }) => code)).to.deep.equal(['EIDRM', 'EIDRM']);
      expect(await engine.containers()).to.not.include(Id);
    });

    it('scrubs itself at its end when asked to, when what was open has been read', async () => {
      const anchor = bed.anchor();
      const container = await bed.make({ Path: '/bin/cat', Scrub: true }, anchor);
      const { Id } = await container.peek();
      const [output, end] = [stdout(container), container.wait()];
      await say(container, 'x');
      expect(await output).to.equal('x');
      expect((await end).State).to.include({ ExitCode: 0 });
      while ((await engine.containers()).includes(Id)) continue;
      expect((await failure(anchor.stat())).code).to.equal('ENOENT');
    });

    it('is refused with the reason, and leaves nothing behind', async () => {
      const before = await engine.containers(LABEL);
      const refused = async (run: object): Promise<string> => {
        const { code, message } = await failure(bed.make(run));
        return `${code} ${message}`;
      };
      expect(await refused({ Image: 'circuit-test:none' })).to.match(
        /^ENOENT no such image: circuit-test:none is not there, and pulling it failed: ./,
      );
      expect(await refused({ Path: '/bin/nonsense' })).to.match(/^ENOENT .*nonsense/);
      expect(await refused({ Path: '/etc' })).to.match(/^EACCES |^ENOENT /);
      expect(await refused({ Memory: 5 })).to.match(/^EINVAL Docker: .*memory/i);
      expect(await refused({ Image: 'A B' })).to.match(/^EINVAL Docker: /);
      expect(await refused({ Lxc: ['lxc.tty = 1'] })).to.match(/^EINVAL mkdkr: "Lxc.0": "lxc.tty" has no field in Docker/);
      await bed.make({ Path: '/bin/cat', Name: 'circuit-test-twice' });
      expect(await refused({ Path: '/bin/cat', Name: 'circuit-test-twice' })).to.match(/^EEXIST Docker: /);
      expect((await bed.root.view()).size).to.equal(1);
      await bed.stop();
      expect(await engine.containers(LABEL)).to.have.members([...before]);
    });

    it('tells when somebody else has removed it', async () => {
      const container = await bed.make({ Path: '/bin/cat' });
      const { Id } = await container.peek();
      const end = container.wait().then(
        ({ State }) => `exit ${State?.ExitCode ?? ''}`,
        (error: unknown) => CircuitError.from(error).message,
      );
      await bed.root.stat();
      await engine.client.getContainer(Id).remove({ force: true });
      expect(await end).to.match(/^exit 137$|removed by somebody else/);
      expect(await container.peek()).to.include({ Id });
      await container.scrub();
    });
  });
}

describe('containers of a server', function () {
  this.timeout(60_000);

  it('are refused by a server that was started without Docker, with what to do', async () => {
    await using bed = new Bed(undefined);
    const { code, message } = await failure(bed.make({ Image: IMAGE }));
    expect(`${code} ${message}`).to.equal(
      'EOPNOTSUPP mkdkr: this server was started without Docker; start it with "circuit start --docker"',
    );
  });
});
