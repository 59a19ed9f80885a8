import { expect } from 'chai';
import type { RootDirectory } from '../../../mount/tree/root.js';
import { commandsFor } from '../../../src/command/offered.js';
import type { Server } from '../../../src/server/server.js';
import { ASKER, cat, directoryAt, echo } from '../../lib/mount/calls.js';
import { DIRECTORY, startServer, treeOf } from '../../lib/mount/server.js';

describe('help', () => {
  let server: Server;
  let tree: RootDirectory;

  before(async () => {
    server = await startServer();
    tree = treeOf(server.circuit);
  });

  after(() => server.stop());

  const at = (path: string): string => `${server.id}/${path}`;
  const make = async (name: string, command: string): Promise<void> => {
    await (await directoryAt(tree, server.id)).makeDirectory(name, ASKER);
    await echo(tree, at(`${name}/ctl`), command);
  };

  it('names in every directory the files that are there, with a line to copy for each', async () => {
    await make('chan', 'mkchan 3');
    await make('proc', 'mkproc /bin/true');
    await make('bare', '# no element');
    for (const path of ['chan', 'proc', 'bare', ''].map(at)) {
      const help = await cat(tree, `${path}/help`);
      const quoted = `'${DIRECTORY}/${path.replace(/\/$/, '')}`;
      for (const { name, type } of await (await directoryAt(tree, path)).list()) {
        if (type === 'directory') continue;
        expect(help, `${name} of ${path}`).to.match(new RegExp(`^${name}\\s`, 'm'));
        expect(help, `${name} of ${path}`).to.include(`${quoted}/${name}'`);
      }
    }
    expect(await cat(tree, 'help')).to.include(`cat '${DIRECTORY}/members'`);
    expect(await cat(tree, 'host/help')).to.include(`'${DIRECTORY}/host'`);
  });

  it('names the commands that ctl takes now, the same that ctl tells', async () => {
    await make('c2', 'mkchan 3');
    const told = (await cat(tree, at('c2/ctl'))).trimEnd().split('\n');
    const [here, below] = [told.filter((line) => !line.includes(' -C ')), told.filter((line) => line.includes(' -C '))];
    expect(here).to.deep.equal(commandsFor('chan').map((row) => `${row.name} ${row.arguments}`.trimEnd()));
    const help = await cat(tree, at('c2/help'));
    for (const { name } of commandsFor('chan')) expect(help).to.match(new RegExp(`^${name}\\s`, 'm'));
    expect(help).not.to.match(/^mkproc/m);
    expect(below.map((line) => line.split(' ')[0])).to.deep.equal(
      commandsFor(undefined).flatMap(({ name }) => (name === 'scrub' ? [] : [name])),
    );
    expect(help).to.include('echo mkproc -C name ');
  });

  it("quotes for the shell, and lets nothing in a name act on the reader's terminal", async () => {
    const name = "it's $(evil) \u009b31m \u202etxt";
    await make(name, 'mkchan 3');
    const help = await cat(tree, at(`${name}/help`));
    expect(help).to.include(String.raw`/it\'s $(evil) \302\23331m \342\200\256txt/recv'`);
    expect(help).not.to.match(/(?!\n)[\p{Cc}\u202e]/u);
  });

  it('says that a process is held back, by which output, and what to do', async () => {
    await make('held', 'mkproc {"Path":"/bin/sh","Args":["-c","exec head -c 1000000 /dev/zero"],"Buffer":4096}');
    const isHeld = async (): Promise<boolean> =>
      Object.keys((JSON.parse(await cat(tree, at('held/peek'))) as { Held: object }).Held).length > 0;
    while (!(await isHeld())) await new Promise(setImmediate);
    const help = await cat(tree, at('held/help'));
    expect(help).to.match(/^It is held back since \S+, as its stdout is full/m);
    expect(help).to.include(`echo drain > '${DIRECTORY}/${at('held/ctl')}'`);
    await echo(tree, at('held/ctl'), 'drain');
    await cat(tree, at('held/wait'));
    expect(await cat(tree, at('held/help'))).not.to.include('It is held back');
  });
});
