/**
 * What tests of the native room leave behind, taken away when they end, also when they fail.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Things to undo after the test, in reverse order; a `using` declaration disposes of it. */
export class Scratch implements Disposable {
  readonly #undo: (() => void)[] = [];

  later(undo: () => void): void {
    this.#undo.push(undo);
  }

  /** A directory of its own under the system's temporary one. */
  directory(): string {
    const path = mkdtempSync(join(tmpdir(), 'circuit-test-'));
    this.later(() => rmSync(path, { recursive: true, force: true }));
    return path;
  }

  [Symbol.dispose](): void {
    for (const undo of this.#undo.reverse()) undo();
  }
}
