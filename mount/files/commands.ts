/**
 * `ctl`: reading tells the commands, writing carries them out.
 *
 * A command is carried out inside the write that completes its line, and its failure is that write's, since no shell looks at what close(2) says.
 * Text without a final newline is carried out when its writer closes. A command that has begun goes on whatever signals come. Its writer waits for
 * the result, but not if it is killed, nor for long after a signal: what becomes of the command is then not known.
 *
 * Of several commands in one write `error` says which one failed, and how many were carried out before it.
 */
import { type CancelSignal, Cancellation } from '../../src/base/cancellation.js';
import { after } from '../../src/base/after.js';
import type { Credentials, Awaitable, WaitOptions } from '../../src/base/bytes.js';
import { CircuitError, isFatal } from '../../src/base/error.js';
import { COMMAND_PATIENCE_MS } from '../../src/base/limits.js';
import { unlessAborted } from '../../src/base/within.js';
import { CommandLexer } from '../../src/command/lexer.js';
import { jsonOf } from '../../src/command/table.js';
import { type Command, showBytes } from '../../src/command/word.js';
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
  /** What was written, unless a part of it became no command yet. */
  readonly bytes?: Buffer;
}

/** Commands that are carried out in one turn of the event loop, so that a long text does not keep everybody else waiting. */
const TURN_COMMANDS = 32;
const UNKNOWN_RESULT = 'interrupted before its result was known: look whether it was carried out';

export class CommandsFile implements OpenFile {
  readonly #target: CommandTarget;
  readonly #listing: TextFile;
  readonly #lexer = new CommandLexer(jsonOf);
  #halt: Halt | undefined;
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
    const halt = this.#halt;
    const caller = unlessInterrupted(call);
    if (halt?.isRepeated(bytes, call) === true) {
      if (halt.error !== undefined) throw halt.error;
      return after(this.#carryOut(halt.run, halt.at, caller, halt.result), () => length);
    }
    this.#halt = undefined;
    const completed = this.#complete(bytes);
    const repeatable = completed.commands.length > 0 && !this.#lexer.pending;
    return after(this.#carryOut(repeatable ? { ...completed, bytes: Buffer.from(bytes) } : completed, 0, caller), () => length);
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

  /** One after the other, up to the first that fails, or until its writer is interrupted; what stands behind that one is dropped. */
  #carryOut(completed: Completed, from: number, call: Caller, begun?: Promise<void>): Awaitable<void> {
    const { commands, error } = completed;
    const fail = (reason: unknown): never => {
      this.#lexer.reset();
      throw reason;
    };
    let later: Awaitable<void> | undefined = begun;
    for (let at = from; at < commands.length; at++) {
      const command = commands[at];
      if (command === undefined) break;
      if (at > from && at - from >= TURN_COMMANDS) return nextTurn().then(() => this.#carryOut(completed, at, call));
      const failed = (reason: unknown): Awaitable<never> => {
        const isLost = reason === call.lost?.reason;
        const told = isLost ? new CircuitError('EINTR', UNKNOWN_RESULT) : CircuitError.from(reason);
        this.#halt = haltOf(completed, at, told, isLost && later instanceof Promise ? later : undefined, call);
        if (isLost || commands.length > 1) {
          const context = commands.length === 1 ? told : new CircuitError(told.code, inContext(commands, at, told.message));
          const report = this.#report(context, call);
          if (!isLost) return report.then(() => fail(reason));
        }
        return fail(reason);
      };
      if (at === from && at > 0 && later === undefined && call.interrupted)
        return failed(new CircuitError('EINTR', 'interrupted before it was begun'));
      try {
        later ??= this.#target.execute(command, call);
        if (later instanceof Promise) {
          const { signal } = call;
          const result = signal === undefined ? later : unlessAborted(signal, later);
          return result.then(() => this.#carryOut(completed, at + 1, call), failed);
        }
      } catch (reason) {
        return failed(reason);
      }
    }
    if (error === undefined) return;
    const done = commands.length === 0 ? error : new CircuitError(error.code, `${error.message}; ${before(commands.length)}`);
    return after(this.#target.report(done, call), () => fail(error));
  }
}

/** Where a write has ended before its end. */
class Halt {
  readonly run: Completed;
  readonly at: number;
  readonly error: CircuitError | undefined;
  /** Of the command that its writer no longer waited for. */
  readonly result: Promise<void> | undefined;
  readonly #pid: number;

  constructor(run: Completed, at: number, error: CircuitError | undefined, result: Promise<void> | undefined, pid: number) {
    this.run = run;
    this.at = at;
    this.error = error;
    this.result = result;
    this.#pid = pid;
  }

  isRepeated(bytes: Uint8Array, { pid }: Credentials): boolean {
    return this.run.bytes?.equals(bytes) === true && sameProcess(this.#pid, pid);
  }
}

/**
 * Programs repeat a write that has failed: after EINTR by hand, buffers at their close. What was carried out is not carried out twice: after an
 * interruption the repeated write goes on where it stopped, and after any other failure behind the first command it fails again.
 */
function haltOf(run: Completed, at: number, error: CircuitError, lost: Promise<void> | undefined, { pid }: Credentials): Halt | undefined {
  if (error.code === 'EINTR' && (lost !== undefined || at > 0)) return new Halt(run, at, undefined, lost, pid);
  return at === 0 ? undefined : new Halt(run, at, error, undefined, pid);
}

/** What is wrong with one of several commands, and what became of the others. */
function inContext(commands: readonly Command[], at: number, sentence: string): string {
  const command = commands[at];
  const behind = commands.length - at - 1;
  const name = command === undefined ? '' : showBytes(command.words[0].bytes);
  return `line ${command?.line ?? 1}, ${name}: ${sentence}; ${before(at)}${behind === 0 ? '' : `, ${behind} behind it not`}`;
}

function before(count: number): string {
  return count === 0 ? 'nothing before it was carried out' : `${count} ${count === 1 ? 'command' : 'commands'} before it carried out`;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Who writes commands. */
interface Caller extends Credentials, WaitOptions {
  /** Whether a signal has come for it. */
  readonly interrupted: boolean;
  /** As `signal`, if that was ever asked for. */
  readonly lost: CancelSignal | undefined;
}

/** The same caller, with a signal that lets it go: at once when it is being killed, and soon after any other signal. Made when it is first read. */
function unlessInterrupted(call: Credentials & WaitOptions): Caller {
  const { uid, gid, pid } = call;
  let made: CancelSignal | undefined;
  return {
    uid,
    gid,
    pid,
    get signal() {
      made ??= call.signal && whenLost(call.signal);
      return made;
    },
    get interrupted() {
      return call.signal?.aborted === true;
    },
    get lost() {
      return made;
    },
  };
}

function whenLost(interrupted: CancelSignal): CancelSignal {
  const lost = new Cancellation();
  const pass = (): void => {
    if (isFatal(interrupted.reason)) lost.abort(interrupted.reason);
    else setTimeout(() => lost.abort(interrupted.reason), COMMAND_PATIENCE_MS).unref();
  };
  if (interrupted.aborted) pass();
  else interrupted.addEventListener('abort', pass, { once: true });
  return lost;
}
