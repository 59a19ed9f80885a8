/**
 * No file imports itself, by whatever way, not even for a type; and each built file can be imported alone, whichever comes first.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Files that are imported at the same time, each in a thread of its own. */
const AT_ONCE = availableParallelism();
/** Importing it runs the program. */
const PROGRAM = 'src/cli/main.ts';

const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', 'src/*.ts', 'mount/*.ts', 'native/*.ts'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .trim()
  .split('\n')
  .filter((file) => !file.endsWith('.d.ts'));

/** Files of the project that one imports or exports from, for values or for types. */
function importsOf(file: string): readonly string[] {
  const source = ts.createSourceFile(file, readFileSync(join(ROOT, file), 'utf8'), ts.ScriptTarget.ES2023);
  return source.statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return [];
    const path = statement.moduleSpecifier;
    if (path === undefined || !ts.isStringLiteral(path) || !path.text.startsWith('.')) return [];
    return [join(dirname(file), path.text).replace(/\.js$/, '.ts')];
  });
}

/** The strongly connected components of two files and more (Tarjan 1972). */
function circles(graph: ReadonlyMap<string, readonly string[]>): readonly string[][] {
  const index = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (file: string): number => {
    const own = index.size;
    let lowest = own;
    index.set(file, own);
    stack.push(file);
    for (const target of graph.get(file) ?? []) {
      if (!index.has(target)) lowest = Math.min(lowest, visit(target));
      else if (stack.includes(target)) lowest = Math.min(lowest, index.get(target) ?? own);
    }
    if (lowest === own) {
      const component = stack.splice(stack.indexOf(file));
      if (component.length > 1) found.push(component.sort());
    }
    return lowest;
  };
  for (const file of graph.keys()) if (!index.has(file)) visit(file);
  return found;
}

/**
 * The file of the project that is evaluated before all else when this one is imported, with everything that it imports itself: to import this one
 * is to import that one alone, too. Read from what was built, since imports of types are gone there.
 */
function firstImportOf(file: string): string | undefined {
  const built = readFileSync(join(ROOT, 'dist', file.replace(/\.ts$/, '.js')), 'utf8');
  const path = /^(?:import|export) (?:[^;']*? from )?'(\.[^']*)\.js';/m.exec(built)?.[1];
  return path === undefined ? undefined : `${join(dirname(file), path)}.ts`;
}

async function importAlone(file: string): Promise<string | undefined> {
  const url = new URL(`../${file.replace(/\.ts$/, '.js')}`, import.meta.url);
  const worker = new Worker(`import(${JSON.stringify(url.href)}).then(() => process.exit(0))`, { eval: true, stdout: true, stderr: true });
  return await new Promise((resolve) => {
    worker.once('error', (error: Error) => resolve(`${file}: ${error.message}`));
    worker.once('exit', (status) => resolve(status === 0 ? undefined : `${file}: exit status ${status}`));
  });
}

describe('the imports', () => {
  it('go round in no circle', () => {
    const graph = new Map(files.map((file) => [file, importsOf(file)]));
    expect([...graph.values()].flat()).to.have.length.above(500);
    expect(circles(graph)).to.deep.equal([]);
  });

  it('tells a circle when it sees one', () => {
    expect(circles(new Map([['a', ['b']], ['b', ['c']], ['c', ['b', 'd']], ['d', []]]))).to.deep.equal([['b', 'c']]); // prettier-ignore
  });

  it('can begin with any file', async function () {
    this.timeout(120_000);
    const imported = files.filter((file) => file !== PROGRAM);
    const firsts = new Set(imported.map((file) => firstImportOf(file)));
    const apart = imported.filter((file) => !firsts.has(file));
    expect(apart.length).to.be.within(50, imported.length);
    const rest = apart.values();
    const failures: string[] = [];
    // Each shares the iterator, so that every file is imported by one of them.
    const importRest = async (): Promise<void> => {
      for (const file of rest) failures.push((await importAlone(file)) ?? '');
    };
    await Promise.all(Array.from({ length: AT_ONCE }, importRest));
    expect(failures).to.have.length(apart.length);
    expect(failures.filter((failure) => failure !== '')).to.deep.equal([]);
  });
});
