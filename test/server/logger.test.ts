import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { untilOver } from '../lib/children.js';
import { needs } from '../lib/machine.js';

const MODULE = new URL('../../src/server/logger.js', import.meta.url).href;
/** A process that logs thrice, once with an error; the last word of its line is the level. */
const CODE = `
const { makeLogger } = await import(${JSON.stringify(MODULE)});
const logger = makeLogger(process.argv.at(-1));
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

  async function linesAt(level: string): Promise<readonly string[]> {
    const [command = '', ...args] = program;
    const child = spawn(command, [...args, level], { stdio: ['ignore', 'ignore', 'pipe'] });
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
