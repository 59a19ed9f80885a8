import { hostname } from 'node:os';
import { expect } from 'chai';
import type { Link } from '../../../mount/engine/filesystem.js';
import type { Member } from '../../../src/tree/server-tree.js';
import type { Server } from '../../../src/server/server.js';
import { ASKER, cat, codeOf, directoryAt, walk } from '../../lib/mount/calls.js';
import { startServer, treeOf, withMembers } from '../../lib/mount/server.js';

describe('the root of a circuit', () => {
  let server: Server;

  before(async () => {
    server = await startServer();
  });

  after(() => server.stop());

  const names = async (path: string, tree = treeOf(server.circuit)): Promise<readonly string[]> =>
    (await (await directoryAt(tree, path)).list()).map(({ name }) => name);

  it('shows help, members, self, host and each live server', async () => {
    expect(await names('/')).to.deep.equal(['help', 'members', 'events', 'self', 'host', server.id]);
  });

  it('leads from self and from the host name to the server', async () => {
    const tree = treeOf(server.circuit);
    expect(await ((await walk(tree, 'self')) as Link).target()).to.equal(server.id);
    expect(await ((await walk(tree, `host/${hostname()}`)) as Link).target()).to.equal(`../${server.id}`);
  });

  it('lists members by ID, address, host name and time of joining', async () => {
    const [id, address, host, joined = ''] = (await cat(treeOf(server.circuit), 'members')).trimEnd().split(' ');
    expect([id, address, host]).to.deep.equal([server.id, '-', hostname()]);
    expect(new Date(joined).getTime()).to.be.closeTo(Date.now(), 60_000);
  });

  it('is read-only', async () => {
    const tree = treeOf(server.circuit);
    expect(await codeOf(() => tree.makeDirectory('x', ASKER))).to.equal('EPERM');
    expect(await codeOf(() => tree.removeDirectory(server.id, ASKER))).to.equal('EPERM');
    const host = await directoryAt(tree, 'host');
    expect(await codeOf(() => host.makeDirectory('x', ASKER))).to.equal('EPERM');
    expect(await codeOf(() => walk(tree, 'X0000000000000000'))).to.equal('ENOENT');
    expect(await codeOf(() => walk(tree, 'host/nobody'))).to.equal('ENOENT');
  });

  it("tells the second server of a host by its ID, and shows no peer's name that is none", async () => {
    const member = (id: string, host: string, joined: string): Member => ({ id, host, address: '10.0.0.1:1', joined: new Date(joined) });
    const circuit = withMembers(server, [
      member('X2', 'web', '2026-01-02'),
      member('X1', 'web', '2026-01-01'),
      member('X3', 'a\u001b[31mb', '2026-01-01'),
      member('X4', '../../etc', '2026-01-01'),
      member('X5', 'help', '2026-01-01'),
    ]);
    const tree = treeOf(circuit);
    expect(await names('host', tree)).to.have.members(['help', hostname(), 'web', 'web.X2', 'X3', 'X4', 'help.X5']);
    expect(await ((await walk(tree, 'host/web')) as Link).target()).to.equal('../X1');
    expect(await cat(tree, 'members')).to.match(/^X3 10\.0\.0\.1:1 X3 2026-01-01T00:00:00\.000Z$/m);
    const inodes = await Promise.all(
      ['/', 'host'].map(async (path) => (await (await directoryAt(tree, path)).list()).map(({ ino }) => ino)),
    );
    expect(new Set(inodes.flat()).size).to.equal(inodes.flat().length);
  });
});
