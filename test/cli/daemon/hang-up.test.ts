/**
 * A server in a terminal that is closed: it ends in order, unless it was started to outlive it; and SIGHUP that somebody sends reads the keys again.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { kill } from '../../lib/children.js';
import { Daemon } from '../../lib/daemon.js';
import { needs } from '../../lib/machine.js';
import { comesTrue, isRunning, killQuietly } from '../../lib/processes.js';
import { PROGRAM } from '../program.js';

const SOON_MS = 20_000;
/**
 * Runs a program at a terminal and types there what comes on standard input; closes the terminal at its end. Prints `shown` when something has been
 * shown there, and at last the program's exit status.
 */
const TERMINAL = `
import os, pty, select, sys
pid, terminal = pty.fork()
if pid == 0: os.execvp(sys.argv[1], sys.argv[1:])
typed, shown = b'-', False
while typed:
    for ready in select.select([0, terminal], [], [])[0]:
        if ready == terminal:
            os.read(terminal, 4096)
            if not shown: print('shown', flush=True)
            shown = True
        else:
            typed = os.read(0, 4096)
            os.write(terminal, typed)
os.close(terminal)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

type Terminal = ChildProcessByStdio<Writable, Readable, null>;

describe('a terminal that hangs up', () => {
  let scratch: string;
  let terminal: Terminal | undefined;
  const pids: number[] = [];

  before(function () {
    needs(this, 'linux', 'python3', 'fuse');
  });
  beforeEach(() => {
    scratch = mkdtempSync(join(tmpdir(), 'terminal-'));
  });
  afterEach(async () => {
    if (terminal !== undefined) await kill(terminal);
    for (const pid of pids.splice(0)) {
      killQuietly(pid);
      await comesTrue(() => !isRunning(pid), SOON_MS);
    }
    rmSync(scratch, { recursive: true });
  });

  function open(...command: readonly string[]): Terminal {
    const env = { ...process.env, HISTFILE: '', CIRCUIT_DISCOVER: '', CIRCUIT_KEY: '', CIRCUIT_HMAC: '' };
    terminal = spawn('python3', ['-c', TERMINAL, ...command], { stdio: ['pipe', 'pipe', 'inherit'], env, cwd: scratch });
    return terminal;
  }
  const file = (name: string): string => (existsSync(join(scratch, name)) ? readFileSync(join(scratch, name), 'utf8') : '');
  const says = async (name: string, what: string): Promise<void> => {
    expect(await comesTrue(() => file(name).includes(what), SOON_MS), `${name} says ${what}, not only ${file(name)}`).to.equal(true);
  };
  /** The process ID in the URL that it has printed there. */
  const started = async (name: string): Promise<number> => {
    await says(name, '\n');
    const pid = Number(file(name).split('/').at(-2));
    pids.push(pid);
    return pid;
  };

  it('ends a server that has it to itself, with its mount', async () => {
    const start = `exec '${process.execPath}' '${PROGRAM}' start -m c --insecure > url`;
    const { stdin, stdout } = open('bash', '-c', start);
    const pid = await started('url');
    expect(existsSync(join(scratch, 'c', 'help'))).to.equal(true);
    stdin.end();
    expect(await text(stdout)).to.equal('shown\n0\n');
    expect(isRunning(pid)).to.equal(false);
    expect(existsSync(join(scratch, 'c'))).to.equal(false);
  });

  it('ends a client with the status of SIGHUP', async () => {
    const daemon = await Daemon.start({ args: ['--no-mount'] });
    try {
      const { stdin, stdout } = open(process.execPath, PROGRAM, 'top', '-d', daemon.url);
      const [shown] = (await once(stdout, 'data')) as [Buffer];
      stdin.end();
      expect(shown.toString() + (await text(stdout))).to.equal('shown\n129\n');
    } finally {
      await daemon.stop();
    }
  });

  it('ends one that its shell runs in the background, not those of nohup and setsid; SIGHUP without it reads the keys again', async () => {
    const { stdin, stdout } = open('bash', '--norc', '--noprofile', '-i');
    const start = `'${process.execPath}' '${PROGRAM}' start --no-mount --insecure`;
    stdin.write(`${start} > plain 2> plain.log &\n`);
    stdin.write(`nohup ${start} > nohup 2> nohup.log &\n`);
    stdin.write(`setsid ${start} > setsid 2> setsid.log &\n`);
    const [plain, nohup, setsid] = [await started('plain'), await started('nohup'), await started('setsid')];
    process.kill(plain, 'SIGHUP');
    await says('plain.log', 'there is no key to read again');
    stdin.end();
    await text(stdout);
    await says('plain.log', 'SIGHUP, and the terminal is gone: stopping');
    await says('plain.log', 'stopped');
    expect(await comesTrue(() => !isRunning(plain), SOON_MS)).to.equal(true);
    await says('nohup.log', 'there is no key to read again'); // the shell has sent it SIGHUP
    process.kill(setsid, 'SIGHUP');
    await says('setsid.log', 'there is no key to read again');
    expect([nohup, setsid].filter(isRunning)).to.deep.equal([nohup, setsid]);
    for (const pid of [nohup, setsid]) process.kill(pid, 'SIGTERM');
    for (const name of ['nohup.log', 'setsid.log']) await says(name, 'stopped');
  });
});
