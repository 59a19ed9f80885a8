import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, linkSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { readKeyFile } from '../../src/wire/transport/key-file.js';
import { Keyring } from '../../src/wire/transport/keyring.js';
import { circuit, PROGRAM } from './program.js';

/** What it says on stderr when a shell runs it in `directory`. */
async function shell(directory: string, command: string): Promise<string> {
  const child = spawn('sh', ['-c', command, PROGRAM], { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
  const [said] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  return said;
}

describe('circuit keygen', () => {
  let scratch: string;
  const mode = (name: string): number => statSync(join(scratch, name)).mode & 0o777;
  beforeEach(() => {
    scratch = mkdtempSync(join(tmpdir(), 'keygen-'));
  });
  afterEach(() => rmSync(scratch, { recursive: true }));

  it('makes a key file that only its user can read', async () => {
    expect(await circuit(['keygen', join(scratch, 'key')])).to.deep.equal({ code: 0, stdout: '', stderr: '' });
    expect(mode('key')).to.equal(0o600);
    expect(readKeyFile(join(scratch, 'key')).all).to.have.length(1);
  });

  it('refuses to write over one', async () => {
    await circuit(['keygen', join(scratch, 'key')]);
    const { code, stderr } = await circuit(['keygen', join(scratch, 'key')]);
    expect(code).to.equal(1);
    expect(stderr).to.match(/^circuit: \S+key is there already: remove it first, or choose another name\n$/);
  });

  it('takes the file that it is redirected into away from others', async () => {
    expect(await shell(scratch, 'umask 000; "$0" keygen > key')).to.equal('');
    expect(mode('key')).to.equal(0o600);
    expect(readKeyFile(join(scratch, 'key')).all).to.have.length(1);
  });

  it('leaves a file with several names as it is, and warns', async () => {
    writeFileSync(join(scratch, 'key'), '');
    chmodSync(join(scratch, 'key'), 0o644);
    linkSync(join(scratch, 'key'), join(scratch, 'other'));
    expect(await shell(scratch, '"$0" keygen > key')).to.match(/^circuit: the file was left as it is, .*several names/);
    expect(mode('key')).to.equal(0o644);
  });

  it('warns where it cannot see who reads along, and leaves /dev/null alone', async () => {
    const before = statSync('/dev/null').mode;
    expect(await shell(scratch, '"$0" keygen > /dev/null')).to.match(/^circuit: keep this key where nobody else can read it/);
    expect(statSync('/dev/null').mode).to.equal(before);
    const { stdout, stderr } = await circuit(['keygen']);
    expect(Keyring.parse(stdout).all).to.have.length(1);
    expect(stderr).to.match(/^circuit: keep this key/);
  });
});
