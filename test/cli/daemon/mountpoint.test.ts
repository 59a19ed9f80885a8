import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { placeOfMount } from '../../../src/cli/daemon/mountpoint.js';
import { CircuitError } from '../../../src/base/error.js';

describe('where a mount point is', () => {
  let scratch: string;

  beforeEach(() => {
    scratch = realpathSync(mkdtempSync(join(tmpdir(), 'point-')));
    mkdirSync(join(scratch, 'real', 'dir'), { recursive: true });
    symlinkSync('real', join(scratch, 'one'));
    symlinkSync(join(scratch, 'one', 'dir'), join(scratch, 'two'));
    symlinkSync('loop', join(scratch, 'loop'));
  });
  afterEach(() => rmSync(scratch, { recursive: true }));

  it('is where the kernel says that its symlinks lead; it need not be there', () => {
    const places = ['two', 'one/dir', 'one/new', 'two/new'].map((path) => placeOfMount(join(scratch, path)));
    expect(places).to.deep.equal(['real/dir', 'real/dir', 'real/new', 'real/dir/new'].map((path) => join(scratch, path)));
  });

  it('is nowhere if they lead to themselves', () => {
    for (const path of ['loop', 'loop/new']) expect(() => placeOfMount(join(scratch, path)), path).to.throw(CircuitError, /choose another/);
  });
});
