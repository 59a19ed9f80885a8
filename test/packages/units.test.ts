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

const run = promisify(execFile);
const FILES = join(ROOT, 'bin/dist/files');
const UNITS = ['circuit.service', 'circuit@.service', 'circuit-user.service'];
/** What systemd before 253 says of the second of the two types. */
const EXPECTED = /Failed to parse service type, ignoring: notify-reload$/;

describe('the units of a package', () => {
  let folder = '';

  before(function () {
    needs(this, 'systemd');
    folder = mkdtempSync(join(tmpdir(), 'units-'));
    // Which package installs; the one thing that this machine lacks.
    const text = (unit: string): string => readFileSync(join(FILES, unit), 'utf8').replace('/usr/bin/circuit', '/bin/true').replace(/^Documentation=.*\n/m, ''); // prettier-ignore
    for (const unit of UNITS) writeFileSync(join(folder, unit), text(unit));
    copyFileSync(join(folder, 'circuit@.service'), join(folder, 'circuit@root.service'));
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const unit of ['circuit.service', 'circuit@root.service', 'circuit-user.service']) {
    it(`${unit} passes systemd-analyze verify`, async () => {
      const how = unit.includes('user') ? ['--user'] : [];
      const { stdout, stderr } = await run('systemd-analyze', ['verify', ...how, join(folder, unit)], { env: { ...process.env, XDG_RUNTIME_DIR: folder } });
      const said = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('circuit') && !EXPECTED.test(line));
      expect(said).to.deep.equal([]);
    });
  }

  it('a directive that systemd does not know would be found', async () => {
    const wrong = join(folder, 'circuit-wrong.service');
    writeFileSync(wrong, readFileSync(join(folder, 'circuit.service'), 'utf8').replace('[Service]', '[Service]\nWatchdogSex=30'));
    const { stdout, stderr } = await run('systemd-analyze', ['verify', wrong]);
    expect(`${stdout}${stderr}`).to.match(/WatchdogSex/);
  });

  for (const unit of UNITS) {
    it(`${unit} leaves the mount where everybody sees it, and ends programs in order`, () => {
      const text = readFileSync(join(FILES, unit), 'utf8').replace(/^#.*$/gm, '');
      expect(text).to.not.match(/Private|Protect|ReadOnly|TemporaryFileSystem|Bind|Dynamic/);
      expect(text).to.include('KillMode=mixed').and.include('Restart=on-failure').and.match(/^WatchdogSec=\d+$/m);
    });
  }
});
