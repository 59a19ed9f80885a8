/**
 * What a dead server left mounted: a device of /dev/fuse that was closed while its mount is still listed.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, rmdirSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { kernelEngine } from '../../../mount/engine/kernel/engine.js';
import { portableEngine } from '../../../mount/engine/portable/engine.js';
import { native } from '../../../native/index.js';
import { mountAt } from '../../../src/base/mounts.js';
import { needs } from '../../lib/machine.js';
import { codeOf } from '../../lib/mount/calls.js';
import { ToyDirectory } from './toy.js';

describe('a mount point', () => {
  let directory: string;

  before(function () {
    needs(this, 'linux', 'fuse', 'root');
  });

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'circuit stale-'));
  });

  afterEach(() => {
    while (mountAt(directory) !== undefined) native.unmount(directory, false);
    rmdirSync(directory);
  });

  function leaveStaleMount(): void {
    closeSync(native.mountDirect(directory, 'rootmode=40755,user_id=0,group_id=0'));
    expect(() => statfsSync(directory)).to.throw(/ENOTCONN/);
  }

  const options = { allowOther: false, keepNames: true, log: () => undefined };

  for (const [name, engine] of Object.entries({ kernel: kernelEngine, 'fuse-native': portableEngine })) {
    it(`is cleared by the engine ${name} of what a dead server left there`, async function () {
      if (engine === portableEngine) needs(this, 'libfuse2');
      leaveStaleMount();
      const mount = await engine.mount(new ToyDirectory(), { directory, ...options });
      expect(mountAt(directory)?.source).to.equal('circuit');
      await mount.unmount();
      expect(mountAt(directory)).to.equal(undefined);
    });

    it(`is left alone by the engine ${name} if something else is there`, async function () {
      if (engine === portableEngine) needs(this, 'libfuse2');
      execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', directory]);
      expect(await codeOf(() => engine.mount(new ToyDirectory(), { directory, ...options }))).to.equal('EBUSY');
      expect(mountAt(directory)?.type).to.equal('tmpfs');
    });
  }
});
