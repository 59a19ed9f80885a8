import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { pino } from 'pino';
import { dial } from '../../src/api/dial.js';
import { formatUrl } from '../../src/base/address.js';
import { type Anchor, Channel, type Circuit, CircuitError, Process, Server as ServerHandle } from '../../src/client/index.js';
import { Server } from '../../src/server/server.js';
import { ALONE } from '../listening.js';

async function code(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => expect.fail('did not fail'),
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(CircuitError);
  return (error as CircuitError).code;
}

/** The same server, through a connection. */
async function dialled(server: Server): Promise<Circuit> {
  const address = await server.connect({ ...ALONE, keys: () => undefined });
  return dial(formatUrl({ ...address, pid: 0, id: server.id }), { key: false });
}

for (const where of ['of a server in this process', 'of a server that was dialled'])
  describe(`the API ${where}`, () => {
    let server: Server;
    let circuit: Circuit;
    let root: Anchor;

    before(async () => {
      server = Server.start({ grace_s: 1, version: '1.2.3', logger: pino({ level: 'silent' }), onSuicide: () => suicided() });
      circuit = where === 'of a server in this process' ? server.circuit : await dialled(server);
      root = circuit.walk(`/${server.id}`);
    });
    after(async () => {
      await circuit.close();
      await server.stop();
    });
    afterEach(() => root.scrub({ recursive: true }));
    let suicided: () => void = () => undefined;

    describe('a circuit', () => {
      it('has one server, with a directory', async () => {
        const [member, ...others] = circuit.members();
        expect(member?.id)
          .to.match(/^X[0-9a-f]{16}$/)
          .and.equal(server.id);
        expect(others).to.deep.equal([]);
        expect(circuit.server().id).to.equal(server.id);
        expect(circuit.serverId).to.equal(server.id);
        expect(circuit.address).to.equal(await root.address());
        expect([...circuit.view()].map(([id, { path }]) => [id, path])).to.deep.equal([[server.id, `/${server.id}`]]);
        expect(circuit.walk('/self/a').path).to.equal(`/${server.id}/a`);
      });

      it('knows no other server, and no anchor beside servers', () => {
        expect(() => circuit.walk('/X0000000000000000/a'))
          .to.throw(CircuitError)
          .with.property('code', 'ENOENT');
        expect(() => circuit.walk('/'))
          .to.throw(CircuitError)
          .with.property('code', 'EINVAL');
      });
    });

    describe('an anchor', () => {
      it('is made, seen and removed', async () => {
        const anchor = root.walk('a');
        expect(anchor.path).to.equal(`/${server.id}/a`);
        expect(await code(anchor.stat())).to.equal('ENOENT');
        await anchor.make();
        await root.walk('a/b').make();
        expect([...(await root.view()).keys()]).to.deep.equal(['a']);
        expect((await anchor.stat()).children).to.equal(1);
        expect(await code(anchor.remove())).to.equal('ENOTEMPTY');
        await anchor.walk('b').remove();
        await anchor.remove();
        expect(await code(anchor.stat())).to.equal('ENOENT');
      });

      it('gives a handle of what it holds', async () => {
        expect(await root.get()).to.be.instanceOf(ServerHandle);
        await root.walk('c').makeChannel(1);
        expect(await root.walk('c').get()).to.be.instanceOf(Channel);
        await root.walk('p').makeProcess({ Path: '/bin/true' });
        expect(await root.walk('p').process()).to.be.instanceOf(Process);
        await root.walk('a').make();
        expect(await root.walk('a').get()).to.equal(undefined);
        expect(await code(root.walk('c').process())).to.equal('ENOENT');
      });
    });

    describe('a process', () => {
      it('runs from start to end', async () => {
        const process = await root.walk('p').makeProcess({ Path: 'sh', Args: ['-c', 'echo out; echo err >&2; exit 3'] });
        const [peek, out, err] = await Promise.all([process.wait(), process.stdout().then(text), process.stderr().then(text)]);
        expect(peek).to.include({ Phase: 'exited', ExitCode: 3, Exit: 'exit status 3' });
        expect([out, err]).to.deep.equal(['out\n', 'err\n']);
        expect(await process.peek()).to.deep.equal(peek);
      });

      it('is fed through its stdin until the stream ends', async () => {
        const process = await root.walk('p').makeProcess({ Path: 'cat' });
        const more = await process.stdin({ more: true });
        more.end('first, ');
        await once(more, 'close');
        const [out] = await Promise.all([process.stdout().then(text), pipeline(['then ', 'the end'], await process.stdin())]);
        expect(out).to.equal('first, then the end');
        expect((await process.wait()).ExitCode).to.equal(0);
      });

      it('takes signals by name and number', async () => {
        const process = await root.walk('p').makeProcess({ Path: 'sleep', Args: ['1000'] });
        expect(await code(process.signal('NONSENSE'))).to.equal('EINVAL');
        await process.signal('TERM');
        expect((await process.wait()).Signal).to.equal('SIGTERM');
        const other = await root.walk('q').makeProcess({ Path: 'sleep', Args: ['1000'] });
        await other.signal(9);
        expect((await other.wait()).Signal).to.equal('SIGKILL');
      });

      it('is no longer waited for when the caller says so', async () => {
        const process = await root.walk('p').makeProcess({ Path: 'sleep', Args: ['1000'] });
        const interest = new AbortController();
        const waiting = process.wait(interest);
        interest.abort(new Error('enough'));
        expect(await waiting.catch((error: unknown) => String(error))).to.equal('Error: enough');
        await process.signal('KILL');
        await process.wait();
      });

      it('fails to start with the reason', async () => {
        expect(await code(root.walk('p').makeProcess({ Path: '/no/such/program' }))).to.equal('ENOENT');
        expect(await root.view()).to.have.property('size', 0);
      });
    });

    describe('a channel', () => {
      it('carries messages in their order', async () => {
        const channel = await root.walk('c').makeChannel(2);
        await channel.send('one');
        await channel.send(Buffer.from('two'));
        expect((await channel.peek()).NumSend).to.equal(2);
        expect((await channel.receive()).toString()).to.equal('one');
        expect((await channel.receive()).toString()).to.equal('two');
      });

      it('carries an empty message', async () => {
        const channel = await root.walk('c').makeChannel(1);
        await channel.send('');
        expect((await channel.receive()).length).to.equal(0);
      });

      it('can be iterated until it is closed and empty', async () => {
        const channel = await root.walk('c').makeChannel(3);
        for (const message of ['a', 'b', 'c']) await channel.send(message);
        await channel.close();
        expect(await code(channel.close())).to.equal('EPIPE');
        const seen: string[] = [];
        for await (const message of channel) seen.push(message.toString());
        expect(seen).to.deep.equal(['a', 'b', 'c']);
        expect(await code(channel.receive())).to.equal('ENODATA');
      });

      it('carries a message of any length as a stream, with back-pressure', async () => {
        const channel = await root.walk('c').makeChannel(0);
        const chunk = Buffer.alloc(100_000, 'x');
        const source = async function* (): AsyncGenerator<Buffer> {
          for (let sent = 0; sent < 100; sent++) yield Promise.resolve(chunk);
        };
        let received_bytes = 0;
        const count = async (parts: AsyncIterable<Buffer>): Promise<void> => {
          for await (const part of parts) received_bytes += part.length;
        };
        await Promise.all([pipeline(source, await channel.sender()), pipeline(await channel.receiver(), count)]);
        expect(received_bytes).to.equal(100 * chunk.length);
      });

      it('tells the receiver that the sender gave up in the middle', async () => {
        const channel = await root.walk('c').makeChannel(1);
        const sender = await channel.sender();
        await new Promise((resolve) => sender.write('half', resolve));
        const receiving = channel.receive();
        sender.destroy();
        expect(
          await receiving.then(
            () => 'a message',
            () => 'an error',
          ),
        ).to.equal('an error');
      });

      it('gives the next receiver what an interrupted one did not receive', async () => {
        const channel = await root.walk('c').makeChannel(0);
        const interest = new AbortController();
        const receiving = channel.receive(interest);
        interest.abort(new Error('enough'));
        expect(await receiving.catch((error: unknown) => String(error))).to.equal('Error: enough');
        const destroyed = await channel.receiver();
        destroyed.resume();
        destroyed.destroy();
        const [message] = await Promise.all([channel.receive(), channel.send('still here')]);
        expect(message.toString()).to.equal('still here');
      });

      it('fails those who wait when it is scrubbed', async () => {
        const channel = await root.walk('c').makeChannel(0);
        const waiting = [
          channel.receive(),
          root
            .walk('c')
            .channel()
            .then((same) => same.receive()),
        ];
        const codes = waiting.map(code);
        while ((await channel.peek()).WaitingReceivers < 2) await new Promise(setImmediate);
        await channel.scrub();
        expect(await Promise.all(codes)).to.deep.equal(['EIDRM', 'EIDRM']);
      });
    });

    describe('a server', () => {
      it('asks nothing for a caller who is gone already', async () => {
        const gone = { signal: AbortSignal.abort(new Error('gone')) };
        const calls: readonly (() => Promise<unknown>)[] = [
          () => root.peek(gone),
          () => root.walk('x').makeProcess({ Path: 'true' }, gone),
          () => root.walk('x').makeChannel(1, gone),
          () => root.walk('x').make(gone),
          () => root.scrub({ recursive: true, ...gone }),
          () => root.view(gone),
          () => root.lastError(gone),
          () => circuit.server().profile('heap', gone),
          () => circuit.server().suicide(gone),
          () => circuit.changes(gone).next(),
        ];
        for (const call of calls) expect(await call().catch((error: unknown) => String(error)), String(call)).to.equal('Error: gone');
        expect(await root.view()).to.have.property('size', 0);
      });

      it('lets one look into it', async () => {
        const handle = circuit.server();
        expect(JSON.parse(await handle.profile('heap')))
          .to.have.property('heap_size_limit')
          .above(0);
        const report = JSON.parse(await handle.profile('report')) as Record<string, unknown>;
        expect(report).to.have.property('javascriptStack');
        expect(report).to.not.have.property('environmentVariables');
        expect(await code(handle.profile('cpu' as 'heap'))).to.equal('EINVAL');
      });

      it('can be neither scrubbed nor removed', async () => {
        expect(await code(circuit.server().scrub())).to.equal('EPERM');
        expect(await code(root.remove())).to.equal('EPERM');
      });

      it('tells of itself', async () => {
        const handle = circuit.server();
        expect(await handle.peek()).to.include({ ID: server.id, Version: '1.2.3', Pid: process.pid, Addr: await root.address() });
        expect((await handle.env())['PATH']).to.equal(process.env['PATH']);
        expect(await handle.metrics()).to.match(/^circuit_anchors 1$/m);
      });

      it('keeps a log of operations', async () => {
        const handle = circuit.server();
        const before = (await handle.log(0, 0)).size;
        await root.walk('logged').make();
        const { bytes, size } = await handle.log(before);
        expect(size).to.equal(before + bytes.length);
        expect(JSON.parse(Buffer.from(bytes).toString())).to.include({
          operation: 'mkdir',
          path: `/${server.id}/logged`,
          pid: process.pid,
          result: 'ok',
        });
      });

      it('answers suicide before it ends', async () => {
        const asked = new Promise<void>((resolve) => (suicided = resolve));
        await circuit.server().suicide();
        await asked;
      });
    });
  });
