/**
 * The launcher of a server is killed or stopped by somebody: nothing that it has started lives on, and the server goes on.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Daemon } from '../lib/daemon.js';
import { needs } from '../lib/machine.js';
import { childrenOf, comesTrue, isRunning, nameOf } from '../lib/processes.js';
import { atEachPlace } from '../lib/mount/at-each-place.js';
import { Programs } from '../lib/mount/programs.js';

const SOON_MS = 20_000;
/** Writes to $1 the process IDs of a child, of one with a session of its own, and of one that was forked twice and is deaf to TERM. */
const FAMILY = `sleep 1000 & echo $! >> "$1"
setsid sh -c 'echo $$ >> "$1"; exec sleep 1000' sh "$1" &
(setsid sh -c 'trap "" TERM HUP; echo $$ >> "$1"; while :; do sleep 1000; done' sh "$1" &) &
wait`;

function launcherOf({ pid }: Daemon): number {
  return childrenOf(pid).find((child) => nameOf(child) === 'circuit-launch') ?? 0;
}

/**
 * Resolves when a program is being started there: before, a signal might find the call still on its way, and nothing would be carried out. Who reads the
 * metrics waits for an answer, too.
 */
async function isStarting(programs: Programs): Promise<void> {
  await programs.run(`until grep -q '^circuit_blocked_callers{.*} 2$' \${A%/*}/metrics; do :; done`);
}

/** Starts that family at $A. @returns its process IDs */
async function startFamily(programs: Programs): Promise<readonly number[]> {
  const directory = mkdtempSync(join(tmpdir(), 'launcher-'));
  const file = join(directory, 'pids');
  const spec = JSON.stringify({ Path: 'sh', Args: ['-c', FAMILY, 'sh', file] });
  await programs.run(`cat > $A/ctl <<'EOF'\nmkproc ${spec}\nEOF`);
  const pids = (): number[] => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean).map(Number) : []);
  expect(await comesTrue(() => pids().length === 3, SOON_MS)).to.equal(true);
  const family = pids();
  rmSync(directory, { recursive: true });
  return family;
}

atEachPlace('a launcher', ['fuse', 'root'], (here) => {
  const launcher = (): number => launcherOf(here.neighbours.other ?? here.neighbours.daemon);

  it('that is killed takes all along, and is replaced', async () => {
    const members = await startFamily(here.programs);
    const waiting = here.programs.run('cat $A/wait');
    const killed = launcher();
    process.kill(killed, 'SIGKILL');
    expect(await waiting).to.contain('"Signal": "SIGKILL"');
    expect(await comesTrue(() => !members.some((pid) => existsSync(`/proc/${pid}`)), SOON_MS), 'ended and reaped').to.equal(true);
    expect(await comesTrue(() => ![0, killed].includes(launcher()), SOON_MS)).to.equal(true);
    expect(await here.programs.run('echo scrub > $A/ctl; echo mkproc echo again > $A/ctl; cat $A/stdout')).to.equal('again\n');
    expect(here.neighbours.log).to.contain('another launcher is started');
  });

  it('that is killed as soon as it has taken the place of another is replaced as well', async () => {
    const replaced = async (killed: number): Promise<number> => {
      process.kill(killed, 'SIGKILL');
      expect(await comesTrue(() => ![0, killed].includes(launcher()), SOON_MS)).to.equal(true);
      return launcher();
    };
    await replaced(await replaced(launcher()));
    const members = await startFamily(here.programs);
    expect(members.filter(isRunning)).to.deep.equal(members);
  });

  it('that is stopped keeps nobody who starts a program: a signal ends the call, and its result is not known', async () => {
    const stopped = launcher();
    process.kill(stopped, 'SIGSTOP');
    try {
      const trapped = here.programs.start('bash', ['-c', 'trap "exit 3" TERM; echo mkproc true > $A/ctl']);
      await trapped.blocked();
      await isStarting(here.programs);
      trapped.kill('SIGTERM');
      expect(await trapped.outcome())
        .to.include({ code: 3 })
        .with.property('err')
        .that.contains('Interrupted system call');
      expect(await here.programs.run('cat $A/error')).to.contain('look whether it was carried out');
    } finally {
      process.kill(stopped, 'SIGCONT');
    }
    expect(await here.programs.run('until [ -e $A/wait ]; do :; done; cat $A/wait')).to.contain('"ExitCode": 0');
  });

  it('that is stopped keeps nobody who is being killed', async () => {
    const stopped = launcher();
    process.kill(stopped, 'SIGSTOP');
    try {
      const killed = here.programs.start('bash', ['-c', 'echo mkproc true > $A/ctl']);
      await killed.blocked();
      await isStarting(here.programs);
      killed.kill('SIGTERM');
      expect(await killed.outcome()).to.include({ signal: 'SIGTERM' });
    } finally {
      process.kill(stopped, 'SIGCONT');
    }
    await here.programs.run('until [ -e $A/wait ]; do :; done');
  });
});

describe('a server that stops', () => {
  for (const signal of ['SIGSTOP', 'SIGKILL'] as const)
    it(`leaves nothing of a launcher that got ${signal} a moment before`, async function () {
      needs(this, 'fuse', 'root');
      const daemon = await Daemon.start();
      const programs = new Programs({ A: join(daemon.directory, 'self/a') });
      try {
        await programs.run('mkdir $A');
        const members = await startFamily(programs);
        process.kill(launcherOf(daemon), signal);
        daemon.kill('SIGTERM');
        expect(await daemon.exited).to.deep.equal([0, null]);
        expect(members.filter(isRunning)).to.deep.equal([]);
      } finally {
        await programs.end();
        await daemon.stop();
      }
    });
});
