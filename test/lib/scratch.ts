/**
 * What tests of the native room leave behind, taken away when they end, also when they fail.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import type { ChildProcess } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kill } from './children.js';

/** Things to undo after the test, in reverse order; an `await using` declaration disposes of it. */
export class Scratch implements AsyncDisposable {
  readonly #undo: (() => unknown)[] = [];

  /** @param undo is waited for if it is a promise that it returns */
  later(undo: () => unknown): void {
    this.#undo.push(undo);
  }

  /** A directory of its own under the system's temporary one. */
  directory(): string {
    const path = mkdtempSync(join(tmpdir(), 'circuit-test-'));
    this.later(() => rmSync(path, { recursive: true, force: true }));
    return path;
  }

  /** It is killed if it still runs by then. */
  program(child: ChildProcess): void {
    this.later(() => kill(child));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const undo of this.#undo.reverse()) await undo();
  }
}
