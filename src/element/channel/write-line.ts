/**
 * The writes of one sender that wait, in order; the first may be the place of a writer whose bytes have gone back to it. While its next message waits
 * to be accepted, the sender stands in the channel's line; so it does for its place.
 */
import type { CancelSignal } from '../../base/cancellation.js';
import { PlaceKept, type WaitOptions } from '../../base/bytes.js';
import type { WaitingSender } from '../../stream/ends.js';
import type { MessageQueue } from '../../stream/message-queue.js';
import { WaitQueue } from '../../stream/wait-queue.js';
import { KeptPlace, type WriteCall } from './write-call.js';

export class WriteLine {
  readonly #messages: MessageQueue;
  readonly #sender: WaitingSender;
  readonly #calls = new WaitQueue<WriteCall>();
  #place: KeptPlace | undefined = undefined;

  constructor(messages: MessageQueue, sender: WaitingSender) {
    this.#messages = messages;
    this.#sender = sender;
  }

  get length(): number {
    return this.#calls.length;
  }

  get first(): WriteCall | undefined {
    return this.#calls.first;
  }

  /** A write waits: in the place that its writer has kept, or behind the others. `begun`: its message has been accepted, and has room for no more. */
  wait(call: WriteCall, options: WaitOptions | undefined, begun: () => boolean): Promise<number> {
    const signal = options?.signal;
    const promise = call.begin(signal, () => {
      if (signal?.reason instanceof PlaceKept && !begun() && this.#place === undefined) this.#keepPlace(call);
      else this.#leave(call);
      return call.written > 0 ? call.written : undefined;
    });
    if (this.#place === undefined) this.#calls.push(call);
    else {
      this.#calls.replace(this.#place, call);
      this.#place = undefined;
    }
    if (!begun()) this.join();
    return promise;
  }

  /** Resolves when the writer, which has no bytes here, may go on. Undefined: somebody waits for that already. @throws the signal's reason */
  room(signal: CancelSignal | undefined): Promise<void> | undefined {
    const place = this.#place ?? this.#keepPlace();
    return place.awaited ? undefined : place.room(signal, () => this.leavePlace());
  }

  /** Stands in the channel's line, if it does not yet. */
  join(): void {
    if (this.#sender.queue === undefined) this.#messages.waitToSend(this.#sender);
  }

  /** It is settled. */
  remove(call: WriteCall): void {
    this.#calls.remove(call);
    if (call === this.#place) this.#place = undefined;
  }

  leavePlace(): void {
    if (this.#place === undefined) return;
    this.#leave(this.#place);
    this.#place = undefined;
  }

  /** The sender is closed. */
  cutOff(): void {
    this.#messages.senders.remove(this.#sender);
    this.#place = undefined;
    for (let call = this.#calls.shift(); call !== undefined; call = this.#calls.shift()) call.cutOff();
  }

  #leave(call: WriteCall): void {
    this.#calls.remove(call);
    if (this.#calls.length === 0) this.#messages.senders.remove(this.#sender);
  }

  #keepPlace(call?: WriteCall): KeptPlace {
    const place = new KeptPlace();
    if (call === undefined) this.#calls.push(place);
    else this.#calls.replace(call, place);
    this.#place = place;
    this.join();
    return place;
  }
}
