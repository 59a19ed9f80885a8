/**
 * The reads of a peer, one after another for each handle: the next one begins when the one before it has been answered. Were two of them under way,
 * the bytes of the second could leave first, since one is answered by a promise and the other at once.
 */
import type { Awaitable } from '../base/bytes.js';
import { Wait } from '../stream/wait.js';
import { WaitQueue } from '../stream/wait-queue.js';
import type { IncomingCall } from '../wire/session/session-handler.js';

export class ReadTurns {
  /** By handle that is being read: the reads behind that one. */
  readonly #busy = new Map<number, WaitQueue<Wait<void>>>();

  /** @param read begins the read. @throws (rejects) the call's reason if it is aborted before its turn */
  take<T>(handle: number, call: IncomingCall, read: () => Awaitable<T>): Awaitable<T> {
    const queue = this.#busy.get(handle);
    return queue === undefined ? this.#begin(handle, call, read) : this.#wait(handle, queue, call, read);
  }

  #begin<T>(handle: number, call: IncomingCall, read: () => Awaitable<T>): Awaitable<T> {
    const answer = read();
    if (!(answer instanceof Promise)) return answer;
    this.#busy.set(handle, new WaitQueue());
    call.onAnswered(() => this.#next(handle));
    return answer;
  }

  async #wait<T>(handle: number, queue: WaitQueue<Wait<void>>, call: IncomingCall, read: () => Awaitable<T>): Promise<T> {
    const wait = new Wait<void>();
    const turn = wait.begin(call.signal, () => void queue.remove(wait));
    queue.push(wait);
    await turn;
    call.onAnswered(() => this.#next(handle));
    return read();
  }

  #next(handle: number): void {
    const queue = this.#busy.get(handle);
    if (queue === undefined || queue.length === 0) this.#busy.delete(handle);
    else queue.shift()?.answer();
  }
}
