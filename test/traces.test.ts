/**
 * The check itself, by runs of mocha within this one: what tests may leave to end by itself, and what the run fails for.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { needs } from './lib/machine.js';
import { isRunning } from './lib/processes.js';

const MOCHA = fileURLToPath(new URL('../../node_modules/mocha/bin/mocha.js', import.meta.url));
const HOOKS = fileURLToPath(new URL('hooks.js', import.meta.url));
/** Takes the kernel a moment to end: it has much memory to give back. */
const LARGE = 'const all = Buffer.alloc(400_000_000, 1); console.log(all.length); setInterval(() => undefined, 1000);';
/** Takes a moment to end when it is told to. */
const SLOW = 'process.once("SIGTERM", () => setTimeout(process.exit, 500)); console.log("ready"); setInterval(() => undefined, 1000);';
const DEAF = 'process.on("SIGTERM", () => undefined); console.log("ready"); setInterval(() => undefined, 1000);';

interface Ran {
  readonly status: number | null;
  readonly said: string;
}

describe('the check of what tests leave behind', function () {
  this.timeout(60_000);
  let directory: string;

  before(function () {
    needs(this, 'linux');
  });
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'traces-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  /** Runs a test of each of these bodies, in a file of its own, whose name is the key. */
  async function run(bodies: Readonly<Record<string, string>>, ...options: readonly string[]): Promise<Ran> {
    for (const [name, body] of Object.entries(bodies)) {
      const test = `
        import { spawn } from 'node:child_process';
        import { once } from 'node:events';
        const node = async (code) => {
          const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
          await once(child.stdout, 'data');
          return child;
        };
        describe('an inner run', () => it('does something', async () => { ${body} }));`;
      writeFileSync(join(directory, `${name}.test.mjs`), test);
    }
    const files = Object.keys(bodies).map((name) => `${name}.test.mjs`);
    // As a shell does that had a job: there is a child of which mocha knows nothing, and which is a zombie soon.
    const args = [
      '-c',
      'true & exec "$@"',
      'bash',
      process.execPath,
      MOCHA,
      '--no-config',
      '--timeout',
      '30000',
      '--require',
      HOOKS,
      ...options,
      ...files,
    ];
    const child = spawn('bash', args, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    return { status: child.exitCode, said: out + err };
  }

  it('lets a program end that was killed, and one that was told to end; and does not count what has ended', async () => {
    const killed = `(await node(${JSON.stringify(LARGE)})).kill('SIGKILL');`;
    const told = `(await node(${JSON.stringify(SLOW)})).kill('SIGTERM');`;
    for (const body of [killed, told]) {
      const { status, said } = await run({ ending: body });
      expect(said).to.include('1 passing').and.not.include('left behind');
      expect(status).to.equal(0);
    }
  });

  it('ends a child that stays, and says after which file it was found, each in its process', async () => {
    const stays = `console.log('pid', spawn('sleep', ['1000'], { stdio: 'ignore' }).pid);`;
    const { status, said } = await run({ fine: 'await 0;', stays }, '--parallel', '--jobs', '2');
    const [, pid] = /pid (\d+)/.exec(said) ?? [];
    expect(said).to.match(
      new RegExp(`Error: stays\\.test\\.mjs left behind:\\n +process ${pid}: sleep 1000, started by stays\\.test\\.mjs\\n`),
    );
    expect(said).to.not.include('fine.test.mjs left behind');
    expect(isRunning(Number(pid))).to.equal(false);
    expect(status).to.not.equal(0);
  });

  it('names the last file of several in one process', async () => {
    const { status, said } = await run({ first: `spawn('sleep', ['1000'], { stdio: 'ignore' });`, second: 'await 0;' });
    expect(said).to.match(/Error: second\.test\.mjs left behind:\n +process \d+: sleep 1000\n/);
    expect(status).to.not.equal(0);
  });

  it("finds at the end of the run what is nobody's child any more, and says who has started it", async () => {
    const leaves = `await once(spawn('bash', ['-c', 'setsid sleep 1001 > /dev/null 2>&1 &'], { stdio: 'ignore' }), 'close');`;
    const { status, said } = await run({ leaves, fine: 'await 0;' }, '--parallel', '--jobs', '2');
    expect(said).to.match(/Error: the tests left behind:\n +process \d+: sleep 1001, started by leaves\.test\.mjs\n/);
    expect(status).to.not.equal(0);
  });

  it('has its limit: one that does not end though it was told to is left behind', async () => {
    const { status, said } = await run({ deaf: `(await node(${JSON.stringify(DEAF)})).kill('SIGTERM');` });
    expect(said).to.match(/Error: deaf\.test\.mjs left behind:\n +process \d+: \S+ -e process\.on\(/);
    expect(status).to.not.equal(0);
  });
});
