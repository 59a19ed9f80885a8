/**
 * A session and the connection that carries it at present. Carries messages between the two and decides nothing; a message or an end of a
 * connection that was replaced reaches nobody.
 */
import type { CircuitError } from '../../base/error.js';
import type { Clock } from '../../base/clock.js';
import type { Connection } from '../transport/connection.js';
import type { SharedMemory } from '../../base/memory-budget.js';
import { Session } from './session.js';
import type { Peer, Serve } from './session-handler.js';
import type { SessionTicker } from './session-ticker.js';

/** How long what may wait for something to ride with waits at most, in ms. */
const LAZY_MS = 1;

export interface CarriedOptions {
  readonly peer: Peer;
  readonly serve: Serve;
  readonly clock: Clock;
  readonly ticker: SessionTicker;
  readonly budget?: SharedMemory | undefined;
  /** The connection broke, and the session goes on without. */
  readonly broke: (why: string) => void;
  /** How long it may stay idle, in ms. */
  readonly idle_ms: number;
  /** How long it may be without a connection, in ms. */
  readonly patience_ms: number;
  /** Whether the peer is known to have ended. */
  readonly isGone?: (() => boolean) | undefined;
  readonly ended: (reason: CircuitError) => void;
}

export class CarriedSession {
  readonly session: Session;
  readonly idle_ms: number;
  readonly patience_ms: number;
  readonly #options: CarriedOptions;
  #connection: Connection | undefined = undefined;
  /** Since when it is without a connection; undefined while it has one. */
  broken_ms: number | undefined;
  /** Since when it is known to be idle. */
  idleSince_ms: number | undefined;

  constructor(options: CarriedOptions) {
    const { clock, ticker, peer, serve, budget, idle_ms, patience_ms } = options;
    this.#options = options;
    this.idle_ms = idle_ms;
    this.patience_ms = patience_ms;
    this.broken_ms = clock.now_ms();
    const flush = (): void => {
      ticker.wake(this);
      this.session.flush();
    };
    const pending = (lazily: boolean): void => (lazily ? void clock.after(LAZY_MS, flush) : clock.soon(flush));
    this.session = new Session({ peer, serve, pending, budget, ended: (reason) => this.#over(reason) });
    ticker.add(this);
  }

  /** Goes on over this connection, in place of the one before. */
  carry(connection: Connection, received: number): void {
    this.uncarry();
    this.#connection = connection;
    this.broken_ms = undefined;
    connection.receive({
      message: (bytes) => {
        if (this.#connection !== connection) return;
        const { ticker, clock } = this.#options;
        if (ticker.isLate(clock.now_ms())) this.session.stalled();
        ticker.wake(this);
        this.session.receive(bytes);
      },
      closed: (why) => {
        if (this.#connection === connection) this.break(why);
      },
    });
    this.session.attach({ send: (message) => connection.send(message) }, received);
  }

  get isGone(): boolean {
    return this.#options.isGone?.() === true;
  }

  /** Lets go of the connection, if there is one: nothing more comes from it. */
  uncarry(): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    this.#connection = undefined;
    this.broken_ms = this.#options.clock.now_ms();
    connection.destroy();
    this.session.detach();
  }

  /** The connection is no good any more. */
  break(why: string): void {
    this.uncarry();
    this.#options.ticker.wake(this);
    this.#options.broke(why);
  }

  #over(reason: CircuitError): void {
    const connection = this.#connection;
    this.#connection = undefined;
    // What was sent last tells the other end why.
    connection?.close(reason.message);
    this.#options.ticker.remove(this);
    this.#options.ended(reason);
  }
}
