/**
 * The messages of one topic of another server, asked for once for all subscribers here. Each is held until all of them have read it, within a bound:
 * one that is too slow asks for what it has missed by itself.
 *
 * It asks for more when a subscriber has read everything: so the fastest sets the pace, and nothing comes that nobody waits for.
 */
import type { Batch } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import { TOPIC_FEED_MAX, TOPIC_FEED_MAX_BYTES, WIRE_BYTES_MAX } from '../base/limits.js';
import type { MemoryBudget } from '../base/memory-budget.js';
import type { Numbered } from '../stream/message-reader.js';
import type { Caller } from '../wire/session/session-handler.js';
import { ask, batchOf, OPEN, tell } from './calls.js';
import { type OpenRequest, sendOpen } from './open-request.js';
import { WholeMessages } from './whole-messages.js';

/** Questions that wait at the topic: as many messages as come at once are under way before the next question is there. */
const QUESTIONS = 4;

/** A subscriber here. */
export interface Member {
  /** Number of its next message. */
  readonly next: number;
  /** There are messages, or the feed is no longer to be had. */
  wake(): void;
}

/** Those of one server, by the number of their topic. */
export type Feeds = Map<number, TopicFeed>;

export class TopicFeed {
  readonly #caller: Caller;
  readonly #handle: number;
  readonly #stream: number;
  readonly #feeds: Feeds;
  readonly #budget: MemoryBudget;
  readonly #ended = new AbortController();
  readonly #members = new Set<Member>();
  #held: Numbered[] = [];
  #bytes = 0;
  /** Nothing from this number on has been let go. */
  #start: number;
  #end: number;
  #asked = 0;
  readonly #whole = new WholeMessages();
  /** Begins at this number; asked with the first question. */
  #from: number;
  #last: Promise<void> = Promise.resolve();
  #isAnswered = false;
  #failure: CircuitError | undefined;

  /** @param from number of the first message that is wanted @param budget of all feeds of this process */
  constructor(
    caller: Caller,
    request: OpenRequest,
    { stream, from }: { readonly stream: number; readonly from: number },
    feeds: Feeds,
    budget: MemoryBudget,
  ) {
    this.#caller = caller;
    this.#handle = request.handle;
    this.#stream = stream;
    this.#feeds = feeds;
    this.#budget = budget;
    this.#start = this.#end = this.#from = from;
    sendOpen(caller, request, OPEN.SHARED);
    feeds.set(stream, this);
  }

  /** Whether it goes on for one whose next message has this number. */
  has(next: number): boolean {
    return this.#failure === undefined && next >= this.#start;
  }

  /** Why it is of no use to anybody, if it never was. */
  get refusal(): CircuitError | undefined {
    return this.#isAnswered ? undefined : this.#failure;
  }

  /** The first message from that number on. */
  at(seq: number): Numbered | undefined {
    return this.#held[this.#indexOf(seq)];
  }

  join(member: Member): void {
    this.#members.add(member);
  }

  leave(member: Member): void {
    if (!this.#members.delete(member)) return;
    if (this.#members.size === 0) this.#finish();
    else this.#trim();
  }

  /** A member has read everything, and waits for more. */
  want(): void {
    while (this.#failure === undefined && this.#asked < QUESTIONS) {
      const from = this.#from;
      this.#from = 0;
      this.#asked++;
      const answer = this.#ask(from);
      answer.catch(() => undefined); // it is waited for below
      // In the order of the questions.
      this.#last = this.#last.then(async () => this.#arrive(await answer)).catch((error: unknown) => this.#fail(CircuitError.from(error)));
    }
  }

  async #ask(from: number): Promise<Batch> {
    try {
      return batchOf(await ask(this.#caller, 'follow', [this.#handle, from, WIRE_BYTES_MAX, 0], this.#ended));
    } finally {
      this.#asked--;
    }
  }

  #arrive(batch: Batch): void {
    if (this.#failure !== undefined) return;
    if (batch.stream !== this.#stream) throw new CircuitError('EIDRM', 'the topic was scrubbed');
    this.#isAnswered = true;
    for (const { seq, bytes } of this.#whole.add(batch)) {
      if (seq < this.#end) continue;
      this.#end = seq + 1;
      this.#held.push({ seq, bytes });
      this.#add(bytes.length);
    }
    while (this.#held.length > 1 && this.#isTooMuch) this.#drop();
    for (const member of this.#members) member.wake();
    this.#trim();
    if (this.#whole.incomplete) this.want();
  }

  get #isTooMuch(): boolean {
    return this.#held.length > TOPIC_FEED_MAX || this.#bytes > TOPIC_FEED_MAX_BYTES || this.#budget.exhausted;
  }

  /** What all have read goes. */
  #trim(): void {
    let least = Infinity;
    for (const { next } of this.#members) least = Math.min(least, next);
    while (this.#held[0] !== undefined && this.#held[0].seq < least) this.#drop();
  }

  #drop(): void {
    const first = this.#held.shift();
    if (first === undefined) return;
    this.#start = first.seq + 1;
    this.#add(-first.bytes.length);
  }

  #add(bytes: number): void {
    this.#bytes += bytes;
    this.#budget.add(bytes);
  }

  /** Where the first message from that number on stands. */
  #indexOf(seq: number): number {
    let [low, high] = [0, this.#held.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#held[middle]?.seq ?? Infinity) < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Its members ask by themselves, and learn what has become of the topic. */
  #fail(error: CircuitError): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#letGo();
    for (const member of [...this.#members]) member.wake();
  }

  #finish(): void {
    if (this.#failure === undefined) this.#letGo();
    this.#failure ??= new CircuitError('EBADF');
  }

  #letGo(): void {
    if (this.#feeds.get(this.#stream) === this) this.#feeds.delete(this.#stream);
    this.#add(-this.#bytes);
    this.#held = [];
    tell(this.#caller, 'close', [this.#handle]);
    this.#ended.abort(new CircuitError('EBADF'));
  }
}
