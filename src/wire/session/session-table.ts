/**
 * The accepting side of sessions: a table of those that peers have begun, each with its present connection, or waiting for the next one.
 */
import { CircuitError } from '../../base/error.js';
import { SESSIONS_MAX, SESSIONS_PEER_MAX, SESSIONS_PER_SOURCE_MAX, SESSION_IDLE_MS, SESSION_RESUME_MS } from '../../base/limits.js';
import { CarriedSession } from './carried-session.js';
import type { Address } from '../../base/address.js';
import type { Clock } from '../../base/clock.js';
import type { LocalProcess, ProcessState } from '../../base/local-process.js';
import type { Connection, Hello, Welcome } from '../transport/connection.js';
import type { Farewell, Serve } from './session-handler.js';
import type { SharedMemory } from '../../base/memory-budget.js';
import { holderOf } from '../transport/source.js';
import { Tally } from '../../base/tally.js';
import { type SessionNote, readSessionNote } from './session-note.js';
import { SessionTicker } from './session-ticker.js';

export interface TableOptions {
  readonly clock: Clock;
  /** What the sessions with a peer at that address share with others of this end, also those that it dials. */
  readonly budgetFor?: (address: string) => SharedMemory;
  readonly serve: Serve;
  /** What is known of a program that has dialled. Absent: nothing. */
  readonly stateOf?: (process: LocalProcess) => ProcessState;
  /** @param from address of the peer */
  readonly log?: (event: { readonly peer: string; readonly session: string; readonly event: string; readonly from: string }) => void;
}

export interface Table {
  /** Answers the hello of a connection with purpose `session`. @param peer where it comes from */
  welcome(hello: Hello, peer: Address): Welcome;
  /** The connection whose hello was welcomed is there. */
  connected(connection: Connection): void;
  /** That server is dead: its sessions end with EHOSTDOWN at once. */
  peerDied(id: string, peer?: Farewell): void;
  /** Resolves when all peers that are connected have what they were answered. */
  heard(): Promise<void>;
  /** Ends all sessions, and refuses new ones. */
  close(reason?: CircuitError): void;
}

export class SessionTable implements Table {
  readonly #options: TableOptions;
  readonly #ticker: SessionTicker;
  readonly #sessions = new Map<string, CarriedSession>();
  /** How many sessions each peer has, and each address from which they were begun: a client makes up its ID. */
  readonly #peers = new Tally();
  readonly #holders = new Tally();
  #closed = false;
  #resumed = 0;

  constructor(options: TableOptions) {
    this.#options = options;
    this.#ticker = new SessionTicker(options.clock);
  }

  /** How many sessions there are. */
  get size(): number {
    return this.#sessions.size;
  }

  /** How often a session went on over another connection. */
  get resumed(): number {
    return this.#resumed;
  }

  welcome(hello: Hello, peer: Address): Welcome {
    const note = readSessionNote(hello.note);
    if (note === undefined) return { refused: 'that says of no session what it is' };
    const known = this.#sessions.get(note.session);
    const carried = known ?? this.#begin(hello, note, peer.host);
    if (typeof carried === 'string') return { refused: carried };
    if (!isOf(carried, hello)) return { refused: 'that session is of another peer' };
    // From now on nothing comes over the old connection: what is told here as received stays true.
    carried.uncarry();
    if (known !== undefined) this.#resumed++;
    return { note: { received: carried.session.received } };
  }

  connected(connection: Connection): void {
    const { hello } = connection;
    const note = readSessionNote(hello.note);
    const carried = note === undefined ? undefined : this.#sessions.get(note.session);
    if (note !== undefined && carried !== undefined && isOf(carried, hello)) carried.carry(connection, note.received);
    else connection.destroy();
  }

  peerDied(id: string, peer?: Farewell): void {
    if (this.#peers.of(id) === 0) return;
    const died = new CircuitError('EHOSTDOWN', `${id} died`);
    for (const { session } of this.#sessions.values()) if (session.peer.id === id) session.end(died, peer);
  }

  async heard(): Promise<void> {
    await new Promise<void>((resolve) => this.#options.clock.soon(resolve)); // what is answered in this turn goes first
    // Messages come in order: who answers this, if only that it knows no such call, has all that came before it.
    const asked = [...this.#sessions.values()].filter(({ session }) => session.attached && !session.idle);
    await Promise.allSettled(asked.map(({ session }) => session.call('recall', [])));
  }

  close(reason: CircuitError = new CircuitError('EHOSTDOWN', 'this server stops')): void {
    this.#closed = true;
    for (const { session } of this.#sessions.values()) session.end(reason);
  }

  /** A new session, or why there is none. */
  #begin(
    { id, role }: Hello,
    { session, received, fresh, patience_ms = SESSION_RESUME_MS, process }: SessionNote,
    from: string,
  ): CarriedSession | string {
    const holder = holderOf(from);
    if (this.#closed) return 'this server stops';
    if (!fresh || received > 0) return 'that session is over';
    const log = (event: string): void => this.#options.log?.({ peer: id, session, event, from });
    const refuse = (why: string): string => {
      log(`refused: ${why}`);
      return why;
    };
    if (this.#peers.of(id) >= SESSIONS_PEER_MAX || this.#sessions.size >= SESSIONS_MAX) return refuse('there are too many sessions');
    if (this.#holders.of(holder) >= SESSIONS_PER_SOURCE_MAX) return refuse('there are too many sessions from this address');
    const { stateOf } = this.#options;
    // One that cannot be seen now would seem to have ended.
    const seen = process !== undefined && stateOf?.(process) === 'running' ? process : undefined;
    const carried = new CarriedSession({
      peer: { id, role },
      serve: this.#options.serve,
      clock: this.#options.clock,
      ticker: this.#ticker,
      budget: this.#options.budgetFor?.(from),
      // The dialling end closes it; this is for one that has vanished.
      idle_ms: 2 * SESSION_IDLE_MS,
      patience_ms: Math.min(patience_ms, SESSION_RESUME_MS),
      isGone: seen && (() => stateOf?.(seen) === 'gone'),
      broke: (why) => log(`broken: ${why}`),
      ended: (reason) => {
        this.#sessions.delete(session);
        this.#peers.remove(id);
        this.#holders.remove(holder);
        log(`ended: ${reason.message}`);
      },
    });
    this.#sessions.set(session, carried);
    this.#peers.add(id);
    this.#holders.add(holder);
    log('begun');
    return carried;
  }
}

function isOf({ session: { peer } }: CarriedSession, hello: Hello): boolean {
  return peer.id === hello.id && peer.role === hello.role;
}
