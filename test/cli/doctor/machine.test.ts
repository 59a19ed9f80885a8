import { expect } from 'chai';
import type { Finding, Outcome } from '../../../src/cli/doctor/finding.js';
import { type FuseSeen, judgeAddon, judgeDocker, judgeFuse, judgeNode } from '../../../src/cli/doctor/machine.js';

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

  it('judges the addon, and says how to compile it', () => {
    expect(judgeAddon(undefined)[0]).to.include({ outcome: 'ok' });
    expect(judgeAddon('MODULE_NOT_FOUND')[0]).to.include({ outcome: 'failure' });
    expect(judgeAddon('MODULE_NOT_FOUND')[0]?.remedy).to.contain('npm run setup');
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
