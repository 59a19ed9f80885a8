/**
 * Named pipes for the standard streams of programs: Node can make no others that a program may open anew as /dev/stdout. mkfifo(1) makes several at a
 * time, in a directory that only their user can enter.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PipePaths } from './messages.js';

const SETS_AT_ONCE = 8;

export class NamedPipes {
  readonly directory = mkdtempSync(join(tmpdir(), 'circuit-pipes-'));
  readonly #ready: PipePaths[] = [];
  #made = 0;

  /** Three that nobody has opened yet. @throws Error of mkfifo(1) */
  take(): PipePaths {
    if (this.#ready.length === 0) this.#make();
    const taken = this.#ready.pop();
    if (taken === undefined) throw new Error('no named pipes');
    return taken;
  }

  /** Why they cannot be made, if so; else the first ones are. */
  get problem(): { readonly problem?: string } {
    try {
      this.#ready.push(this.take());
      return {};
    } catch (error) {
      return { problem: `named pipes cannot be made: ${(error as Error).message.split('\n')[0] ?? ''}` };
    }
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  #make(): void {
    const sets = Array.from({ length: SETS_AT_ONCE }, (): PipePaths => {
      const path = (stream: string): string => join(this.directory, `${++this.#made}.${stream}`);
      return [path('stdin'), path('stdout'), path('stderr')];
    });
    execFileSync('mkfifo', ['-m', '600', ...sets.flat()], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#ready.push(...sets);
  }
}
