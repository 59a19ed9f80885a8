/**
 * The messages of a queue that wait to be received, in the order of their serials.
 */
import type { Message } from './message.js';
import { WaitQueue } from './wait-queue.js';

export class Buffered extends WaitQueue<Message> {
  /** Puts one back in its place. Those before it are others that were put back, and few. */
  putBack(message: Message): void {
    for (const next of this) {
      if (next.serial < message.serial) continue;
      this.insert(message, next);
      return;
    }
    this.push(message);
  }

  /** Takes the first, behind `count` others that were taken ahead: if it is whole and not too long, and more are left for others. */
  takeAhead(count: number, max_bytes: number): Message | undefined {
    if (this.length <= count || (this.first?.whole_bytes ?? Number.POSITIVE_INFINITY) > max_bytes) return undefined;
    return this.shift();
  }
}
