import { expect } from 'chai';
import type { Directory } from '../../../mount/engine/filesystem.js';
import type { RootDirectory } from '../../../mount/tree/root.js';
import { CONTROL_FILES } from '../../../src/base/name.js';
import type { Server } from '../../../src/server/server.js';
import { APPEND, ASKER, callOf, cat, codeOf, directoryAt, echo, fileAt, READ, walk, WRITE } from '../../lib/mount/calls.js';
import { startServer, treeOf } from '../../lib/mount/server.js';

describe('an anchor as a directory', () => {
  let server: Server;
  let tree: RootDirectory;
  let self: Directory;

  before(async () => {
    server = await startServer();
  });

  beforeEach(async () => {
    tree = treeOf(server.circuit);
    self = await directoryAt(tree, server.id);
  });

  afterEach(async () => {
    await echo(tree, `${server.id}/ctl`, 'scrub -r');
  });

  after(() => server.stop());

  const at = (path: string): string => `${server.id}/${path}`;
  const make = async (name: string, ...commands: string[]): Promise<void> => {
    await self.makeDirectory(name, ASKER);
    for (const command of commands) await echo(tree, at(`${name}/ctl`), command);
  };
  const listing = async (path: string): Promise<readonly string[]> => {
    const mark = { fifo: '|', directory: '/', link: '@', file: '' };
    return (await (await directoryAt(tree, at(path))).list()).map(({ name, type }) => name + mark[type]);
  };

  it('has ctl, error and help, and the files of what it holds', async () => {
    await make('a');
    expect(await listing('a')).to.deep.equal(['ctl', 'error', 'help']);
    await echo(tree, at('a/ctl'), 'mkchan 3');
    expect(await listing('a')).to.deep.equal(['ctl', 'error', 'help', 'send|', 'recv|', 'trysend|', 'tryrecv|', 'take|', 'dead|', 'peek']);
    await make('p', 'mkproc /bin/true');
    expect(await listing('p')).to.deep.equal(
      ['ctl', 'error', 'help', 'stdin|', 'stdout|', 'stderr|', 'wait|', 'exitcode|', 'trystdout|', 'trystderr|', 'trywait|', 'peek'], // prettier-ignore
    );
    expect(await listing('')).to.include.members(['peek', 'log', 'env', 'metrics', 'a/', 'p/']);
    await echo(tree, at('a/ctl'), 'scrub');
    expect(await listing('a')).to.deep.equal(['ctl', 'error', 'help']);
  });

  it('finds each listed name, under the same inode number, and no other reserved one', async () => {
    await make('a', 'mkchan 3');
    const directory = await directoryAt(tree, at('a'));
    const entries = await directory.list();
    for (const { name, ino } of entries) expect((await directory.lookup(name)).ino, name).to.equal(ino);
    expect(new Set(entries.map(({ ino }) => ino)).size).to.equal(entries.length);
    const absent = CONTROL_FILES.filter((name) => !entries.some((entry) => entry.name === name));
    for (const name of absent) expect(await codeOf(() => directory.lookup(name)), name).to.equal('ENOENT');
  });

  it('gives all things in the tree numbers of their own, below 2^53', async () => {
    await make('a', 'mkchan 3');
    await make('b', 'mkchan 3');
    const seen = new Map<number, string>();
    const visit = async (directory: Directory, path: string): Promise<void> => {
      for (const { name, ino, type } of await directory.list()) {
        expect(ino).to.be.lessThan(2 ** 53);
        expect(seen.get(ino), `${path}/${name}`).to.equal(undefined);
        seen.set(ino, `${path}/${name}`);
        if (type === 'directory') await visit((await directory.lookup(name)) as Directory, `${path}/${name}`);
      }
    };
    await visit(tree, '');
    expect(seen.size).to.be.greaterThan(20);
  });

  it('is another one after it was removed and made anew', async () => {
    await make('a');
    const old = await directoryAt(tree, at('a'));
    await old.attributes(); // as an engine asks in the same request as the look-up
    const ctl = await (await fileAt(tree, at('a/ctl'))).open(WRITE, ASKER);
    await self.removeDirectory('a', ASKER);
    expect(await codeOf(() => ctl.write(Buffer.from('mkchan 3\n'), callOf())), 'an open ctl brings nothing back').to.equal('ENOENT');
    expect(await codeOf(() => walk(tree, at('a')))).to.equal('ENOENT');
    await make('a', 'mkchan 3');
    for (const work of [
      () => old.attributes(),
      () => old.lookup('peek'),
      () => old.list(),
      () => old.makeDirectory('b', ASKER),
      () => ctl.write(Buffer.from('scrub\n'), callOf()),
    ]) {
      expect(await codeOf(work), 'who came by a name is to look again').to.equal('ESTALE');
    }
    expect(await codeOf(() => old.lookup('b')), 'what the other one has not').to.equal('ENOENT');
    expect((await directoryAt(tree, at('a'))).ino).not.to.equal(old.ino);
  });

  it('says by mode bits what each file is for, and holds everybody to them', async () => {
    await make('a', 'mkchan 3');
    const files = {
      'a/recv': [0o444, READ, WRITE],
      'a/send': [0o222, WRITE, READ],
      'a/peek': [0o444, READ, APPEND],
      log: [0o400, READ, WRITE],
    } as const;
    for (const [path, [mode, right, wrong]] of Object.entries(files)) {
      const file = await fileAt(tree, at(path));
      expect((await file.attributes()).mode, path).to.equal(mode);
      expect(await codeOf(() => file.open(wrong, ASKER)), path).to.equal('EACCES');
      (await file.open(right, ASKER)).release();
    }
    const ctl = await fileAt(tree, at('a/ctl'));
    expect((await ctl.attributes()).mode).to.equal(0o644);
    (await ctl.open({ ...READ, write: true }, ASKER)).release();
  });

  it('refuses backup programs what would take something away', async () => {
    await make('a', 'mkchan 3');
    for (const name of ['recv', 'send']) {
      const file = await fileAt(tree, at(`a/${name}`));
      expect(await codeOf(() => file.open({ ...(name === 'recv' ? READ : WRITE), noatime: true }, ASKER))).to.equal('EPERM');
    }
    (await (await fileAt(tree, at('a/peek'))).open({ ...READ, noatime: true }, ASKER)).release();
  });

  it('carries the time of its last change, and its files do too', async () => {
    await make('a');
    const before = (await (await walk(tree, at('a'))).attributes()).mtime_ms;
    expect(before).to.be.closeTo(Date.now(), 60_000);
    const later = Date.now();
    while (Date.now() === later) await new Promise(setImmediate);
    await echo(tree, at('a/ctl'), 'mkchan 3');
    const after = (await (await walk(tree, at('a'))).attributes()).mtime_ms;
    expect(after).to.be.greaterThan(before);
    expect((await (await walk(tree, at('a/recv'))).attributes()).mtime_ms).to.equal(after);
  });

  it('counts its sub-anchors in its links, as find(1) expects', async () => {
    await make('a');
    const a = await directoryAt(tree, at('a'));
    await a.makeDirectory('b', ASKER);
    expect((await (await walk(tree, at('a'))).attributes()).links).to.equal(3);
    expect(await codeOf(() => self.removeDirectory('a', ASKER))).to.equal('ENOTEMPTY');
    await a.removeDirectory('b', ASKER);
    await self.removeDirectory('a', ASKER);
    expect(await codeOf(() => self.removeDirectory('ctl', ASKER))).to.equal('ENOTDIR');
    expect(await codeOf(() => self.removeDirectory('gone', ASKER))).to.equal('ENOENT');
  });

  it('takes messages and output through its files', async () => {
    await make('c', 'mkchan 3');
    await echo(tree, at('c/send'), 'hello');
    expect(await cat(tree, at('c/recv'))).to.equal('hello\n');
    await make('p', 'mkproc /bin/cat');
    await echo(tree, at('p/stdin'), 'through a process');
    expect(await cat(tree, at('p/stdout'))).to.equal('through a process\n');
    expect(JSON.parse(await cat(tree, at('p/wait')))).to.deep.include({ Phase: 'exited', ExitCode: 0 });
    expect(await cat(tree, at('p/stdout')), 'a second reader').to.equal('through a process\n');
  });

  it('has a log of true size that is read to its end, and read on later', async () => {
    const log = await fileAt(tree, at('log'));
    const opened = await log.open(READ, ASKER);
    const { size } = await log.attributes();
    const bytes = Buffer.from(await opened.read(0, 10_000_000, callOf()));
    expect(bytes).to.have.length(size);
    await make('logged');
    const more = Buffer.from(await opened.read(size, 10_000, callOf())).toString();
    expect(JSON.parse(more)).to.deep.include({ operation: 'mkdir', path: `/${at('logged')}`, result: 'ok', pid: ASKER.pid });
    opened.release();
  });

  it('tells in error why the last command failed, and nothing once one went well', async () => {
    await make('a');
    expect(await codeOf(() => echo(tree, at('a/ctl'), 'mkchan many'))).to.equal('EINVAL');
    expect(await cat(tree, at('a/error'))).to.match(/^\d{4}-.*mkchan.*\(EINVAL\)\n$/);
    await echo(tree, at('a/ctl'), 'mkchan 1');
    expect(await cat(tree, at('a/error'))).to.equal('');
  });
});
