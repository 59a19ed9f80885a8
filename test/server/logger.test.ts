import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { untilOver } from '../lib/children.js';
import { needs } from '../lib/machine.js';

const MODULE = new URL('../../src/server/logger.js', import.meta.url).href;
/** A process that logs thrice, once with an error; the last word of its line is the level. */
const CODE = `
const { makeLogger } = await import(${JSON.stringify(MODULE)});
const logger = makeLogger(process.argv.at(-1), { format: process.env.FORMAT });
logger.debug('a session');
logger.info('mounted');
logger.error({ err: new TypeError('oh') }, 'a fault');
logger.warn('C1 \\u009b31m, and \\u202eturned around');
`;
/** Runs a program with a terminal for its standard error, and prints what that has got. */
const TERMINAL = `
import os, pty, subprocess, sys
ours, theirs = pty.openpty()
program = subprocess.Popen(sys.argv[1:], stderr=theirs)
os.close(theirs)
try:
    while data := os.read(ours, 65536): os.write(1, data)
except OSError: pass
program.wait()
`;

describe("the daemon's own log", () => {
  const program = [process.execPath, '--input-type=module', '-e', CODE];

  async function linesAt(level: string, env: NodeJS.ProcessEnv = {}): Promise<readonly string[]> {
    const [command = '', ...args] = program;
    const child = spawn(command, [...args, level], { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } });
    const [said] = await Promise.all([text(child.stderr), untilOver(child)]);
    return said.split('\n').slice(0, -1);
  }

  it('is JSON lines where nobody looks on', async () => {
    const lines = await linesAt('info');
    const [first, second, third] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(first).to.include({ level: 'info', msg: 'mounted' });
    expect(first?.['time']).to.match(/^\d{4}-\d\d-\d\dT/);
    expect(second).to.include({ level: 'error', msg: 'a fault' });
    expect(second?.['err']).to.include({ type: 'TypeError', message: 'oh' });
    expect(lines[2]).to.match(/^[ -~]+$/);
    expect(third).to.include({ msg: 'C1 \u009b31m, and \u202eturned around' });
  });

  it('has the priorities of the journal, on each line of an error', async () => {
    const lines = await linesAt('debug', { FORMAT: 'journal' });
    expect(lines.slice(0, 3)).to.deep.equal(['<7>a session', '<6>mounted', '<3>a fault']);
    expect(lines[3]).to.equal('<3>TypeError: oh');
    expect(lines.slice(3, -1).filter((line) => !line.startsWith('<3>'))).to.deep.equal([]);
    expect(lines.at(-1)).to.match(/^<4>C1 [ -~]+$/);
  });

  it('goes to the journal only if standard error leads there', async () => {
    expect((await linesAt('info', { JOURNAL_STREAM: '1:1' }))[0]).to.match(/^\{/);
    const script = 'JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2) exec "$@"';
    const child = spawn('sh', ['-c', script, 'sh', ...program, 'info'], { stdio: ['ignore', 'ignore', 'pipe'] });
    const [said] = await Promise.all([text(child.stderr), untilOver(child)]);
    expect(said).to.match(/^<6>mounted\n/);
  });

  it('is lines for people where that is asked for', async () => {
    expect((await linesAt('info', { FORMAT: 'text' }))[0]).to.match(/^\d\d:\d\d:\d\d info {2}mounted$/);
  });

  it('has what is as grave as its level', async () => {
    const [debug, warn] = await Promise.all([linesAt('debug'), linesAt('warn')]);
    const levels = (lines: readonly string[]): readonly unknown[] => lines.map((line) => (JSON.parse(line) as { level: unknown }).level);
    expect(levels(debug)).to.deep.equal(['debug', 'info', 'error', 'warn']);
    expect(levels(warn)).to.deep.equal(['error', 'warn']);
  });

  it('is lines for people on a terminal', async function () {
    needs(this, 'python3');
    const child = spawn('python3', ['-c', TERMINAL, ...program, 'info'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [said] = await Promise.all([text(child.stdout), untilOver(child)]);
    const lines = said.split('\r\n');
    expect(lines[0]).to.match(/^\d\d:\d\d:\d\d info {2}mounted$/);
    expect(lines[1]).to.match(/^\d\d:\d\d:\d\d error a fault$/);
    expect(lines[2]).to.equal('  TypeError: oh');
    expect(lines.at(-2)).to.match(/ warn {2}C1 \\302\\23331m, and \\342\\200\\256turned around$/);
  });
});
