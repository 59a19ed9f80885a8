/**
 * Every figure of the bench is made once, in its smallest form: so that the programs do not rot between measurements. What they measure here means
 * nothing and is not looked at; a peer that is not installed on this machine is passed over.
 */
import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { needs } from './lib/machine.js';
import { childrenOf, commandLineOf, waitsIn } from './lib/processes.js';

/** A figure that takes longer is stuck: who waits for what is printed, and it is ended in order. */
const LIMIT_MS = 90_000;
const program = fileURLToPath(new URL('../bench/run.js', import.meta.url));

async function bench(
  ...args: readonly string[]
): Promise<{ readonly printed: string; readonly said: string; readonly status: number | null }> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const limit = setTimeout(() => {
    said += `longer than ${LIMIT_MS / 1000} s:\n${tree(child.pid ?? 0).join('\n')}`;
    child.kill();
  }, LIMIT_MS);
  await once(child, 'close');
  clearTimeout(limit);
  return { printed, said, status: child.exitCode };
}

/** A process and its descendants, a line each: what it is, and where it waits in the kernel. */
function tree(pid: number, depth = 0): readonly string[] {
  const line = `${'  '.repeat(depth)}${pid} ${commandLineOf(pid)}: ${waitsIn(pid)}`;
  return [line, ...childrenOf(pid).flatMap((child) => tree(child, depth + 1))];
}

/** Cells of the table's rows that carry a figure of ours. */
function figures(printed: string): readonly (readonly string[])[] {
  const rows = printed.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| figure'));
  return rows.map((line) => line.split('|').map((cell) => cell.trim())).filter(([, figure]) => figure !== '');
}

describe('the bench', () => {
  for (const [name, count] of [
    ['operations', 40],
    ['listing', 2],
    ['message', 1],
    ['packets', 1],
    ['lock', 5],
    ['take', 4],
    ['topic', 8],
    ['throughput', 1],
    ['processes', 3],
    ['scale', 16],
    ['idle', 5],
    ['remote-peek', 3],
    ['remote-listing', 1],
    ['remote-message', 7],
    ['remote-throughput', 2],
    ['remote-many', 4],
    ['remote-far', 5],
    ['cluster', 7],
  ] as const) {
    it(`measures ${name}`, async function () {
      this.timeout(120_000);
      if (name.startsWith('remote') || ['cluster', 'lock', 'take', 'topic'].includes(name))
        needs(this, 'linux', 'netns', 'fuse', 'fusectl');
      if (name === 'remote-far') needs(this, 'ethtool');
      const { printed, said, status } = await bench('--quick', name);
      expect(status, said).to.equal(0);
      const rows = figures(printed);
      expect(rows, printed).to.have.lengthOf(count);
      // A difference may be below zero: V8 gives memory back when it likes.
      for (const [, figure, ours = ''] of rows) expect(Number(ours.replaceAll(',', '')), figure).to.satisfy(Number.isFinite);
    });
  }

  it('says which figures there are to one who asks for another', async () => {
    const { said, status } = await bench('speed');
    expect(status).to.equal(1);
    expect(said).to.equal(
      'no figure "speed"; there are operations, listing, message, packets, lock, take, topic, throughput, processes, scale, container, dns, idle, commands, remote-peek, remote-listing, remote-message, remote-throughput, remote-many, remote-far, run, cluster, storm\n',
    );
  });
});
