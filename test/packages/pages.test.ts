/**
 * The pages of a package: nobody who reads them there is led to a file of the checkout.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../lib/packages/cached.js';

describe('the pages of a package', () => {
  let root = '';

  before(async () => {
    const { copyPages } = (await import(join(ROOT, 'bin/dist/pages.js'))) as { copyPages: (root: string) => void };
    root = mkdtempSync(join(tmpdir(), 'pages-'));
    copyPages(root);
  });

  after(() => rmSync(root, { recursive: true }));

  it('link to nothing that is not packed', () => {
    const pages = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.md'));
    expect(pages).to.have.length.above(10);
    for (const page of pages) {
      const targets = [...readFileSync(join(root, page), 'utf8').matchAll(/\]\((?!\w+:|#)([^)#\s]+)/g)].map(([, target = '']) => target);
      const dead = targets.filter((target) => !existsSync(join(root, page, '..', target)));
      expect(dead, page).to.deep.equal([]);
    }
  });
});
