/**
 * The examples of README and tour, typed as they stand, into one shell each; what is printed must be what the page shows.
 * Only `/circuit` is another directory here. `…` stands for what differs each time: alone on a line for any lines, else for any text.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { Daemon } from './lib/daemon.js';
import { needs } from './lib/machine.js';

const PAGES = ['README.md', 'docs/tour.md'];
const LIMIT_MS = 10_000;
/** Examples that interrupt a call that waits, which only the kernel engine can. */
const INTERRUPTS = new Set(['patience']);
/** What no command prints: it tells where the output of one block ends. */
const END = '--- end of block ---';

interface Block {
  readonly example: string;
  readonly commands: string;
  /** What the page shows below it; nothing if it shows nothing. */
  readonly shown: string;
}

/** Blocks with a marker in front. The block of output may follow after a sentence, but belongs to the commands last above it. */
function blocks(page: string): readonly Block[] {
  const marked = readFileSync(fileURLToPath(new URL(`../../${page}`, import.meta.url)), 'utf8').split(/^<!-- example: /m).slice(1); // prettier-ignore
  return marked.map((part) => ({
    example: part.slice(0, part.indexOf(' ')),
    commands: /^```sh\n(.*?)^```/ms.exec(part)?.[1] ?? '',
    shown: /^```text\n(.*?)^```/ms.exec(part)?.[1] ?? '',
  }));
}

function pattern(shown: string): RegExp {
  const lines = shown.split('\n').map((line) => (line === '…' ? '(?:.*\n)*?' : `${line.trimEnd().split('…').map(escape).join('.*')} ?\n`));
  return new RegExp(`^${lines.join('').replace(/\n$/, '')}$`);
}

function escape(literal: string): string {
  return literal.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

for (const page of PAGES) {
  const examples = new Map<string, Block[]>();
  for (const block of blocks(page)) examples.set(block.example, [...(examples.get(block.example) ?? []), block]);

  for (const engine of ['kernel', 'fuse-native'] as const) {
    describe(`${page} on the ${engine} engine`, () => {
      let daemon: Daemon | undefined;

      before(async function () {
        needs(this, 'fuse', ...(engine === 'fuse-native' ? (['libfuse2'] as const) : []));
        daemon = await Daemon.start({ engine });
      });

      after(() => daemon?.stop());

      for (const [name, parts] of examples) {
        if (engine === 'fuse-native' && INTERRUPTS.has(name)) continue;
        it(`shows what the example "${name}" prints`, async () => {
          const mount = daemon?.directory ?? '';
          const script = parts.map(({ commands }) => `${commands.replaceAll('/circuit/', `${mount}/`)}echo '${END}'\n`).join('');
          const shell = spawn('bash', [], { cwd: '/', stdio: ['pipe', 'pipe', 'ignore'], timeout: LIMIT_MS, killSignal: 'SIGKILL' });
          shell.stdin.end(script);
          const [printed] = await Promise.all([text(shell.stdout), once(shell, 'close')]);
          const outputs = printed.split(`${END}\n`);
          expect(outputs, printed).to.have.lengthOf(parts.length + 1);
          for (const [index, { shown, commands }] of parts.entries()) expect(outputs[index], commands).to.match(pattern(shown));
        });
      }
    });
  }

  it(`${page} has examples`, () => {
    expect(examples).to.not.have.property('size', 0);
  });
}
