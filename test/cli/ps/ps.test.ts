import { expect } from 'chai';
import { Client } from '../../lib/client.js';
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

  it('lists with --holders who holds locks and messages, and how many wait', async () => {
    const client = new Client(here.url);
    const [lock, jobs] = [`/${there.id}/mutex`, `/${there.id}/chan`];
    expect(await run('mklock', lock)).to.include({ code: 0 });
    await client.prints(['send', jobs], 'job');
    const holds = ['sh', '-c', 'echo up; exec sleep 1000'];
    for (const running of [client.start('lock', lock, '--', ...holds), client.start('take', jobs, '--', ...holds)]) await running.printed;
    client.start('lock', lock, 'true');
    await client.until(lock, 'NumWaiting', 1);
    const { code, stdout } = await run('ps', '--holders');
    expect(code).to.equal(0);
    const [head, ...rows] = stdout.trimEnd().split('\n').map((line) => line.split(/  +/)); // prettier-ignore
    expect(head).to.deep.equal(['HOST', 'PATH', 'PID', 'ON', 'SINCE', 'HOLDS', 'WAITING']);
    expect(rows.map(([, path, , , , what, waiting]) => [path, what, waiting])).to.deep.equal([
      [jobs, '0 tries', '0'],
      [lock, 'token 1', '1'],
    ]);
    const json = JSON.parse((await run('ps', '--holders', '--json', there.id)).stdout) as readonly Record<string, unknown>[];
    expect(
      json.map(({ path, kind, token, tries, shared, lost, waiting }) => ({ path, kind, token, tries, shared, lost, waiting })),
    ).to.deep.equal([
      { path: jobs, kind: 'chan', token: null, tries: 0, shared: false, lost: null, waiting: 0 },
      { path: lock, kind: 'lock', token: 1, tries: null, shared: false, lost: null, waiting: 1 },
    ]);
    expect((await run('ps', '--holders', here.id)).stdout.trimEnd().split('\n')).to.have.length(1);
    expect((await run('top', '--once')).stdout).to.match(/ 1 lock /).and.match(/token 1/); // prettier-ignore
    await client.end();
  });

  it('refuses a server that is none', async () => {
    const { code, stderr } = await run('ps', 'nobody');
    expect(code).to.equal(1);
    expect(stderr).to.match(/^circuit: no server is called "nobody"/);
  });
});
