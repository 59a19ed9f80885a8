import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { isMember } from '../../../mount/engine/kernel/is-member.js';
import { Access } from '../../../mount/tree/access.js';
import type { RootDirectory } from '../../../mount/tree/root.js';
import { CircuitError } from '../../../src/base/error.js';
import type { Server } from '../../../src/server/server.js';
import { needs } from '../../lib/machine.js';
import { ASKER, codeOf, directoryAt, echo, fileAt, READ, WRITE } from '../../lib/mount/calls.js';
import { startServer, treeOf } from '../../lib/mount/server.js';

const GUEST = { uid: 65_534, gid: 65_534, pid: 1 };

describe('who may do what', () => {
  let server: Server;

  before(async function () {
    needs(this, 'linux');
    server = await startServer();
    const tree = treeOf(server.circuit);
    await (await directoryAt(tree, server.id)).makeDirectory('c', ASKER);
    await echo(tree, `${server.id}/c/ctl`, 'mkchan 3');
  });

  after(() => server.stop());

  const codes = async (tree: RootDirectory, credentials: typeof ASKER): Promise<Record<string, string | undefined>> => {
    const open = async (path: string, how: typeof READ): Promise<string | undefined> =>
      codeOf(async () => (await (await fileAt(tree, `${server.id}/${path}`)).open(how, credentials)).release());
    const self = await directoryAt(tree, server.id);
    return {
      peek: await open('c/peek', READ),
      help: await open('help', READ),
      metrics: await open('metrics', READ),
      'read ctl': await open('c/ctl', READ),
      recv: await open('c/recv', READ),
      tryrecv: await open('c/tryrecv', READ),
      'look at take': await open('c/take', READ),
      take: await open('c/take', { ...READ, write: true }),
      dead: await open('c/dead', READ),
      env: await open('env', READ),
      log: await open('log', READ),
      send: await open('c/send', { ...WRITE, truncate: false }),
      ctl: await open('c/ctl', WRITE),
      mkdir: await codeOf(() => self.makeDirectory('c', credentials)),
      rmdir: await codeOf(() => self.removeDirectory('nothing', credentials)),
    };
  };
  const ALL = { peek: undefined, help: undefined, metrics: undefined, 'read ctl': undefined };
  const MAY = { ...ALL, recv: undefined, tryrecv: undefined, 'look at take': undefined, take: undefined, dead: undefined, env: undefined, log: undefined, send: undefined, ctl: undefined, mkdir: 'EEXIST', rmdir: 'ENOENT' }; // prettier-ignore
  const MAY_NOT = { ...ALL, recv: 'EACCES', tryrecv: 'EACCES', 'look at take': 'EACCES', take: 'EACCES', dead: 'EACCES', env: 'EACCES', log: 'EACCES', send: 'EACCES', ctl: 'EACCES', mkdir: 'EACCES', rmdir: 'EACCES' }; // prettier-ignore

  it('is no question on a mount that lets nobody else in', async () => {
    expect(await codes(treeOf(server.circuit), GUEST)).to.deep.equal(MAY);
  });

  it("is, with --allow-other, everything for the mount's owner and root, and looking around for others", async () => {
    const tree = treeOf(server.circuit, Access.others());
    expect(await codes(tree, ASKER)).to.deep.equal(MAY);
    expect(await codes(tree, GUEST)).to.deep.equal(MAY_NOT);
  });

  it('is everything for the members of --allow-group too', async () => {
    const tree = treeOf(server.circuit, await Access.group('daemon', isMember));
    const [gid, uid] = ['-g', '-u'].map((which) => Number(execFileSync('id', [which, 'daemon'])));
    expect(await codes(tree, { ...GUEST, gid: gid ?? 0 }), 'with that group').to.deep.equal(MAY);
    expect(await codes(tree, { ...GUEST, uid: uid ?? 0 }), 'whose group it is').to.deep.equal(MAY);
    expect(await codes(tree, GUEST)).to.deep.equal(MAY_NOT);
  });

  it('is looked up each time, and refused while that fails', async () => {
    let answer = (): Promise<boolean | undefined> => Promise.resolve(true);
    const tree = treeOf(server.circuit, await Access.group('some', () => answer()));
    expect(await codes(tree, GUEST)).to.deep.equal(MAY);
    for (const not of [false, undefined]) {
      answer = () => Promise.resolve(not);
      expect(await codes(tree, GUEST)).to.deep.equal(MAY_NOT);
    }
    answer = () => Promise.reject(new Error('the directory server is away'));
    const failed = await Promise.resolve(tree.access.check(GUEST)).catch((error: unknown) => error);
    expect(failed).to.be.instanceOf(CircuitError).with.property('message', 'the groups of user 65534 cannot be looked up: the directory server is away'); // prettier-ignore
  });

  it('cannot be told by a group that does not exist', async () => {
    for (const name of ['no such group', '', '--help', '0']) {
      const failed = await Access.group(name, isMember).catch((error: unknown) => error);
      expect(failed, name).to.be.instanceOf(CircuitError).with.property('code', 'EINVAL');
      expect(failed, name).to.have.property('message').that.contains('there is no group');
    }
  });
});
