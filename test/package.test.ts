/**
 * The package as others use it: packed, put into a project of its own beside nothing but its dependencies, compiled against as strictly as can be,
 * and run against a server. The programs are the examples of docs/library.md; what they print must be what the page shows.
 */
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { untilOver } from './lib/children.js';
import { Daemon } from './lib/daemon.js';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const LIMIT_MS = 30_000;

interface Example {
  readonly name: string;
  readonly program: string;
  /** What it prints; `…` stands for what differs each time. */
  readonly shown: string;
}

const EXAMPLES: readonly Example[] = readFileSync(join(ROOT, 'docs/library.md'), 'utf8')
  .split(/^<!-- example: /m)
  .slice(1)
  .map((part) => ({
    name: part.slice(0, part.indexOf(' ')),
    program: /^```ts\n(.*?)^```/ms.exec(part)?.[1] ?? '',
    shown: /^```text\n(.*?)^```/ms.exec(part)?.[1] ?? '',
  }));

/** As a careful user would set it, and `skipLibCheck` off: the package's own types have to hold. */
const COMPILER_OPTIONS = {
  target: 'ES2022',
  lib: ['ES2023', 'ESNext.Disposable'],
  module: 'NodeNext',
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  skipLibCheck: false,
};

function pattern(shown: string): RegExp {
  const escaped = shown.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('…', '.*')}$`);
}

describe('the packed package', function () {
  this.timeout(LIMIT_MS);
  let project = '';
  let daemon: Daemon | undefined;

  before(async function () {
    this.timeout(3 * LIMIT_MS);
    project = mkdtempSync(join(tmpdir(), 'circuit-package-'));
    const packing = run('npm', ['pack', '--json', '--ignore-scripts', '--logs-max=0', '--pack-destination', project], { cwd: ROOT });
    const starting = Daemon.start({ args: ['--no-mount'] });
    const [{ stdout }] = await Promise.all([packing, starting.then((started) => (daemon = started))]);
    const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
    // As npm installs it: with its dependencies beside it, and no others.
    const installed = join(project, 'node_modules/circuit');
    mkdirSync(installed, { recursive: true });
    await run('tar', ['-xzf', join(project, filename), '-C', installed, '--strip-components=1']);
    const { dependencies } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as { dependencies: object };
    for (const name of [...Object.keys(dependencies), '@types/node']) {
      const link = join(project, 'node_modules', name);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(ROOT, 'node_modules', name), link);
    }
    writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'user', private: true, type: 'module' }));
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: COMPILER_OPTIONS, include: ['*.ts'] }));
    for (const { name, program } of EXAMPLES) writeFileSync(join(project, `${name}.ts`), program);
  });

  after(async () => {
    await daemon?.stop();
    rmSync(project, { recursive: true, force: true });
  });

  it('has types that a strict program compiles against, without ours being passed over', async function () {
    this.timeout(3 * LIMIT_MS);
    const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
    const compiling = spawn(process.execPath, [compiler, '-p', project], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [complaints] = await Promise.all([text(compiling.stdout), untilOver(compiling)]);
    expect(complaints).to.equal('');
  });

  it('works without the compiled addon, which only a server and a mount need', () => {
    expect(existsSync(join(project, 'node_modules/circuit/native/build'))).to.equal(false);
  });

  for (const { name, shown } of EXAMPLES) {
    it(`runs the example "${name}" of docs/library.md`, async () => {
      const env = { ...process.env, CIRCUIT: daemon?.url };
      const { stdout, stderr } = await run(process.execPath, [join(project, `${name}.js`)], { env, cwd: '/', timeout: LIMIT_MS });
      expect(stderr).to.equal('');
      expect(stdout).to.match(pattern(shown));
    });
  }
});

it('docs/library.md has examples', () => {
  expect(EXAMPLES.map(({ program }) => program))
    .to.have.length.above(5)
    .and.not.include('');
});
