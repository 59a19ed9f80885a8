/**
 * The newest messages of a topic, numbered from 1 in the order in which they came: so many of them, and so many bytes together.
 *
 * Pure. A message is never changed: what was handed out stays whole when it is no longer held here.
 */

export class MessageLog {
  readonly #keep: number;
  readonly #most_bytes: number;
  /** Those that are held, behind `#dead` that are not any more. */
  #messages: Uint8Array[] = [];
  #dead = 0;
  #start = 1;
  #bytes = 0;

  /** @param keep how many are held at most @param most_bytes and with how many bytes together; the newest is held in any case */
  constructor(keep: number, most_bytes: number) {
    this.#keep = keep;
    this.#most_bytes = most_bytes;
  }

  /** Number of the oldest that is held; of the next to come if there is none. */
  get start(): number {
    return this.#start;
  }

  /** Number of the next to come. */
  get end(): number {
    return this.#start + this.length;
  }

  get length(): number {
    return this.#messages.length - this.#dead;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Undefined if it is no longer held, or not there yet. */
  at(seq: number): Uint8Array | undefined {
    return seq < this.#start ? undefined : this.#messages[this.#dead + seq - this.#start];
  }

  get newest(): Uint8Array | undefined {
    return this.length === 0 ? undefined : this.#messages.at(-1);
  }

  /** @param message not to be written to again */
  append(message: Uint8Array): void {
    this.#messages.push(message);
    this.#bytes += message.length;
    while (this.length > 1 && (this.length > this.#keep || this.#bytes > this.#most_bytes)) this.#drop();
  }

  clear(): void {
    this.#start = this.end;
    this.#messages = [];
    this.#dead = this.#bytes = 0;
  }

  #drop(): void {
    this.#bytes -= this.#messages[this.#dead]?.length ?? 0;
    this.#messages[this.#dead] = NOTHING;
    this.#dead++;
    this.#start++;
    if (this.#dead < 64 || this.#dead * 2 < this.#messages.length) return;
    this.#messages = this.#messages.slice(this.#dead);
    this.#dead = 0;
  }
}

/** Where a message was. */
const NOTHING = new Uint8Array(0);
