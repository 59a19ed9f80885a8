import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'; // prettier-ignore
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { KEY_FILE_MAX_BYTES } from '../../../src/base/limits.js';
import { ensureOwnKey, ownKeyPath, readKeyFile, writeKeyFile } from '../../../src/wire/transport/key-file.js';
import { generateKey } from '../../../src/wire/transport/keyring.js';
import { untilOver } from '../../lib/children.js';

const mode = (path: string): number => statSync(path).mode & 0o777;
const isRoot = process.geteuid?.() === 0;

describe('a key file', () => {
  let scratch: string;
  const at = (...names: readonly string[]): string => join(scratch, ...names);
  beforeEach(() => {
    scratch = mkdtempSync(join(tmpdir(), 'key-'));
  });
  afterEach(() => rmSync(scratch, { recursive: true }));

  it('is made for its user alone, whatever the umask, and never over another', () => {
    const before = process.umask(0o777);
    try {
      writeKeyFile(at('key'));
    } finally {
      process.umask(before);
    }
    expect(mode(at('key'))).to.equal(0o600);
    const content = readFileSync(at('key'), 'utf8');
    expect(() => writeKeyFile(at('key')))
      .to.throw(/key is there already: remove it first/)
      .with.property('code', 'EEXIST');
    expect(readFileSync(at('key'), 'utf8')).to.equal(content);
    expect(readdirSync(scratch)).to.deep.equal(['key']);
    expect(readKeyFile(at('key')).all).to.have.length(1);
  });

  it('is not written through a symlink', () => {
    symlinkSync(at('elsewhere'), at('key'));
    expect(() => writeKeyFile(at('key'))).to.throw(/there already/);
    expect(existsSync(at('elsewhere'))).to.equal(false);
  });

  it('is refused while group or others may use it, with what to do', () => {
    writeKeyFile(at('key'));
    for (const wide of [0o640, 0o604, 0o620, 0o602, 0o610, 0o601]) {
      chmodSync(at('key'), wide);
      expect(() => readKeyFile(at('key')))
        .to.throw(`others may use the key file ${at('key')}: chmod 600 ${at('key')}`)
        .with.property('code', 'EACCES');
    }
    chmodSync(at('key'), 0o400);
    expect(readKeyFile(at('key')).all).to.have.length(1);
  });

  it('is refused if it belongs to somebody else', function () {
    if (!isRoot) this.skip();
    writeKeyFile(at('key'));
    chownSync(at('key'), 65_534, 65_534);
    expect(() => readKeyFile(at('key')))
      .to.throw(/belongs to another user/)
      .with.property('code', 'EACCES');
  });

  it('is a file: no symlink, no directory, no FIFO, and nothing hangs', async () => {
    writeKeyFile(at('key'));
    symlinkSync(at('key'), at('link'));
    expect(() => readKeyFile(at('link'))).to.throw(/it is a symlink; name the file itself/);
    expect(() => readKeyFile(scratch)).to.throw(/is not a regular file/);
    await once(spawn('mkfifo', ['-m', '600', at('fifo')]), 'exit');
    expect(() => readKeyFile(at('fifo'))).to.throw(/is not a regular file/);
    expect(() => readKeyFile(at('none')))
      .to.throw(/the key file \S+none cannot be read: there is no such file/)
      .with.property('code', 'ENOENT');
  });

  it('is named in what is wrong with it, by the line', () => {
    writeFileSync(at('key'), `${generateKey()}\noops\n`, { mode: 0o600 });
    expect(() => readKeyFile(at('key'))).to.throw(new RegExp(`^the key file ${at('key')}: line 2: invalid key`));
    writeFileSync(at('key'), '#'.repeat(KEY_FILE_MAX_BYTES + 1));
    expect(() => readKeyFile(at('key'))).to.throw(/too long; expected at most 65536 bytes/);
  });
});

describe("the user's own key", () => {
  let scratch: string;
  let path: string;
  beforeEach(() => {
    scratch = mkdtempSync(join(tmpdir(), 'key-'));
    path = join(scratch, 'state/circuit/key');
  });
  afterEach(() => rmSync(scratch, { recursive: true }));

  it('is where state is kept', () => {
    const user = { uid: 1000, home: '/home/ann', env: {} };
    expect(ownKeyPath(user)).to.equal('/home/ann/.local/state/circuit/key');
    expect(ownKeyPath({ ...user, env: { XDG_STATE_HOME: '/state' } })).to.equal('/state/circuit/key');
    expect(ownKeyPath({ ...user, env: { XDG_STATE_HOME: 'relative' } })).to.equal('/home/ann/.local/state/circuit/key');
    expect(ownKeyPath({ ...user, uid: 0, env: { XDG_STATE_HOME: '/state' } })).to.equal('/var/lib/circuit/key');
  });

  it('is made at the first start, in a directory of the user alone, and stays', () => {
    const first = ensureOwnKey(path).first.identity;
    expect([mode(join(path, '..')), mode(path)]).to.deep.equal([0o700, 0o600]);
    expect(ensureOwnKey(path).first.identity).to.equal(first);
    expect(readdirSync(join(path, '..'))).to.deep.equal(['key']);
  });

  it('is one, also when many start at once', async () => {
    const script = `import(${JSON.stringify(new URL('../../../src/wire/transport/key-file.js', import.meta.url).href)}).then(({ ensureOwnKey }) => {
      process.stdout.write('ready');
      process.stdin.once('data', () => console.log(ensureOwnKey(${JSON.stringify(path)}).first.identity)).once('end', () => process.exit());
    })`;
    const starts = Array.from({ length: 4 }, () => spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'inherit'] }));
    await Promise.all(starts.map(({ stdout }) => once(stdout, 'data')));
    for (const { stdin } of starts) stdin.end('go');
    const [identities] = await Promise.all([Promise.all(starts.map(({ stdout }) => text(stdout))), ...starts.map(untilOver)]);
    expect(new Set(identities)).to.have.property('size', 1);
    expect(identities[0]?.trim()).to.equal(readKeyFile(path).first.identity);
    expect(readdirSync(join(path, '..'))).to.deep.equal(['key']);
  });

  it('is refused where others could get at it, with what to do', () => {
    ensureOwnKey(path);
    const directory = join(path, '..');
    chmodSync(directory, 0o755);
    expect(() => ensureOwnKey(path)).to.throw(`others may enter ${directory}, where your key is kept: chmod 700 ${directory}`);
    rmSync(directory, { recursive: true });
    mkdirSync(join(scratch, 'elsewhere'), { mode: 0o700 });
    symlinkSync(join(scratch, 'elsewhere'), directory);
    expect(() => ensureOwnKey(path)).to.throw(/is not a directory/);
  });

  it('may have other names, and is not replaced when it is no key', () => {
    ensureOwnKey(path);
    linkSync(path, `${path}.copy`);
    expect(ensureOwnKey(path).all).to.have.length(1);
    writeFileSync(path, 'broken');
    expect(() => ensureOwnKey(path)).to.throw(/line 1: invalid key/);
    expect(readFileSync(path, 'utf8')).to.equal('broken');
  });
});
