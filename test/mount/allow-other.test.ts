/**
 * `--allow-other` and `--allow-group` on a real mount, as users other than the one who mounted meet them.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { Daemon } from '../daemon.js';
import { needs } from '../machine.js';

/** No account needs to bear these numbers. */
const STRANGER = { uid: 60_001, gid: 60_001 };
/** Of the group `daemon`, which every system has. */
const MEMBER = { uid: 60_001, gid: 1 };

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

  before(function () {
    needs(this, 'fuse', 'su');
  });

  afterEach(() => daemon?.stop());

  async function run(script: string, { uid, gid }: typeof STRANGER): Promise<string> {
    const who = ['--reuid', String(uid), '--regid', String(gid), '--clear-groups'];
    const child = spawn('setpriv', [...who, 'bash', '-c', script], {
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
    await run(`chmod 755 $C/..; cd $C/self; mkdir box old; echo mkchan 3 > box/ctl; echo x > box/send`, { uid: 0, gid: 0 });
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

  it('may do everything as members of --allow-group', async () => {
    await start('--allow-other', '--allow-group', 'daemon');
    expect(verdicts(await run(TRIES, STRANGER), 'may not')).to.have.length(7);
    expect(verdicts(await run(TRIES, MEMBER), 'may not')).to.deep.equal([]);
  });

  it('cannot be of a group that does not exist, or without --allow-other', async () => {
    for (const [args, sentence] of [
      [['--allow-other', '--allow-group', 'no such group'], 'there is no group'],
      [['--allow-group', 'daemon'], 'without --allow-other'],
    ] as const) {
      const failed = await Daemon.start({ args }).catch((error: unknown) => error as Error);
      expect(failed).to.be.instanceOf(Error).with.property('message').that.includes(sentence);
    }
  });
});
