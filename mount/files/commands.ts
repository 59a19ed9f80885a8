/**
 * `ctl`: reading tells the commands, writing carries them out.
 *
 * A command is carried out inside the write that completes its line, and its failure is that write's, since no shell looks at what close(2) says.
 * Text without a final newline is carried out when its writer closes. A command that has begun goes on whatever signals come, unless one kills the
 * writer: that one waits for nobody, and what becomes of the command is then not known.
 */
import { after } from '../../src/base/after.js';
import type { Credentials, Awaitable, WaitOptions } from '../../src/base/bytes.js';
import { CircuitError, isFatal } from '../../src/base/error.js';
import { CommandLexer } from '../../src/command/lexer.js';
import { jsonOf } from '../../src/command/table.js';
import type { Command } from '../../src/command/word.js';
import type { Call, OpenFile } from '../engine/filesystem.js';
import { sameProcess } from './same-process.js';
import { TextFile } from './text.js';

/** Where the commands of an open `ctl` go. */
export interface CommandTarget {
  /** @throws CircuitError what the command fails with, told to the anchor already */
  execute(command: Command, call: Credentials & WaitOptions): Awaitable<void>;
  /** Tells the anchor of text that did not even become a command. */
  report(error: CircuitError, credentials: Credentials): Awaitable<void>;
}

/** What one write has completed: commands, and behind them perhaps text that cannot become one. */
interface Completed {
  readonly commands: readonly Command[];
  readonly error: CircuitError | undefined;
}

export class CommandsFile implements OpenFile {
  readonly #target: CommandTarget;
  readonly #listing: TextFile;
  readonly #lexer = new CommandLexer(jsonOf);
  #writer: Credentials | undefined;

  /** @param listing what reading gives */
  constructor(target: CommandTarget, listing: string) {
    this.#target = target;
    this.#listing = new TextFile(listing);
  }

  read(offset: number, size: number): Uint8Array {
    return this.#listing.read(offset, size);
  }

  write(bytes: Uint8Array, call: Call): Awaitable<number> {
    const { length } = bytes;
    this.#writer = call;
    return after(this.#carryOut(this.#complete(bytes), 0, unlessKilled(call)), () => length);
  }

  /** Comes whenever anybody closes a copy of the descriptor: also from a child that inherited it, between two writes of its parent. */
  flush(call: Credentials & WaitOptions): Awaitable<void> {
    if (!this.#lexer.pending || this.#writer === undefined || !sameProcess(this.#writer.pid, call.pid)) return;
    return this.#carryOut(this.#finish(), 0, unlessKilled(call));
  }

  release(): void {
    if (!this.#lexer.pending || this.#writer === undefined) return;
    const { commands, error } = this.#finish();
    const line = commands[0]?.line ?? 1;
    void this.#report(error ?? new CircuitError('EINVAL', `unfinished: no newline at the end of line ${line}`), this.#writer);
  }

  async #report(error: CircuitError, credentials: Credentials): Promise<void> {
    try {
      await this.#target.report(error, credentials);
    } catch {
      // The anchor is gone, and its file `error` with it.
    }
  }

  /** Takes all of the bytes in at once, since they are borrowed. */
  #complete(bytes: Uint8Array): Completed {
    const commands: Command[] = [];
    try {
      for (const command of this.#lexer.write(bytes)) commands.push(command);
    } catch (error) {
      return { commands, error: CircuitError.from(error) };
    }
    return { commands, error: undefined };
  }

  #finish(): Completed {
    try {
      const command = this.#lexer.finish();
      return { commands: command === undefined ? [] : [command], error: undefined };
    } catch (error) {
      return { commands: [], error: CircuitError.from(error) };
    }
  }

  /** One after the other, up to the first that fails; what stands behind that one is dropped. */
  #carryOut(completed: Completed, from: number, call: Credentials & WaitOptions): Awaitable<void> {
    const fail = (error: unknown): never => {
      this.#lexer.reset();
      throw error;
    };
    for (let at = from; at < completed.commands.length; at++) {
      const command = completed.commands[at];
      if (command === undefined) break;
      try {
        const later = this.#target.execute(command, call);
        if (later instanceof Promise) return later.then(() => this.#carryOut(completed, at + 1, call), fail);
      } catch (error) {
        fail(error);
      }
    }
    const { error } = completed;
    if (error !== undefined) return after(this.#target.report(error, call), () => fail(error));
  }
}

/** The same caller, with a signal that is aborted only when it is being killed; made when it is first read. */
function unlessKilled(call: Credentials & WaitOptions): Credentials & WaitOptions {
  const { uid, gid, pid } = call;
  return {
    uid,
    gid,
    pid,
    get signal() {
      return call.signal && whenKilled(call.signal);
    },
  };
}

function whenKilled(interrupted: AbortSignal): AbortSignal {
  const killed = new AbortController();
  const pass = (): void => {
    if (isFatal(interrupted.reason)) killed.abort(interrupted.reason);
  };
  if (interrupted.aborted) pass();
  else interrupted.addEventListener('abort', pass, { once: true });
  return killed.signal;
}
