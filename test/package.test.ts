/**
 * The package as others use it: unpacked into a project of its own beside nothing else, compiled against as strictly as can be, as an ES module and
 * as CommonJS, bundled, and run against a server. The programs are the examples of docs/library.md; what they print must be what the page shows.
 */
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { expect } from 'chai';
import * as esbuild from 'esbuild';
import webpack from 'webpack';
import { untilOver } from './lib/children.js';
import { Daemon } from './lib/daemon.js';
import { needs } from './lib/machine.js';
import { packages, ROOT } from './lib/packages/cached.js';

const run = promisify(execFile);
const { version: VERSION } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
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

/** Dials, and makes a mistake that must be told as what it is. */
const USE = (error: string): string => `(async () => {
  const circuit = await dial();
  const code = await circuit.walk('/self/twice').makeChannel(1).then(() => circuit.walk('/self/twice').makeChannel(1)).catch((reason) => reason instanceof ${error} && reason.code);
  await circuit.walk('/self/twice').scrub();
  await circuit.close();
  console.log(code, true);
})();
`;

const CONSUMERS = {
  'required.cjs': `const { dial, CircuitError } = require('circuitfs');\n${USE('CircuitError')}`,
  'both.mjs': `import { createRequire } from 'node:module';\nimport { dial } from 'circuitfs';\nconst { CircuitError } = createRequire(import.meta.url)('circuitfs');\n${USE('CircuitError')}`,
  'typed.cts': `import { dial, CircuitError } from 'circuitfs';\n${USE('CircuitError')}`,
  'bundled.js': `import { dial, CircuitError } from 'circuitfs';\n${USE('CircuitError')}`,
};
/** What CommonJS in a bundled ES module needs, as esbuild's manual says. */
const REQUIRE = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

function pattern(shown: string): RegExp {
  const escaped = shown.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('…', '.*')}$`);
}

describe('the packed package', function () {
  this.timeout(LIMIT_MS);
  let project = '';
  let daemon: Daemon | undefined;

  before(async function () {
    needs(this, 'linux');
    this.timeout(20 * LIMIT_MS); // the packages are made here, unless another file has
    project = mkdtempSync(join(tmpdir(), 'circuit-package-'));
    const folder = await packages(VERSION);
    daemon = await Daemon.start({ args: ['--no-mount'] });
    // As npm installs it: it has no dependencies.
    const installed = join(project, 'node_modules/circuitfs');
    mkdirSync(join(project, 'node_modules/@types'), { recursive: true });
    mkdirSync(installed);
    await run('tar', ['-xzf', join(folder, `circuitfs-${VERSION}.tgz`), '-C', installed, '--strip-components=1']);
    symlinkSync(join(ROOT, 'node_modules/@types/node'), join(project, 'node_modules/@types/node'));
    writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'user', private: true, type: 'module' }));
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: COMPILER_OPTIONS, include: ['*.ts', '*.cts'] }));
    for (const { name, program } of EXAMPLES) writeFileSync(join(project, `${name}.ts`), program);
    for (const [name, text] of Object.entries(CONSUMERS)) writeFileSync(join(project, name), text);
  });

  after(async () => {
    await esbuild.stop();
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

  for (const name of ['required.cjs', 'both.mjs', 'typed.cjs']) {
    it(`serves a program in the style of ${name}`, async () => {
      expect(await outputOf(join(project, name))).to.equal('EEXIST true\n');
    });
  }

  it('can be bundled by esbuild, for either module system', async () => {
    for (const format of ['esm', 'cjs'] as const) {
      const outfile = join(project, `out/esbuild.${format === 'esm' ? 'mjs' : 'cjs'}`);
      const { warnings } = await esbuild.build({ entryPoints: [join(project, 'bundled.js')], outfile, bundle: true, platform: 'node', format, logLevel: 'silent', banner: format === 'esm' ? { js: REQUIRE } : {} }); // prettier-ignore
      expect(warnings).to.deep.equal([]);
      expect(await outputOf(outfile)).to.equal('EEXIST true\n');
    }
  });

  it('can be bundled by webpack', async function () {
    this.timeout(4 * LIMIT_MS); // it looks at every line of it
    const output = { path: join(project, 'out'), filename: 'webpack.cjs' };
    const compiler = webpack({ entry: join(project, 'bundled.js'), output, target: 'node', mode: 'production' });
    const stats = await promisify(compiler.run.bind(compiler))();
    expect(stats?.toJson({ all: false, errors: true, warnings: true })).to.deep.include({ errors: [], warnings: [] });
    expect(await outputOf(join(output.path, 'webpack.cjs'))).to.equal('EEXIST true\n');
  });

  for (const { name, shown } of EXAMPLES) {
    it(`runs the example "${name}" of docs/library.md`, async () => {
      expect(await outputOf(join(project, `${name}.js`))).to.match(pattern(shown));
    });
  }

  async function outputOf(program: string): Promise<string> {
    const env = { ...process.env, CIRCUIT: daemon?.url };
    const { stdout, stderr } = await run(process.execPath, [program], { env, cwd: '/', timeout: LIMIT_MS });
    expect(stderr).to.equal('');
    return stdout;
  }
});

it('docs/library.md has examples', () => {
  expect(EXAMPLES.map(({ program }) => program))
    .to.have.length.above(5)
    .and.not.include('');
});
