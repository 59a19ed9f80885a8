/**
 * The packages of the bench are its own: in its package.json and lock file, and nowhere else.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const read = (path: string): unknown => JSON.parse(readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), 'utf8'));

describe('the packages of the bench', () => {
  const { dependencies } = read('bench/package.json') as Manifest;

  it('stand in their lock file as in their package.json', () => {
    const { packages } = read('bench/package-lock.json') as { readonly packages: Readonly<Record<string, Manifest>> };
    expect(packages['']?.dependencies).to.deep.equal(dependencies);
    for (const name of Object.keys(dependencies)) expect(packages).to.have.property(`node_modules/${name}`);
  });

  it('are no dependencies of the project', () => {
    const project = read('package.json') as Manifest;
    expect({ ...project.dependencies, ...project.devDependencies }).to.not.have.any.keys(...Object.keys(dependencies));
  });
});
