/**
 * Reads and writes that wait on behalf of a peer. While its connection is down they get nothing: they leave the line they stand in, and stand in it
 * anew when there is a connection again. So a program that was killed keeps neither a message nor room from others until its session is given up.
 */
import { type CancelSignal, Cancellation } from '../base/cancellation.js';
import type { Awaitable, WaitOptions } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import { WaitQueue } from '../stream/wait-queue.js';
import type { IncomingCall } from '../wire/session/session-handler.js';
import { Wait } from '../stream/wait.js';

/** Why one leaves its line; nobody but us sees it. */
const DOWN = new CircuitError('EINTR', 'the connection is down');

/** A call of the peer, as far as it waits. */
type Waiting = Pick<IncomingCall, 'signal'>;

type Transfer<T> = (options: WaitOptions) => Awaitable<T>;

export class PausableWaits {
  readonly #paused = new Set<string>();
  /** Those that wait in their lines. */
  readonly #inLine = new Set<Cancellation>();
  /** Those that wait for a connection. */
  readonly #away = new WaitQueue<Wait<void>>();

  get paused(): boolean {
    return this.#paused.size > 0;
  }

  /** All leave their queues: the peer has no connection, or takes nothing. */
  pause(why: 'down' | 'flooded'): void {
    this.#paused.add(why);
    for (const waiting of this.#inLine) waiting.abort(DOWN);
  }

  /** They queue again, when nothing else keeps them from it. */
  resume(why: 'down' | 'flooded'): void {
    this.#paused.delete(why);
    if (this.paused) return;
    for (let wait = this.#away.shift(); wait !== undefined; wait = this.#away.shift()) wait.answer();
  }

  /**
   * Reads or writes, as often as it takes.
   * @param transfer looks at its signal only when it starts to wait, and has done nothing if it fails with the signal's reason
   * @throws what `transfer` fails with; the call's own reason
   */
  make<T>(call: Waiting, transfer: Transfer<T>): Awaitable<T> {
    let own: Own | undefined;
    const begin = (): Own => (own ??= new Own(call.signal, this.#inLine));
    try {
      const answer = transfer({
        get signal() {
          return begin().signal;
        },
      });
      if (answer instanceof Promise) return this.#later(answer, () => own?.end(), call, transfer);
      own?.end();
      return answer;
    } catch (error) {
      own?.end();
      throw error;
    }
  }

  async #later<T>(answer: Promise<T>, end: () => void, call: Waiting, transfer: Transfer<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      if (error !== DOWN) throw error;
    } finally {
      end();
    }
    await this.#whenUp(call.signal);
    return this.make(call, transfer);
  }

  async #whenUp(signal: CancelSignal): Promise<void> {
    if (!this.paused) return;
    const wait = new Wait<void>();
    const up = wait.begin(signal, () => void this.#away.remove(wait));
    this.#away.push(wait);
    await up;
  }
}

/** The signal of one that waits: the peer's cancelling, the session's end, or the connection's. */
class Own {
  readonly #controller = new Cancellation();
  readonly #call: CancelSignal;
  readonly #inLine: Set<Cancellation>;

  constructor(call: CancelSignal, inLine: Set<Cancellation>) {
    this.#call = call;
    this.#inLine = inLine;
    inLine.add(this.#controller);
    if (call.aborted) this.handleEvent();
    else call.addEventListener('abort', this, { once: true });
  }

  get signal(): CancelSignal {
    return this.#controller;
  }

  end(): void {
    this.#inLine.delete(this.#controller);
    this.#call.removeEventListener('abort', this);
  }

  handleEvent(): void {
    this.#controller.abort(this.#call.reason);
  }
}
