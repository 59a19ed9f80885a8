import { expect } from 'chai';
import { Daemon } from '../../lib/daemon.js';
import { circuit, type Ended } from '../program.js';

describe('circuit ps', function () {
  this.timeout(60_000);
  let here: Daemon;
  let there: Daemon;

  before(async () => {
    here = await Daemon.start({ args: ['--no-mount'] });
    there = await Daemon.start({ args: ['--no-mount', '-j', here.url] });
    await here.says(`server ${there.id}`);
    for (const args of [
      ['mkproc', `/${here.id}/a/b`, 'sleep', '1000'],
      ['mkproc', `/${there.id}/c`, 'sleep', '1001'],
      ['mkproc', `/${there.id}/done`, 'true'],
      ['wait', `/${there.id}/done`],
      ['mkchan', `/${there.id}/chan`, '3'],
    ]) {
      expect(await run(...args), args.join(' ')).to.include({ code: 0 });
    }
  });
  after(async () => {
    await Promise.all([here.stop(), there.stop()]);
  });
  const run = (...args: readonly string[]): Promise<Ended> => circuit(args, { env: { CIRCUIT: here.url } });

  it('lists what runs on all servers', async () => {
    const { code, stdout } = await run('ps');
    expect(code).to.equal(0);
    expect(stdout)
      .to.match(new RegExp(`running .* /${here.id}/a/b  sleep 1000\n`))
      .and.match(new RegExp(`/${there.id}/c  +sleep 1001\n`));
    expect(stdout.trim().split('\n')).to.have.length(3);
  });

  it('lists with -a what has ended, too, of the servers that are named', async () => {
    const { stdout } = await run('ps', '-a', there.id);
    expect(stdout)
      .to.match(/exited 0 .* true\n/)
      .and.not.include('sleep 1000');
  });

  it('prints JSON for programs', async () => {
    const found = JSON.parse((await run('ps', '--json', here.id)).stdout) as readonly object[];
    expect(found).to.have.length(1);
    expect(found[0]).to.deep.include({ path: `/${here.id}/a/b`, kind: 'proc', command: ['sleep', '1000'], ended: false });
  });

  it('refuses a server that is none', async () => {
    const { code, stderr } = await run('ps', 'nobody');
    expect(code).to.equal(1);
    expect(stderr).to.match(/^circuit: no server is called "nobody"/);
  });
});
