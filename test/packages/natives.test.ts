/**
 * What is compiled for a package: for which processor, and how old a system may be.
 */
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { untilOver } from '../lib/children.js';
import { needs } from '../lib/machine.js';
import { ROOT } from '../lib/packages/cached.js';

const run = promisify(execFile);
const LIMIT_MS = 180_000;
/** e_machine of elf(5), at this offset. */
const MACHINES = { x64: 62, arm64: 183 } as const;
const MACHINE_OFFSET = 18;

interface Natives {
  readonly compileNatives: (arch: string, into: string) => Promise<void>;
}

for (const arch of ['x64', 'arm64'] as const) {
  describe(`what is compiled for ${arch}`, function () {
    this.timeout(LIMIT_MS);
    let folder = '';

    before(async function () {
      needs(this, 'gcc', ...(arch === 'arm64' ? (['aarch64'] as const) : []));
      folder = mkdtempSync(join(tmpdir(), 'natives-'));
      const { compileNatives } = (await import(join(ROOT, 'bin/dist/natives.js'))) as Natives;
      await compileNatives(arch, folder);
    });

    after(() => rmSync(folder, { recursive: true, force: true }));

    for (const name of ['circuit.node', 'launcher', 'watchdog', 'client', 'holder']) {
      it(`${name} is for that processor, and for glibc 2.28`, async () => {
        const file = join(folder, name);
        expect(readFileSync(file).readUInt16LE(MACHINE_OFFSET)).to.equal(MACHINES[arch]);
        const { stdout } = await run(`${arch === 'x64' ? 'x86_64' : 'aarch64'}-linux-gnu-objdump`, ['-T', file]);
        const minors = [...stdout.matchAll(/GLIBC_2\.(\d+)/g)].map(([, minor]) => Number(minor));
        expect(minors).to.not.be.empty;
        expect(Math.max(...minors)).to.be.at.most(28);
      });
    }

    if (arch !== 'x64') return;

    it('the watchdog starts', async () => {
      const watchdog = spawn(join(folder, 'watchdog'), { stdio: ['ignore', 'ignore', 'pipe'] });
      const [said] = await Promise.all([text(watchdog.stderr), untilOver(watchdog)]);
      expect(said).to.match(/^usage: watchdog/);
    });
  });
}
