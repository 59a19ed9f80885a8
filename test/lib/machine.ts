/**
 * What a test needs of the machine. Where it lacks, a user's run passes over the test and says why; a run with `CI` set fails.
 */
import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { hasDocker } from './docker.js';
import { hasProgram } from './installed.js';

const isRoot = process.getuid?.() === 0;

/** The parts: whether this machine has each, and what to do if not. */
const PARTS = {
  linux: { isThere: () => process.platform === 'linux', remedy: 'run it on Linux' },
  root: { isThere: () => isRoot, remedy: 'run it as root' },
  fuse: { isThere: () => isWritable('/dev/fuse') && (isRoot || hasProgram('fusermount3')), remedy: 'load the fuse module, install fuse3' },
  fusermount3: { isThere: () => hasProgram('fusermount3'), remedy: 'install fuse3' },
  fuseForAll: {
    isThere: () => isRoot && hasProgram('fusermount3') && (statSync('/dev/fuse').mode & 0o006) === 0o006,
    remedy: 'run it as root, install fuse3, chmod 0666 /dev/fuse',
  },
  fusectl: { isThere: () => isMounted('fusectl'), remedy: 'mount -t fusectl none /sys/fs/fuse/connections' },
  libfuse2: { isThere: () => hasLibrary('libfuse.so.2'), remedy: 'install libfuse2' },
  zsh: { isThere: () => hasProgram('zsh'), remedy: 'install zsh' },
  fish: { isThere: () => hasProgram('fish'), remedy: 'install fish' },
  dash: { isThere: () => hasProgram('dash'), remedy: 'install dash' },
  python3: { isThere: () => hasProgram('python3'), remedy: 'install python3' },
  busybox: { isThere: () => hasProgram('busybox'), remedy: 'install busybox-static' },
  uutils: { isThere: () => hasProgram('coreutils'), remedy: 'install rust-coreutils' },
  mksh: { isThere: () => hasProgram('mksh'), remedy: 'install mksh' },
  rg: { isThere: () => hasProgram('rg'), remedy: 'install ripgrep' },
  jq: { isThere: () => hasProgram('jq'), remedy: 'install jq' },
  less: { isThere: () => hasProgram('less'), remedy: 'install less' },
  tmux: { isThere: () => hasProgram('tmux'), remedy: 'install tmux' },
  vim: { isThere: () => hasProgram('vim.tiny'), remedy: 'install vim-tiny' },
  curl: { isThere: () => hasProgram('curl'), remedy: 'install curl' },
  ruby: { isThere: () => hasProgram('ruby'), remedy: 'install ruby' },
  rsync: { isThere: () => hasProgram('rsync'), remedy: 'install rsync' },
  ethtool: { isThere: () => hasProgram('ethtool'), remedy: 'install ethtool' },
  git: { isThere: () => hasProgram('git'), remedy: 'install git' },
  gcc: { isThere: () => hasProgram('gcc'), remedy: 'install gcc' },
  perl: { isThere: () => hasProgram('perl'), remedy: 'install perl' },
  netns: {
    isThere: () => isRoot && ['ip', 'ss', 'nsenter', 'unshare'].every(hasProgram),
    remedy: 'run it as root, install iproute2 and util-linux',
  },
  nft: { isThere: () => isRoot && hasProgram('nft'), remedy: 'run it as root, install nftables' },
  prometheus: { isThere: () => ['prometheus', 'promtool'].every(hasProgram), remedy: 'install prometheus' },
  man: { isThere: () => ['man', 'groff'].every(hasProgram), remedy: 'install man-db and groff' },
  mandoc: { isThere: () => hasProgram('mandoc'), remedy: 'install mandoc' },
  tcpdump: { isThere: () => isRoot && hasProgram('tcpdump'), remedy: 'run it as root, install tcpdump' },
  ping: { isThere: () => hasProgram('ping'), remedy: 'install iputils-ping' },
  mariadb: {
    isThere: () => ['mariadbd', 'mariadb', 'mariadb-install-db'].every(hasProgram),
    remedy: 'install mariadb-server',
  },
  dig: { isThere: () => hasProgram('dig'), remedy: 'install bind9-dnsutils' },
  aarch64: {
    isThere: () => hasProgram('aarch64-linux-gnu-gcc') && existsSync('/usr/aarch64-linux-gnu/include/stdio.h'),
    remedy: 'install gcc-aarch64-linux-gnu, libc6-dev-arm64-cross',
  },
  systemd: { isThere: () => hasProgram('systemd-analyze'), remedy: 'install systemd' },
  debootstrap: { isThere: () => isRoot && hasProgram('debootstrap') && hasProgram('flock'), remedy: 'run it as root, install debootstrap' },
  docker: { isThere: hasDocker, remedy: 'install docker.io and busybox-static, and run it as root or start Docker' },
  su: { isThere: () => isRoot && hasProgram('setpriv'), remedy: 'run it as root, install util-linux' },
} as const;

export type Part = keyof typeof PARTS;

/** At the start of a test or of a `before`: `needs(this, 'fuse', 'root')`. Nothing has been made then, so a suite that is passed over takes nothing down. */
export function needs(context: Mocha.Context, ...parts: readonly Part[]): void {
  const missing = lacking(parts);
  if (missing.length === 0) return;
  const reason = missing.map((part) => `needs ${part} (${PARTS[part].remedy})`).join(', ');
  if (process.env['CI'] !== undefined) throw new Error(reason);
  console.log(`    skipped: ${reason}`);
  forgetTakingDown(context);
  context.skip();
}

/** Mocha runs the `after` and `afterEach` of a suite also when its `before` or `beforeEach` has skipped it. */
function forgetTakingDown(context: Mocha.Context): void {
  const runnable = context.runnable() as Mocha.Hook | Mocha.Test;
  if (runnable.type !== 'hook') return;
  const suite = runnable.parent as Mocha.Suite & { getHooks(name: 'afterAll' | 'afterEach'): Mocha.Hook[] };
  for (const name of ['afterAll', 'afterEach'] as const) suite.getHooks(name).length = 0;
}

/** Those that this machine does not have. */
export function lacking(parts: readonly Part[]): readonly Part[] {
  return parts.filter((part) => !PARTS[part].isThere());
}

function hasLibrary(name: string): boolean {
  try {
    return execFileSync('/sbin/ldconfig', ['-p'], { encoding: 'utf8' }).includes(name);
  } catch {
    return false;
  }
}

function isMounted(type: string): boolean {
  return readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .some((line) => line.split(' ')[2] === type);
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
