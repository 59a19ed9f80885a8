/**
 * A subscriber to a topic on another server. What is published is asked for once for all subscribers of this process (`TopicFeed`); what was there
 * before, or was missed while this one was slow, it asks for by itself, by the reader that it has open there.
 */
import type { Awaitable, Batch, ReaderMode, TransferOptions, WaitOptions } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import type { MemoryBudget } from '../base/memory-budget.js';
import { MessageReader, type Numbered } from '../stream/message-reader.js';
import type { Caller } from '../wire/session/session-handler.js';
import { LEAST_BYTES } from './ahead-budgets.js';
import { ask, batchOf, OPEN, tell, TRANSFER } from './calls.js';
import { type OpenRequest, sendOpen, whenOpened } from './open-request.js';
import { type Feeds, type Member, TopicFeed } from './topic-feed.js';
import { WholeMessages } from './whole-messages.js';
import { unlessAborted } from '../base/within.js';

/** What the subscribers to topics of one server have in common. */
export interface Following {
  readonly feeds: Feeds;
  /** Of the feeds of all servers. */
  readonly budget: MemoryBudget;
}

export class RemoteSubscriber extends MessageReader implements Member {
  readonly #caller: Caller;
  /** For another reader of the same file. */
  readonly #request: () => OpenRequest;
  readonly #handle: number;
  readonly #following: Following;
  readonly #letGo: () => void;
  readonly #ended = new AbortController();
  #stream: number | undefined;
  #feed: TopicFeed | undefined;
  /** What it has asked for by itself, and has not read. */
  #caught: Numbered[] = [];
  readonly #whole = new WholeMessages();
  #catching: Promise<void> | undefined;
  #failure: CircuitError | undefined;

  constructor(caller: Caller, request: () => OpenRequest, following: Following, mode?: ReaderMode) {
    super({ cursor: undefined, unacked: mode?.unacked === true });
    this.#caller = caller;
    this.#request = request;
    const own = request();
    this.#handle = own.handle;
    this.#following = following;
    this.#letGo = caller.hold();
    sendOpen(caller, own, (mode?.lazy === true ? OPEN.LAZY : 0) | (mode?.shared === true ? OPEN.SHARED : 0));
  }

  /**
   * Resolves when the other side has opened the file, and it is known here where it begins: who misses from there on what goes before the first read
   * is told. @throws CircuitError what it fails with
   */
  async opened(options?: WaitOptions): Promise<this> {
    try {
      await Promise.all([whenOpened(this, () => this.close(), this.#caller, this.#handle, options), this.probe(options)]);
      return this;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  override read(max: number, options?: TransferOptions): Awaitable<Uint8Array> {
    if (options?.nonblock !== true || this.ready()) return super.read(max, options);
    return this.probe(options).then(() => super.read(max, options));
  }

  override follow(from: number, most: number, options?: WaitOptions): Awaitable<Batch> {
    if (from > 0) this.#restart();
    return super.follow(from, most, options);
  }

  /** Asks what there is. */
  async probe(options?: WaitOptions): Promise<void> {
    if (this.ready()) return;
    const signal = options?.signal;
    const caught = this.#catchUp();
    await (signal === undefined ? caught : unlessAborted(signal, caught));
  }

  /** Of the feed: where this one goes on. */
  get next(): number {
    return this.cursor ?? Infinity;
  }

  waiting(): void {
    if (this.reads.closed || this.#failure !== undefined || this.#catching !== undefined) return;
    // What it finds there may be what is waited for.
    if (this.#joinIfThere() && this.ready()) this.wake();
    else if (this.#feed === undefined) void this.#catchUp();
    else this.#feed.want();
  }

  protected seek(cursor: number | undefined): Numbered | undefined {
    const [caught] = this.#caught;
    if (caught !== undefined) return caught;
    if (cursor !== undefined) this.#leaveIfGone(cursor);
    if (this.#failure !== undefined) throw this.#failure;
    if (cursor === undefined) return undefined;
    return this.#feed?.at(cursor);
  }

  protected passed(message: Numbered): void {
    if (this.#caught[0] === message) this.#caught.shift();
  }

  protected get stream(): number {
    return this.#stream ?? 0;
  }

  protected override async latest(batch: () => Batch | undefined): Promise<Batch> {
    await this.#catchUp();
    return batch() ?? this.nothing();
  }

  protected left(): void {
    this.#caught = [];
    this.#feed?.leave(this);
    this.#feed = undefined;
    this.#ended.abort(new CircuitError('EBADF'));
    tell(this.#caller, 'close', [this.#handle]);
    this.#letGo();
  }

  /** It goes on elsewhere in the stream. */
  #restart(): void {
    this.#caught = [];
    this.#feed?.leave(this);
    this.#feed = undefined;
  }

  #leaveIfGone(cursor: number): void {
    if (this.#feed === undefined || this.#feed.has(cursor)) return;
    this.#failure = this.#feed.refusal;
    this.#feed.leave(this);
    this.#feed = undefined;
  }

  /** Whether it joins. */
  #joinIfThere(): boolean {
    const cursor = this.cursor;
    if (this.#feed !== undefined || this.#stream === undefined || cursor === undefined || this.#caught.length > 0) return false;
    const feed = this.#following.feeds.get(this.#stream);
    if (feed?.has(cursor) !== true) return false;
    this.#join(feed);
    return true;
  }

  #join(feed: TopicFeed): void {
    feed.join(this);
    this.#feed = feed;
  }

  /** One at a time. */
  #catchUp(): Promise<void> {
    this.#catching ??= this.#ask()
      .catch((error: unknown) => {
        this.#failure ??= CircuitError.from(error);
      })
      .finally(() => {
        this.#catching = undefined;
        if (!this.reads.closed) this.wake();
      });
    return this.#catching;
  }

  async #ask(): Promise<void> {
    if (this.#failure !== undefined || this.#caught.length > 0) return;
    for (let from = this.cursor ?? 0; ; from = 0) {
      const args = [this.#handle, from, LEAST_BYTES, TRANSFER.NONBLOCK] as const;
      const batch = batchOf(await ask(this.#caller, 'follow', [...args], this.#ended));
      this.#stream ??= batch.stream;
      if (this.#stream !== batch.stream) throw new CircuitError('EIDRM', 'the topic was scrubbed');
      this.#caught.push(...this.#whole.add(batch));
      if (batch.messages.length === 0) this.#hasAll(batch.seq);
      if (!this.#whole.incomplete) return;
    }
  }

  /** Nothing is there that it has not read: what comes from this number on, the feed brings. */
  #hasAll(next: number): void {
    if (this.reads.closed || this.#stream === undefined) return;
    this.startAt(next);
    this.#joinIfThere();
    if (this.#feed !== undefined) return;
    const { feeds, budget } = this.#following;
    this.#join(new TopicFeed(this.#caller, this.#request(), { stream: this.#stream, from: next }, feeds, budget));
  }
}
