/**
 * The units as systemd reads them; what the server says to systemd is tested in `test/cli/daemon`.
 */
import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { needs } from '../lib/machine.js';
import { ROOT } from '../lib/packages/cached.js';
import { PROGRAM } from '../lib/daemon.js';

const run = promisify(execFile);
/** What systemd before 253 says of the second of the two types. */
const EXPECTED = 'Failed to parse service type, ignoring: notify-reload';

describe('the units of a package', () => {
  let folder = '';
  let texts: ReadonlyMap<string, string>;

  before(async function () {
    needs(this, 'systemd');
    folder = mkdtempSync(join(tmpdir(), 'units-'));
    const { units } = (await import(join(ROOT, 'bin/dist/units.js'))) as { units: (program: string) => Promise<[string, string][]> };
    texts = new Map(await units('/bin/true'));
    for (const [unit, text] of texts) writeFileSync(join(folder, unit), text);
    copyFileSync(join(folder, 'circuit@.service'), join(folder, 'circuit@root.service'));
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const unit of ['circuit.service', 'circuit@root.service', 'circuit-user.service']) {
    it(`${unit} passes systemd-analyze verify`, async () => {
      const how = unit.includes('user') ? ['--user'] : [];
      const { stdout, stderr } = await run('systemd-analyze', ['verify', ...how, join(folder, unit)], {
        env: { ...process.env, XDG_RUNTIME_DIR: folder },
      });
      const said = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('circuit') && !line.endsWith(EXPECTED));
      expect(said).to.deep.equal([]);
    });
  }

  it('a directive that systemd does not know would be found', async () => {
    const wrong = join(folder, 'circuit-wrong.service');
    writeFileSync(wrong, (texts.get('circuit.service') ?? '').replace('[Service]', '[Service]\nWatchdogSex=30'));
    const { stdout, stderr } = await run('systemd-analyze', ['verify', wrong]);
    expect(`${stdout}${stderr}`).to.match(/WatchdogSex/);
  });

  it('leave the mount where everybody sees it, and end programs in order', () => {
    expect(texts).to.have.property('size', 3);
    for (const text of texts.values()) {
      expect(text).to.not.match(/Private|Protect|ReadOnly|TemporaryFileSystem|Bind|Dynamic/);
      expect(text)
        .to.include('KillMode=mixed')
        .and.include('Restart=on-failure')
        .and.match(/^WatchdogSec=\d+$/m);
    }
  });
});

describe('circuit install-service', () => {
  let folder = '';
  const install = (...words: string[]): ReturnType<typeof run> =>
    run(process.execPath, [PROGRAM, 'install-service', '--output', join(folder, 'circuit.service'), ...words]);

  before(function () {
    needs(this, 'systemd');
    folder = mkdtempSync(join(tmpdir(), 'service-'));
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  it('writes a unit that passes systemd-analyze verify, whatever the options hold', async () => {
    await install('--', '--key', '/etc/my "keys"/100%/$key');
    const text = readFileSync(join(folder, 'circuit.service'), 'utf8');
    expect(text).to.include(`ExecStart=${process.execPath} ${PROGRAM} start --key "/etc/my \\"keys\\"/100%%/$$key"\n`);
    const { stdout, stderr } = await run('systemd-analyze', ['verify', join(folder, 'circuit.service')]);
    expect(`${stdout}${stderr}`.split('\n').filter((line) => line.includes('circuit.service') && !line.endsWith(EXPECTED))).to.deep.equal(
      [],
    );
  });

  it('does not replace a unit that was changed, unless told to', async () => {
    writeFileSync(join(folder, 'circuit.service'), 'mine\n');
    const { stderr } = await install().catch((error: unknown) => error as { stderr: string });
    expect(stderr).to.match(/^circuit: .*a unit with another text is there; --force replaces it\n$/);
    expect(readFileSync(join(folder, 'circuit.service'), 'utf8')).to.equal('mine\n');
    await install('--force');
    expect(readFileSync(join(folder, 'circuit.service'), 'utf8')).to.include('[Service]');
  });
});
