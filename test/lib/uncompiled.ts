/**
 * The program as on a machine where nothing could be compiled: a copy of what is built, without the addon and the programs in C.
 */
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

export class Uncompiled implements Disposable {
  /** Of the copy. */
  readonly root = mkdtempSync(join(tmpdir(), 'uncompiled-'));
  readonly program = join(this.root, 'bin/circuit');

  constructor() {
    for (const path of ['bin', 'dist/src', 'dist/mount', 'dist/native', 'package.json'])
      cpSync(join(ROOT, path), join(this.root, path), { recursive: true, filter: (file) => !file.endsWith('.map') });
    symlinkSync(join(ROOT, 'node_modules'), join(this.root, 'node_modules'));
  }

  /** The URL of a module, as in `src/api/index.js`. */
  module(path: string): string {
    return pathToFileURL(join(this.root, 'dist', path)).href;
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
