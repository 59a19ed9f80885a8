/**
 * `ctl`: reading tells the commands, writing carries them out.
 *
 * A command is carried out inside the write that completes its line, and its failure is that write's, since no shell looks at what close(2) says.
 * Text without a final newline is carried out when its writer closes. A command that has begun goes on whatever signals come. Its writer waits for
 * the result, but not if it is killed, nor for long after a signal: what becomes of the command is then not known.
 */
import { after } from '../../src/base/after.js';
import type { Credentials, Awaitable, WaitOptions } from '../../src/base/bytes.js';
import { CircuitError, isFatal } from '../../src/base/error.js';
import { COMMAND_PATIENCE_MS } from '../../src/base/limits.js';
import { unlessAborted } from '../../src/base/within.js';
import { CommandLexer } from '../../src/command/lexer.js';
import { jsonOf } from '../../src/command/table.js';
import type { Command } from '../../src/command/word.js';
import type { Call, OpenFile } from '../engine/filesystem.js';
import { sameProcess } from './same-process.js';
import { type TextFile } from './text.js';

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

const UNKNOWN_RESULT = 'interrupted before its result was known: look whether it was carried out';

export class CommandsFile implements OpenFile {
  readonly #target: CommandTarget;
  readonly #listing: TextFile;
  readonly #lexer = new CommandLexer(jsonOf);
  #writer: Credentials | undefined;

  /** @param listing what reading gives */
  constructor(target: CommandTarget, listing: TextFile) {
    this.#target = target;
    this.#listing = listing;
  }

  read(offset: number, size: number): Uint8Array {
    return this.#listing.read(offset, size);
  }

  write(bytes: Uint8Array, call: Call): Awaitable<number> {
    const { length } = bytes;
    this.#writer = call;
    return after(this.#carryOut(this.#complete(bytes), 0, unlessInterrupted(call)), () => length);
  }

  /** Comes whenever anybody closes a copy of the descriptor: also from a child that inherited it, between two writes of its parent. */
  flush(call: Credentials & WaitOptions): Awaitable<void> {
    if (!this.#lexer.pending || this.#writer === undefined || !sameProcess(this.#writer.pid, call.pid)) return;
    return this.#carryOut(this.#finish(), 0, unlessInterrupted(call));
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
        if (later instanceof Promise) {
          const { signal } = call;
          const result = signal === undefined ? later : unlessAborted(signal, later);
          const failed = (error: unknown): never => {
            if (error === signal?.reason) void this.#report(new CircuitError('EINTR', UNKNOWN_RESULT), call);
            return fail(error);
          };
          return result.then(() => this.#carryOut(completed, at + 1, call), failed);
        }
      } catch (error) {
        fail(error);
      }
    }
    const { error } = completed;
    if (error !== undefined) return after(this.#target.report(error, call), () => fail(error));
  }
}

/** The same caller, with a signal that lets it go: at once when it is being killed, and soon after any other signal. Made when it is first read. */
function unlessInterrupted(call: Credentials & WaitOptions): Credentials & WaitOptions {
  const { uid, gid, pid } = call;
  let made: AbortSignal | undefined;
  return {
    uid,
    gid,
    pid,
    get signal() {
      made ??= call.signal && whenLost(call.signal);
      return made;
    },
  };
}

function whenLost(interrupted: AbortSignal): AbortSignal {
  const lost = new AbortController();
  const pass = (): void => {
    if (isFatal(interrupted.reason)) lost.abort(interrupted.reason);
    else setTimeout(() => lost.abort(interrupted.reason), COMMAND_PATIENCE_MS).unref();
  };
  if (interrupted.aborted) pass();
  else interrupted.addEventListener('abort', pass, { once: true });
  return lost.signal;
}
