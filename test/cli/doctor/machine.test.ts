import { expect } from 'chai';
import type { Finding, Outcome } from '../../../src/cli/doctor/finding.js';
import { type FuseSeen, judgeCompiled, judgeDocker, judgeFuse, judgeNode } from '../../../src/cli/doctor/machine.js';

const HEALTHY: FuseSeen = { linux: true, device: undefined, root: true, mayMount: true, helper: undefined, control: true };
const HELPER = { path: '/usr/bin/fusermount3', setuid: true };

/** The one finding of that name. */
function finding(findings: readonly Finding[], check: string): Finding {
  const [found, ...more] = findings.filter((one) => one.check === check);
  if (found === undefined || more.length > 0) throw new Error(`${more.length} more findings of ${check}`);
  return found;
}

describe('the doctor, of the machine,', () => {
  describe('judges Node', () => {
    const cases: readonly (readonly [version: string, wanted: string, outcome: Outcome])[] = [
      ['20.19.0', '20.19', 'ok'],
      ['20.18.9', '20.19', 'failure'],
      ['18.99.0', '20.19', 'failure'],
      ['22.1.0', '20.19', 'ok'],
      ['100.0.0', '20.19', 'ok'],
    ];
    for (const [version, wanted, outcome] of cases) {
      it(`${version}, where ${wanted} is wanted: ${outcome}`, () => {
        expect(finding(judgeNode({ version, wanted }), 'node')).to.include({ outcome });
      });
    }

    it('and says what to install', () => {
      expect(judgeNode({ version: '18.0.0', wanted: '20.19' })[0]?.remedy).to.equal('install Node 20.19 or newer');
    });
  });

  describe('judges what is compiled', () => {
    const ALL = { addon: undefined, launcher: true, fuseNative: undefined };
    const NONE = { addon: 'it is not built', launcher: false, fuseNative: undefined };

    it('and has nothing to say when all is there', () => {
      expect(judgeCompiled(ALL)).to.deep.equal([{ check: 'addon', outcome: 'ok', seen: 'it is compiled, and loads' }]);
    });

    it('and says what does instead, what follows, and how to compile', () => {
      const addon = finding(judgeCompiled(NONE), 'addon');
      expect(addon).to.include({ outcome: 'warning' });
      expect(addon.seen).to.match(/^it cannot be loaded \(it is not built\): .*fuse-native/);
      const launcher = finding(judgeCompiled(NONE), 'launcher');
      expect(launcher).to.include({ outcome: 'warning' });
      for (const { remedy } of [addon, launcher]) expect(remedy).to.contain('npm run setup').and.contain('docs/engines.md');
      expect(finding(judgeCompiled({ ...ALL, launcher: false }), 'launcher').seen).to.match(/^it is not built: .*by Node/);
    });

    it('as a failure where nothing can be mounted', () => {
      const addon = finding(judgeCompiled({ ...NONE, fuseNative: 'MODULE_NOT_FOUND' }), 'addon');
      expect(addon).to.include({ outcome: 'failure' });
      expect(addon.remedy).to.contain('npm install fuse-native').and.contain('--no-mount');
    });
  });

  describe('judges FUSE', () => {
    const cases: readonly (readonly [what: string, seen: Partial<FuseSeen>, check: string, outcome: Outcome, words: RegExp])[] = [
      ['all there', {}, 'fuse', 'ok', /can be opened/],
      ['no device', { device: 'ENOENT' }, 'fuse', 'failure', /modprobe fuse.*--device \/dev\/fuse/],
      ['no module behind the device', { device: 'ENODEV' }, 'fuse', 'failure', /modprobe fuse/],
      ['a device for root alone', { device: 'EACCES' }, 'fuse', 'failure', /chmod 0666/],
      ['a container without it', { device: 'EPERM' }, 'fuse', 'failure', /--device \/dev\/fuse --cap-add SYS_ADMIN/],
      ['an error of which nobody knows', { device: 'EIO' }, 'fuse', 'failure', /EIO.*--no-mount/],
      ['root, who may mount', {}, 'mount', 'ok', /root may mount/],
      ['root in a container', { mayMount: false, helper: HELPER }, 'mount', 'failure', /--cap-add SYS_ADMIN/],
      ['a user with fusermount3', { root: false, mayMount: false, helper: HELPER }, 'mount', 'ok', /fusermount3/],
      ['a user without it', { root: false, mayMount: false }, 'mount', 'failure', /install the package fuse3/],
      ['one that is not setuid', { root: false, mayMount: false, helper: { ...HELPER, setuid: false } }, 'mount', 'failure', /chmod u\+s/],
      ['fusectl', {}, 'fusectl', 'ok', /cut off/],
      ['no fusectl', { control: false }, 'fusectl', 'warning', /mount -t fusectl/],
    ];
    for (const [what, seen, check, outcome, words] of cases) {
      it(`with ${what}: ${outcome}`, () => {
        const found = finding(judgeFuse({ ...HEALTHY, ...seen }), check);
        expect(found).to.include({ outcome });
        expect(`${found.seen}: ${found.remedy ?? ''}`).to.match(words);
      });
    }

    it('on another system only by pointing to the portable engine', () => {
      const findings = judgeFuse({ ...HEALTHY, linux: false, device: 'ENOENT', control: false });
      expect(findings).to.have.length(1);
      expect(findings[0]).to.include({ outcome: 'warning' });
      expect(findings[0]?.remedy).to.contain('--engine fuse-native');
    });
  });

  describe('judges Docker', () => {
    const judge = (answer: { version: string } | { error: string }): Finding =>
      finding(judgeDocker({ socket: '/run/d.sock', answer }), 'docker');

    it('as well when it answers, with its version', () => {
      expect(judge({ version: '20.10.24' })).to.deep.equal({
        check: 'docker',
        outcome: 'ok',
        seen: 'Docker 20.10.24 answers at /run/d.sock',
      });
    });

    for (const [error, remedy] of [
      ['ENOENT', /install and start Docker/],
      ['EACCES', /group docker/],
      ['ECONNREFUSED', /start Docker/],
      ['ETIMEDOUT', /journalctl/],
      ['HTTP 500', /docker version/],
    ] as const) {
      it(`as a warning on ${error}, since not everybody makes containers`, () => {
        expect(judge({ error })).to.include({ outcome: 'warning' });
        expect(judge({ error }).remedy).to.match(remedy);
      });
    }
  });
});
