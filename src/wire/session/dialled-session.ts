/**
 * One session that this end has begun: dials, carries, and dials again while the connection is broken, until the session ends.
 */
import type { Address } from '../../base/address.js';
import { CircuitError } from '../../base/error.js';
import type { LocalProcess } from '../../base/local-process.js';
import { SESSION_IDLE_MS } from '../../base/limits.js';
import { CarriedSession } from './carried-session.js';
import type { Clock } from '../../base/clock.js';
import { type Connection, DialError, type DialOptions, type Transport } from '../transport/connection.js';
import type { Session } from './session.js';
import type { Peer, Serve } from './session-handler.js';
import type { SharedMemory } from '../../base/memory-budget.js';
import { type SessionNote, readWelcomeNote } from './session-note.js';
import type { SessionTicker } from './session-ticker.js';

/** For a whole handshake. */
const DIAL_MS = 5000;
/** Between one attempt and the next: at once, then twice as long each time. */
const RETRY_FIRST_MS = 50;
const RETRY_LAST_MS = 1000;
/** A connection that lasted so long was a good one: when it breaks, the next attempt is made at once. */
const GOOD_MS = 1000;

/** How all sessions of one end are dialled. */
export interface SessionDiallerOptions {
  /** This end. */
  readonly self: Peer;
  readonly transport: Transport;
  readonly clock: Clock;
  /** Where a server is now; undefined: nobody knows, which is as good as down. Asked at each dial. */
  readonly addressOf: (id: string) => Address | undefined;
  /** Draws the ID of a session: 32 hex digits that nobody can guess. */
  readonly drawId: () => string;
  readonly serve: Serve;
  /** What the sessions with that server share with others of this end, also those that it accepts. */
  readonly budgetFor?: (server: string) => SharedMemory;
  /** How long it is redialled before the session is given up; `SESSION_RESUME_MS` by default. */
  readonly patience_ms?: number;
  /** This program, told to the servers that it dials, so that they know when it has ended; for clients. */
  readonly process?: LocalProcess | undefined;
  /** A session that never was connected ends when its dial fails: for clients, whom nobody else tells that a server is down. */
  readonly failedIsDown?: boolean;
  /** Told of what is worth a line in the log. */
  readonly log?: (event: { readonly peer: string; readonly session: string; readonly event: string }) => void;
}

export interface DialledOptions extends SessionDiallerOptions {
  readonly ticker: SessionTicker;
  readonly patience_ms: number;
  readonly ended: () => void;
}

export class DialledSession {
  readonly id: string;
  readonly #peer: string;
  readonly #options: DialledOptions;
  readonly #carried: CarriedSession;
  #fresh = true;
  #failures = 0;
  #connected_ms = 0;
  #dial: AbortController | undefined = undefined;
  #callOff: (() => void) | undefined = undefined;

  constructor(peer: string, options: DialledOptions) {
    this.id = options.drawId();
    this.#peer = peer;
    this.#options = options;
    const { clock, ticker, serve, budgetFor, patience_ms } = options;
    this.#carried = new CarriedSession({
      peer: { id: peer, role: 'server' },
      serve,
      clock,
      ticker,
      budget: budgetFor?.(peer),
      idle_ms: SESSION_IDLE_MS,
      patience_ms,
      broke: (why) => this.#broke(why),
      ended: (reason) => this.#ended(reason),
    });
  }

  get session(): Session {
    return this.#carried.session;
  }

  /** Dials; to be called once, everything after that follows. */
  connect(): void {
    const { session } = this;
    const { transport, addressOf, clock } = this.#options;
    this.#callOff = undefined;
    if (session.reason !== undefined) return;
    const address = addressOf(this.#peer);
    if (address === undefined) {
      session.end(new CircuitError('EHOSTDOWN', `no live server ${this.#peer} in this circuit`));
      return;
    }
    const dial = new AbortController();
    this.#dial = dial;
    transport.dial({ ...this.#greeting(address), timeout_ms: DIAL_MS, signal: dial.signal }).then(
      (connection) => {
        if (this.#dial !== dial) connection.destroy();
        else this.#connected(connection, clock.now_ms());
      },
      (error: unknown) => {
        if (this.#dial === dial) this.#failed(error);
      },
    );
  }

  #greeting(address: Address): Pick<DialOptions, 'address' | 'hello'> {
    const { patience_ms, process } = this.#options;
    const note: SessionNote = {
      ...{ session: this.id, received: this.session.received, fresh: this.#fresh, patience_ms },
      ...(process !== undefined && { process }),
    };
    return { address, hello: { ...this.#options.self, purpose: 'session', to: this.#peer, note } };
  }

  #connected(connection: Connection, now_ms: number): void {
    this.#dial = undefined;
    const received = readWelcomeNote(connection.hello.note);
    if (received === undefined) {
      connection.destroy();
      this.session.end(new CircuitError('EHOSTDOWN', `${this.#peer} does not keep to the protocol: it does not say what it has received`));
      return;
    }
    this.#fresh = false;
    this.#connected_ms = now_ms;
    this.#log('connected');
    this.#carried.carry(connection, received);
  }

  #failed(error: unknown): void {
    this.#dial = undefined;
    const message = error instanceof Error ? error.message : String(error);
    const failure = error instanceof DialError ? error.failure : 'local';
    this.#log(`${failure}: ${message}`);
    if (failure === 'key') this.session.end(new CircuitError('EACCES', `${this.#peer} has another key: ${message}`, { cause: error }));
    else if (failure === 'stranger') this.session.end(new CircuitError('EHOSTDOWN', `${this.#peer} is gone: ${message}`, { cause: error }));
    else if (failure === 'rejected') this.session.end(new CircuitError('EHOSTDOWN', `${this.#peer} refuses: ${message}`, { cause: error }));
    else if (this.#fresh && this.#options.failedIsDown === true) {
      // Nothing was begun that could be lost: a caller learns that at once.
      this.session.end(new CircuitError('EHOSTDOWN', `${this.#peer} is down: ${message}`, { cause: error }));
    } else this.#retry();
  }

  #broke(why: string): void {
    this.#log(`broken: ${why}`);
    if (this.#options.clock.now_ms() - this.#connected_ms >= GOOD_MS) this.#failures = 0;
    this.#retry();
  }

  #retry(): void {
    if (this.session.reason !== undefined) return;
    const delay_ms = this.#failures === 0 ? 0 : Math.min(RETRY_FIRST_MS * 2 ** (this.#failures - 1), RETRY_LAST_MS);
    this.#failures++;
    this.#callOff = this.#options.clock.after(delay_ms, () => this.connect());
  }

  #ended(reason: CircuitError): void {
    this.#callOff?.();
    const dial = this.#dial;
    this.#dial = undefined;
    dial?.abort(reason);
    this.#log(`ended: ${reason.message}`);
    this.#options.ended();
  }

  #log(event: string): void {
    this.#options.log?.({ peer: this.#peer, session: this.id, event });
  }
}
