/**
 * The examples of README, tour and the page of each element, typed as they stand, into one shell each; what is printed must be what the page shows.
 * Only `/circuit` is another directory here, and the image of the container another one. And what holds for all pages: plain words, and links that lead
 * somewhere.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { Daemon } from './lib/daemon.js';
import { dockerEngine, IMAGE } from './lib/docker.js';
import { needs, type Part } from './lib/machine.js';
import { circuitProgram } from '../src/cli/main.js';
import { manualOf } from '../src/cli/man/pages.js';
import { ProcessConsole } from '../src/cli/process-console.js';
import { END, examplesOf, pattern, readPage, scriptOf } from './lib/page-examples.js';
import { avoidedIn, deadLinksOf, headingsOf, pages } from './lib/prose.js';

const ELEMENTS = pages().filter((page) => page.startsWith('docs/files/'));
const PAGES = ['README.md', 'docs/tour.md', ...ELEMENTS];
/** What the examples of a page need besides a mount. */
const PARTS: Readonly<Record<string, Part>> = { 'docs/files/container.md': 'docker', 'docs/files/name-server.md': 'dig' };
/** In this order on each page of an element; what else there is to say stands between them. */
const SECTIONS = ['making-it', 'files', 'errors', 'examples'];
/** Of docs/files.md, from when it was one page: links from elsewhere lead there. */
const ANCHORS = [
  'in-every-anchor', 'a-process', 'a-container', 'a-channel', 'work-that-is-handed-back', 'a-lock', 'a-topic', 'a-name-server', 'a-subscription',
  'a-selection', 'a-server', 'events', 'the-log-as-a-script', 'blocking-polling-interrupting',
]; // prettier-ignore
const LIMIT_MS = 30_000;
/** Examples of what only the kernel engine can: to interrupt a call that waits, and flock(2). */
const KERNEL_ONLY = new Set(['patience', 'lock', 'lock-token']);

for (const page of PAGES) {
  const examples = examplesOf(page);

  for (const engine of ['kernel', 'fuse-native'] as const) {
    describe(`${page} on the ${engine} engine`, () => {
      let daemon: Daemon | undefined;

      before(async function () {
        const part = PARTS[page];
        needs(this, 'fuse', ...(engine === 'fuse-native' ? (['libfuse2'] as const) : []), ...(part === undefined ? [] : [part]));
        const args = part === 'docker' ? [`--docker=${(await dockerEngine()).socket}`] : [];
        daemon = await Daemon.start({ engine, args });
      });

      after(() => daemon?.stop());

      for (const [name, parts] of examples) {
        if (engine === 'fuse-native' && KERNEL_ONLY.has(name)) continue;
        it(`shows what the example "${name}" prints`, async () => {
          const script = scriptOf(parts, daemon?.directory ?? '').replaceAll('"debian"', `"${IMAGE}"`);
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

describe('the manual', () => {
  const perPage = (look: (page: string) => readonly string[]): Readonly<Record<string, readonly string[]>> => {
    const found = pages().map((page) => [page, look(page)] as const);
    return Object.fromEntries(found.filter(([, words]) => words.length > 0));
  };

  it('says in plain words what it says', () => {
    expect(perPage((page) => avoidedIn(readPage(page)))).to.deep.equal({});
  });

  it('has links that lead somewhere', () => {
    expect(perPage(deadLinksOf)).to.deep.equal({});
  });

  it('has on the page of each element the same parts, in one order', () => {
    expect(ELEMENTS).to.have.length.above(8);
    for (const page of ELEMENTS) expect(headingsOf(page).filter((heading) => SECTIONS.includes(heading)), page).to.deep.equal(SECTIONS); // prettier-ignore
  });

  it('leads on from each heading that docs/files.md had as one page', () => {
    expect(headingsOf('docs/files.md')).to.include.members(ANCHORS);
  });

  it('lists every page of docs in its table of contents', () => {
    const contents = readPage('docs/README.md');
    const listed = pages().filter((page) => page.startsWith('docs/') && page !== 'docs/README.md');
    expect(listed.filter((page) => !contents.includes(`(${page.slice('docs/'.length)})`))).to.deep.equal([]);
  });

  it('is as plain in the help of each command, and on the mount', () => {
    const commands = manualOf(circuitProgram(new ProcessConsole()), { version: '0', date: '2026-01-01' });
    expect(commands.size).to.be.above(30);
    const found = [...commands].map(([name, text]) => [name, avoidedIn(text)] as const).filter(([, words]) => words.length > 0);
    expect(Object.fromEntries(found)).to.deep.equal({});
    expect(avoidedIn(readPage('mount/tree/help.ts'))).to.deep.equal([]);
  });

  it('knows what is not plain', () => {
    expect(avoidedIn('x is no address; whoever asks; there is no file; `is no code`; those that wait are passed over')).to.have.lengthOf(4);
  });

  it('has a README that is read in one go', () => {
    expect(readPage('README.md').split('\n').length).to.be.below(120);
  });
});
