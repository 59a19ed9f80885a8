/**
 * Paths as they stand in the mount, and options before the command, typed at two servers: the one that is dialled, and one elsewhere.
 */
import { hostname } from 'node:os';
import { expect } from 'chai';
import { Daemon } from '../lib/daemon.js';
import { Client, SILENT } from '../lib/client.js';
import { circuit } from './program.js';

describe('a path on the command line', function () {
  this.timeout(60_000);
  let daemon: Daemon;
  let other: Daemon;
  let client: Client;
  /** As `host/` of a mount lists the one that joined last. */
  let otherHost: string;

  before(async () => {
    daemon = await Daemon.start({ args: ['--no-mount'] });
    client = new Client(daemon.url);
    other = await Daemon.start({ args: ['--no-mount', '-j', daemon.url] });
    otherHost = `${hostname()}.${other.id}`;
    while (!(await client.prints(['ls', '/'])).includes(other.id));
    await client.prints(['mkchan', `/${daemon.id}/here`, '1']);
    await client.prints(['mkchan', `/${other.id}/there`, '1']);
  });
  after(async () => {
    await client.end();
    await other.stop();
    await daemon.stop();
  });

  it('may begin with /self, /host/NAME and a mount point, and is printed as it was typed', async () => {
    const hosts = (await client.prints(['ls', '/host'])).trimEnd().split('\n');
    expect(hosts).to.have.length(2).and.include(`/host/${hostname()}`);
    const far = hosts.find((path) => path.includes('.X')) ?? '';
    expect([`/host/${otherHost}`, `/host/${hostname()}.${daemon.id}`]).to.include(far);
    const below = far.includes(other.id) ? 'there' : 'here';
    for (const path of [
      '/self/here',
      `/circuit/self/here`,
      `/run/user/7/circuit/${daemon.id}/here`,
      `${far}/${below}`,
      `/circuit${far}/${below}`,
    ])
      expect(JSON.parse(await client.prints(['peek', path])), path).to.include({ Cap: 1 });
    expect(await client.prints(['ls', '/self/'])).to.equal('/self/here\n');
    expect(await client.prints(['ls', '/circuit/'])).to.equal([daemon.id, other.id].sort().map((id) => `/circuit/${id}\n`).join('')); // prettier-ignore
    expect(await client.prints(['ls', '-l', '/circuit/self'])).to.equal(`chan            /circuit/self/here\n`);
  });

  it('is an error where it leads nowhere: of which host there is no server is said', async () => {
    expect(await client.run(['peek', '/host/nobody/a'])).to.deep.equal({
      code: 1,
      stdout: '',
      stderr: 'circuit: /host/nobody/a: no live server runs on a host called "nobody"\n',
    });
    const typo = await client.run(['scrub', '-r', '/X123/self']);
    expect(typo).to.include({ code: 1, stdout: '' });
    expect((await client.run(['scrub', '-r', '/circuit/'])).stderr).to.match(/no server is named: expected \/X…, \/self or \/host\/NAME/);
    expect(await client.prints(['ls', '/self'])).to.equal('/self/here\n');
  });

  it('may stand in the clauses of a selection', async () => {
    await client.prints(['mkselect', '/self/choice'], '[{"op":"r","file":"/self/here/recv"},]');
    expect(await client.run(['send', '/self/here'], 'hello')).to.deep.equal(SILENT);
    expect(await client.prints(['recv', '/self/choice'])).to.equal('hello');
    await client.prints(['scrub', '/self/choice']);
  });

  it('is no path, but a name with the ID added, for run and ps', async () => {
    const on = async (word: string): Promise<string> => client.prints(['run', '--on', word, '--', 'echo', 'yes']);
    expect(await on(otherHost)).to.equal('yes\n');
    expect(await on(`/${other.id}`)).to.equal('yes\n');
    expect(await on('self')).to.equal('yes\n');
    expect(await client.prints(['ps', otherHost])).to.match(/^HOST /);
  });

  it('stands behind the command, before which options may stand', async () => {
    const env = { CIRCUIT: '', CIRCUIT_DISCOVER: '' };
    expect(await circuit(['-d', daemon.url, '--timeout', '9', 'ls', '/self'], { env })).to.deep.equal({
      ...SILENT,
      stdout: '/self/here\n',
    });
    expect(await circuit(['-dial', daemon.url, 'run', '--', 'echo', '-d'], { env })).to.deep.equal({ ...SILENT, stdout: '-d\n' });
  });
});
