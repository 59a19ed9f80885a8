import { expect } from 'chai';
import { type Anchor, Channel, type Circuit, CircuitError, Process, Server as ServerHandle } from '../../src/api/index.js';
import type { Server } from '../../src/server/server.js';
import { code, dialled, startServer } from './api.js';

for (const where of ['of a server in this process', 'of a server that was dialled'])
  describe(`the API ${where}`, () => {
    let server: Server;
    let circuit: Circuit;
    let root: Anchor;

    before(async () => {
      server = await startServer(() => suicided());
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
        expect(() => circuit.walk('/host'))
          .to.throw(CircuitError)
          .with.property('code', 'EINVAL');
      });

      it('has a root, which holds the servers and nothing else', async () => {
        await root.walk('a').makeChannel(1);
        for (const path of ['/', '', [], [''], '/circuit', '/self/..'] as const) {
          const top = circuit.walk(path);
          expect([top.path, top.serverId, await top.address()], String(path)).to.deep.equal(['/', '', '']);
          expect([...(await top.view())].map(([name, anchor]) => [name, anchor.path])).to.deep.equal([[server.id, `/${server.id}`]]);
          expect(top.walk('self/a').path)
            .to.equal(top.walk([server.id, 'a']).path)
            .and.equal(`/${server.id}/a`);
        }
        const top = circuit.walk('/');
        expect(top.walk([]).path).to.equal('/');
        expect([await top.get(), await top.peek(), await top.lastError()]).to.deep.equal([undefined, null, '']);
        expect(await top.stat()).to.include({ kind: undefined, children: 1 });
        const below = [{ name: 'a', kind: 'chan', below: [] }];
        expect(await top.below()).to.deep.equal([{ name: server.id, kind: 'server', below }]);
        expect(await top.below({ levels: 1 })).to.deep.equal([{ name: server.id, kind: 'server', below: [] }]);
      });

      it('refuses what would change its root, and says what to do', async () => {
        const top = circuit.walk('/');
        await root.walk('a').makeChannel(1);
        for (const change of [
          () => top.makeChannel(1),
          () => top.makeProcess({ Path: 'true' }),
          () => top.makeContainer({ Image: 'busybox' }),
          () => top.makeNameServer(''),
          () => top.makeOnJoin(),
          () => top.makeOnLeave(),
          () => top.makeSelection([{ op: 'r', file: `/${server.id}/a/recv` }]),
          () => top.make(),
          () => top.remove(),
          () => top.scrub({ recursive: true }),
          () => top.server.suicide(),
        ]) {
          const refusal: unknown = await change().catch((error: unknown) => error);
          expect(refusal, String(change)).to.include({ code: 'EPERM', path: '/' }).and.to.be.instanceOf(CircuitError);
          expect(String(refusal)).to.match(/the root holds the servers and nothing else: expected an anchor of a server/);
        }
        expect(await code(top.channel())).to.equal('ENOENT');
        expect([...(await root.view()).keys()]).to.deep.equal(['a']);
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

      it('lists all that is below it, or some levels', async () => {
        await root.walk('a/b/c').makeChannel(1);
        const c = { name: 'c', kind: 'chan', below: [] };
        expect(await root.below()).to.deep.equal([{ name: 'a', kind: null, below: [{ name: 'b', kind: null, below: [c] }] }]);
        expect(await root.walk('a').below({ levels: 1 })).to.deep.equal([{ name: 'b', kind: null, below: [] }]);
        expect(await root.walk('a/b/c').below()).to.deep.equal([]);
        expect(await code(root.walk('none').below())).to.equal('ENOENT');
      });

      it('says in fields what failed where', async () => {
        const failure = await root
          .walk('c')
          .makeChannel(-1)
          .catch((error: unknown) => error);
        expect(failure).to.include({ code: 'EINVAL', operation: 'mkchan', path: `/${server.id}/c`, server: server.id });
        const channel = await root.walk('c').makeChannel(1);
        await channel.close();
        expect(await channel.receive().catch((error: unknown) => error)).to.include({
          code: 'ENODATA',
          operation: 'recv',
          path: channel.path,
        });
        expect(
          await root
            .walk('d')
            .scrub()
            .catch((error: unknown) => error),
        ).to.include({ operation: 'scrub', path: `/${server.id}/d` });
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
        const { Load, Cpus, Links } = await handle.peek();
        expect({ hasLoad: Load >= 0, hasCpus: Cpus >= 1, Links }).to.deep.equal({ hasLoad: true, hasCpus: true, Links: [] });
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
