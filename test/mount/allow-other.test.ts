/**
 * `--allow-other` and `--allow-group` on a real mount, as users other than the one who mounted meet them.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { Daemon } from '../lib/daemon.js';
import { Program } from '../lib/hosts/program.js';
import { needs } from '../lib/machine.js';

/** Made for a test: the account of a user, and a group. */
const ACCOUNT = `circuit-m${String(process.pid)}`;

/** No account needs to bear these numbers. */
const STRANGER = { uid: 60_001, gid: 60_001 };
/** Of the group `daemon`, which every system has. */
const MEMBER = { uid: 60_001, gid: 1 };

const ROOT = { uid: 0, gid: 0 };

const as = ({ uid, gid }: typeof STRANGER): readonly string[] => [
  'setpriv',
  '--reuid',
  String(uid),
  '--regid',
  String(gid),
  '--clear-groups',
];

const TRIES = `
  cd $C/self || exit
  try() { if (eval "$1") > /dev/null 2>&1; then echo "may: $1"; else echo "may not: $1"; fi; }
  try 'cat box/peek box/help ../members metrics'
  try 'cat box/ctl'
  try 'ls -R .'
  try 'cat log'
  try 'cat env'
  try 'cat box/tryrecv'
  try 'echo x >> box/trysend'
  try 'echo close > box/ctl'
  try 'mkdir new'
  try 'rmdir old'`;

describe('other users', () => {
  let daemon: Daemon | undefined;
  let other: Daemon | undefined;

  before(function () {
    needs(this, 'fuse', 'su');
  });

  afterEach(async () => {
    await daemon?.stop();
    await other?.stop();
    other = undefined;
  });

  async function run(script: string, who: typeof STRANGER): Promise<string> {
    const [program = '', ...args] = as(who);
    const child = spawn(program, [...args, 'bash', '-c', script], {
      cwd: '/',
      env: { ...process.env, C: daemon?.directory },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [out] = await Promise.all([text(child.stdout), once(child, 'close')]);
    return out;
  }

  async function start(...args: readonly string[]): Promise<void> {
    daemon = await Daemon.start({ args });
    // The scratch directory itself is closed to others.
    await run(`chmod 755 $C/..; cd $C/self; mkdir box old; echo mkchan 3 > box/ctl; echo x > box/send`, ROOT);
  }

  const verdicts = (out: string, verdict: string): readonly string[] =>
    out.split('\n').flatMap((line) => (line.startsWith(`${verdict}: `) ? [line.slice(verdict.length + 2)] : []));

  it('are kept out by the kernel', async () => {
    await start();
    expect(await run('ls $C || echo kept out', STRANGER)).to.equal('kept out\n');
  });

  it('may look around with --allow-other, and neither change nor take anything', async () => {
    await start('--allow-other');
    const out = await run(TRIES, STRANGER);
    expect(verdicts(out, 'may')).to.deep.equal(['cat box/peek box/help ../members metrics', 'cat box/ctl', 'ls -R .']);
    expect(verdicts(out, 'may not')).to.have.length(7);
  });

  it('hold nothing back with --allow-other, count for nothing, and see no values of Env, here and on another host', async () => {
    await start('--allow-other');
    other = await Daemon.start({ args: ['--no-mount', '-j', daemon?.url ?? ''] });
    await run(`until [ -e $C/${other.id} ]; do :; done`, ROOT);
    for (const place of ['self', other.id]) {
      const anchor = `$C/${place}/p`;
      const spec = { Path: 'sh', Args: ['-c', 'head -c 3000000 /dev/zero'], Env: ['SECRET=value'], Scrub: true };
      await run(`mkdir ${anchor} && echo mkproc '${JSON.stringify(spec)}' > ${anchor}/ctl`, ROOT);
      expect(await run(`grep -o 'SECRET=[^"]*' ${anchor}/peek`, ROOT)).to.equal('SECRET=value\n');
      expect(await run(`grep -o 'SECRET=[^"]*' ${anchor}/peek`, STRANGER)).to.equal('SECRET=…\n');
      // One who has read a byte and reads no more, has both ends open, and one that waits for the end.
      const idle = `exec 3< ${anchor}/stdout 4< ${anchor}/stderr 5< ${anchor}/wait; head -c 1 <&3 | od -An -tx1; read -r _`;
      const stranger = new Program([...as(STRANGER), 'bash', '-c', idle], { C: daemon?.directory });
      const waiting = new Program([...as(STRANGER), 'bash', '-c', `exec < ${anchor}/wait; echo open; cat`], { C: daemon?.directory });
      try {
        await stranger.says(/00/);
        await waiting.says(/open/);
        expect(await run(`cat ${anchor}/trywait || cat ${anchor}/error`, STRANGER), 'a refusal that is no business of others').to.equal('');
        expect(await run(`timeout 20 cat ${anchor}/stdout | wc -c; timeout 20 cat ${anchor}/stderr`, ROOT), place).to.equal('3000000\n');
        await waiting.exited;
        expect(waiting.stdout).to.match(/"SECRET=…"[^]*"Phase": "exited"/);
        expect(await run(`timeout 20 bash -c 'while [ -e ${anchor}/stdout ]; do :; done' && rmdir ${anchor} && echo gone`, ROOT)).to.equal('gone\n'); // prettier-ignore
      } finally {
        await stranger.stop();
        await waiting.stop();
      }
    }
  });

  it('are members of --allow-group for as long as the user database says so', async () => {
    execFileSync('groupadd', [ACCOUNT]);
    execFileSync('useradd', ['--no-create-home', '--gid', 'nogroup', '--groups', ACCOUNT, ACCOUNT]);
    try {
      await start('--allow-other', '--allow-group', ACCOUNT);
      const user = { uid: Number(execFileSync('id', ['-u', ACCOUNT])), gid: STRANGER.gid };
      expect(await run('mkdir $C/self/one && echo made', user)).to.equal('made\n');
      execFileSync('gpasswd', ['--delete', ACCOUNT, ACCOUNT], { stdio: 'ignore' });
      expect(verdicts(await run(TRIES, user), 'may not')).to.have.length(7);
      execFileSync('gpasswd', ['--add', ACCOUNT, ACCOUNT], { stdio: 'ignore' });
      expect(verdicts(await run(TRIES, user), 'may not')).to.deep.equal([]);
    } finally {
      execFileSync('userdel', [ACCOUNT], { stdio: 'ignore' });
      execFileSync('groupdel', [ACCOUNT], { stdio: 'ignore' });
    }
  });

  it('may do everything as members of --allow-group, of which the log of a server of root warns', async () => {
    await start('--allow-other', '--allow-group', 'daemon');
    await daemon?.says('can run programs as root here, so they are as good as root');
    expect(verdicts(await run(TRIES, STRANGER), 'may not')).to.have.length(7);
    expect(verdicts(await run(TRIES, MEMBER), 'may not')).to.deep.equal([]);
  });

  it('cannot be of a group that does not exist, or without --allow-other', async () => {
    for (const [args, sentence] of [
      [['--allow-other', '--allow-group', 'no such group'], 'there is no group'],
      [['--allow-group', 'daemon'], 'expected --allow-other'],
    ] as const) {
      const failed = await Daemon.start({ args }).catch((error: unknown) => error as Error);
      expect(failed).to.be.instanceOf(Error).with.property('message').that.includes(sentence);
    }
  });
});
