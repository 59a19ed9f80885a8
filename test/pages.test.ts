/**
 * The examples of README and tour, typed as they stand, into one shell each; what is printed must be what the page shows.
 * Only `/circuit` is another directory here.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { Daemon } from './lib/daemon.js';
import { needs } from './lib/machine.js';
import { END, examplesOf, pattern, scriptOf } from './lib/page-examples.js';

const PAGES = ['README.md', 'docs/tour.md'];
const LIMIT_MS = 10_000;
/** Examples that interrupt a call that waits, which only the kernel engine can. */
const INTERRUPTS = new Set(['patience']);

for (const page of PAGES) {
  const examples = examplesOf(page);

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
          const script = scriptOf(parts, daemon?.directory ?? '');
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
