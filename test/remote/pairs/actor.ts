/**
 * A program that makes one call after another, and may be interrupted in each.
 */
import type { Awaitable, Credentials, WaitOptions } from '../../../src/base/bytes.js';
import { CircuitError, InterruptedError } from '../../../src/base/error.js';
import type { ServerTree } from '../../../src/tree/server-tree.js';
import type { Random } from '../../lib/random.js';

/** What an actor is given when it is made. */
export interface Place {
  readonly tree: ServerTree;
  readonly random: Random;
  readonly pid: number;
  /** It goes on to the end, and gives up nothing. */
  readonly steady: boolean;
}

export abstract class Actor {
  readonly pid: number;
  /** All that it has done. */
  readonly story: string[] = [];
  /** What no actor may see. */
  readonly faults: string[] = [];
  protected readonly tree: ServerTree;
  #call: AbortController | undefined;
  #done = false;

  constructor({ tree, pid }: Place) {
    this.tree = tree;
    this.pid = pid;
  }

  abstract readonly name: string;
  /** Makes the next call. `steady`: does not give up from now on. */
  protected abstract next(random: Random, steady: boolean): void;

  get done(): boolean {
    return this.#done;
  }

  get waiting(): boolean {
    return this.#call !== undefined;
  }

  get credentials(): Credentials {
    return { uid: 1, gid: 1, pid: this.pid };
  }

  act(random: Random, steady: boolean): void {
    if (!this.waiting && !this.done) this.next(random, steady);
  }

  interrupt(fatal: boolean): void {
    this.#call?.abort(new InterruptedError(undefined, { fatal }));
  }

  /** Whether the call that has just ended was that of a program which is being killed. */
  protected killed = false;

  protected finish(how: string): void {
    this.story.push(how);
    this.#done = true;
  }

  /** One call. What it fails with but EINTR and the codes that its caller expects is a fault. */
  protected call<T>(
    what: string,
    make: (options: WaitOptions) => Awaitable<T>,
    answered: (value: T) => void,
    failed: (error: CircuitError) => void,
  ): void {
    // prettier-ignore
    const controller = new AbortController();
    this.#call = controller;
    const settle = (act: () => void, outcome: string): void => {
      this.#call = undefined;
      const { reason } = controller.signal as { reason: unknown };
      this.killed = reason instanceof InterruptedError && reason.fatal;
      this.story.push(`${what}: ${outcome}`);
      act();
    };
    const done = (value: T): void => settle(() => answered(value), typeof value === 'number' ? String(value) : value instanceof Uint8Array ? `${value.length}` : 'ok'); // prettier-ignore
    const fail = (error: unknown): void => {
      if (!(error instanceof CircuitError)) this.faults.push(`${what} failed with ${String(error)}`);
      else if (error.code === 'EINTR' && !controller.signal.aborted) this.faults.push(`${what} failed with EINTR, and no signal came`);
      settle(() => failed(CircuitError.from(error)), CircuitError.from(error).code);
    };
    try {
      const answer = make({ signal: controller.signal });
      if (answer instanceof Promise) answer.then(done, fail);
      else done(answer);
    } catch (error) {
      fail(error);
    }
  }
}
