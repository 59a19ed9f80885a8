/**
 * Two sessions with a network between them that the test runs by hand: messages arrive when it says so, and connections break with whatever
 * is under way in either direction.
 */
import type { MemoryBudget } from '../../../src/base/memory-budget.js';
import { Session } from '../../../src/wire/session/session.js';
import type { Serve, SessionHandler } from '../../../src/wire/session/session-handler.js';

/** One end, what it would serve, and what is under way to it. */
export class End {
  readonly session: Session;
  /** Messages that the other end has sent and that have not arrived. */
  inbox: Uint8Array[] = [];
  /** Wants to be flushed. */
  pending = false;

  constructor(id: string, serve: SessionHandler | Serve, budget?: MemoryBudget) {
    this.session = new Session({
      peer: { id, role: 'server' },
      serve: typeof serve === 'function' ? serve : () => serve,
      budget,
      pending: () => {
        this.pending = true;
      },
    });
  }

  /** Lets the turn of the event loop end. Returns whether there was something to do. */
  flush(): boolean {
    const was = this.pending;
    this.pending = false;
    if (was) this.session.flush();
    return was;
  }

  /** The next message arrives. Returns whether there was one. */
  arrive(): boolean {
    const message = this.inbox.shift();
    if (message !== undefined) this.session.receive(message);
    return message !== undefined;
  }
}

export class Pair {
  readonly a: End;
  readonly b: End;
  now_ms = 0;
  /** What arrives over another connection is looked at with the next tick. */
  #again = false;

  /** @param budget of each end */
  constructor(a: SessionHandler | Serve, b: SessionHandler | Serve, budget?: readonly [MemoryBudget, MemoryBudget]) {
    this.a = new End('Xb', a, budget?.[0]);
    this.b = new End('Xa', b, budget?.[1]);
  }

  /** The network copies: a sender uses its buffers again. @param older By how many messages each end believes the other one to be behind: it may have asked some time ago. */
  connect(older = 0): void {
    const { a, b } = this;
    if (a.session.received + b.session.received > 0 || older > 0) this.#again = true;
    const [received_a, received_b] = [a, b].map(({ session }) => Math.max(0, session.received - older)) as [number, number];
    a.session.attach({ send: (message) => b.inbox.push(Buffer.from(message)) }, received_b);
    b.session.attach({ send: (message) => a.inbox.push(Buffer.from(message)) }, received_a);
  }

  /** The connection breaks: what is under way is lost. */
  disconnect(): void {
    for (const end of [this.a, this.b]) {
      end.session.detach();
      end.inbox = [];
    }
  }

  #catchUp(): boolean {
    const again = this.#again;
    this.#again = false;
    if (again) this.tick(0);
    return again;
  }

  tick(step_ms = 50): readonly [boolean, boolean] {
    this.now_ms += step_ms;
    return [this.a.session.tick(this.now_ms), this.b.session.tick(this.now_ms)];
  }

  /** Until nothing is under way, promises included. */
  async settle(): Promise<void> {
    const moves = (): boolean => [this.a.flush(), this.b.flush(), this.a.arrive(), this.b.arrive()].includes(true);
    do await new Promise((resolve) => setImmediate(resolve));
    while (moves() || this.#catchUp());
  }
}
