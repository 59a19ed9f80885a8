/**
 * The server that a client goes through, and who takes its place when it is gone: another member of the circuit, a server that was named, or one
 * that discovery finds.
 *
 * It is left when its session has ended, or when it gives no sign of life and another one answers. Where nobody else answers, its session goes on
 * as long as its patience lasts: then a short outage loses nothing.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { formatAddress, type ServerUrl } from '../base/address.js';
import type { WaitOptions } from '../base/bytes.js';
import { CircuitError, isCircuitError } from '../base/error.js';
import { unlessAborted } from '../base/within.js';
import { ask } from '../remote/calls.js';
import type { Way } from '../remote/way.js';
import type { Member } from '../tree/server-tree.js';
import type { Serve, SessionHandler } from '../wire/session/session-handler.js';
import type { Session } from '../wire/session/session.js';
import type { Transport } from '../wire/transport/connection.js';
import type { Log } from '../base/log.js';
import { type Candidate, othersThan } from './candidates.js';
import { type Contact, Contacts, memberOf } from './contacts.js';
import { Pulse } from './pulse.js';
import { ServerSearch } from './server-search.js';
import { WatchedTransport } from './watched-transport.js';

/** A server that has not answered for so long is not waited for alone. */
const STAGGER_MS = 250;
/** The same at the beginning: the servers are tried in the order in which they were named. */
const FIRST_STAGGER_MS = 1000;
/** For another server to answer. */
const ANSWER_MS = 3000;
/** Between two attempts to hear who is there. */
const RETRY_MS = 1000;

/** Which servers may be gone through, and who is told. */
export interface ServerWayOptions {
  readonly transport: Transport;
  /** Those that were named; an ID may lack. */
  readonly urls: readonly ServerUrl[];
  /** Finds any other; absent if none is to be looked for. */
  readonly find?: ((signal: AbortSignal) => Promise<ServerUrl>) | undefined;
  readonly patience_ms?: number | undefined;
  readonly serve: Serve;
  readonly log: Log;
  /** This is the server to go through from now on; told before the first `changed`. */
  readonly entered: (id: string) => void;
  /** These are the live servers now. */
  readonly changed: (members: readonly Member[]) => void;
}

/** The way through one server at a time. */
export class ServerWay implements Way {
  readonly #options: ServerWayOptions;
  readonly #contacts: Contacts;
  readonly #closed = new AbortController();
  readonly #lost = new WeakSet();
  /** Its ID; empty before the first has answered. */
  #present = '';
  /** Its session has ended. */
  #over = false;
  #members: readonly Member[] = [];
  #version = 0;
  #epoch = 0;
  #waiting = 0;
  #pulse = new Pulse(performance.now());
  /** For another server. */
  readonly #search = new ServerSearch((signal) => this.#look(signal), this.#closed.signal);
  /** Of the next look at the pulse. */
  #timer: NodeJS.Timeout | undefined;
  #due_ms = 0;

  constructor(options: ServerWayOptions) {
    this.#options = options;
    const { transport, serve, patience_ms, log, find } = options;
    this.#contacts = new Contacts({
      transport: new WatchedTransport(transport, {
        heard: (id) => {
          if (id === this.#present) this.#heard();
        },
        failed: (id) => {
          if (id === this.#present) this.#search.suspect();
        },
      }),
      patience_ms,
      log,
      find,
      serve: (session) => this.#serving(session.peer.id, serve(session)),
    });
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** The session to the server of now. */
  get session(): Session {
    return this.#contacts.session(this.#present);
  }

  /**
   * Goes through the first server that answers; to be called once.
   * @throws CircuitError EHOSTDOWN, EACCES with why none does; the signal's reason
   */
  async enter(signal: AbortSignal | undefined): Promise<void> {
    const { urls, find } = this.#options;
    const candidates: readonly Candidate[] = find === undefined ? urls : [...urls, 'anybody'];
    const ended = signal === undefined ? this.#closed.signal : AbortSignal.any([signal, this.#closed.signal]);
    this.#await();
    this.#goThrough(await this.#contacts.first(candidates, { stagger_ms: FIRST_STAGGER_MS, signal: ended }));
    void this.#follow();
  }

  settle(options?: WaitOptions): Promise<void> | undefined {
    const search = this.#search.underWay ?? (this.#over && !this.closed ? this.#search.begin() : undefined);
    if (search === undefined) return undefined;
    const signal = options?.signal;
    return signal === undefined ? search : unlessAborted(signal, search);
  }

  isLost(error: unknown): boolean {
    return error instanceof CircuitError && this.#lost.has(error);
  }

  async watch<T>(answer: Promise<T>): Promise<T> {
    if (this.#waiting++ === 0 && !this.closed) this.#await(); // sooner than while nobody waits
    try {
      return await answer;
    } finally {
      this.#waiting--;
    }
  }

  close(reason: CircuitError): void {
    this.#closed.abort(reason);
    clearTimeout(this.#timer);
    this.#contacts.close(reason);
  }

  /** There is a session to say something in. */
  get isOpen(): boolean {
    return !this.#over && !this.closed;
  }

  get closed(): boolean {
    return this.#closed.signal.aborted;
  }

  #serving(id: string, handler: SessionHandler): SessionHandler {
    return {
      handle: (name, args, call) => handler.handle(name, args, call),
      ended: (reason, peer) => {
        handler.ended?.(reason, peer);
        if (this.closed) return;
        this.#lost.add(reason);
        if (id !== this.#present) return;
        this.#over = true;
        this.#epoch++;
        this.#search.atOnce();
      },
    };
  }

  #heard(): void {
    this.#pulse.heard(performance.now());
    if (!this.#over) this.#search.callOff();
  }

  /** Sets the timer for the next look. Between two attempts to reach a server that is gone nothing else would keep the program that waits for it. */
  #await(): void {
    const now_ms = performance.now();
    this.#due_ms = this.#pulse.next_ms(now_ms, this.#waiting > 0);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tick(), this.#due_ms - now_ms);
  }

  #tick(): void {
    if (this.#present !== '' && !this.#over) {
      const said = this.#pulse.tick(performance.now(), this.#due_ms, this.#waiting > 0);
      // The answer is a sign of life like any other.
      if (said === 'ask') ask(this.session, 'sync', []).catch(() => undefined);
      else if (said === 'silent') this.#search.suspect();
    }
    if (!this.closed) this.#await();
  }

  /** Resolves when there is a server to go through: another one, or the same as before. @throws CircuitError EHOSTDOWN, EACCES */
  async #look(signal: AbortSignal): Promise<void> {
    try {
      this.#goThrough(await this.#contacts.first(this.#candidates(), { stagger_ms: STAGGER_MS, limit_ms: ANSWER_MS, signal }));
    } catch (error) {
      this.#contacts.keepOnly(this.#present);
      if (this.closed) throw this.#closed.signal.reason;
      if (this.#over)
        throw isCircuitError(error) ? error : new CircuitError('EHOSTDOWN', `${this.#present} is gone, and no other server answers`);
    }
  }

  /** The present one at last, unless its session dials it anyhow: whichever server is there now, if it was named without an ID. */
  #candidates(): readonly Candidate[] {
    const { urls, find } = this.#options;
    const present = this.#contacts.urlOf(this.#present);
    if (present === undefined) return urls;
    const same = urls.find((url) => formatAddress(url) === formatAddress(present)) ?? present;
    const others = othersThan(present, this.#members, urls);
    return [...others, ...(find === undefined ? [] : ['anybody' as const]), ...(this.#over ? [same] : [])];
  }

  #goThrough({ id, version, members }: Contact): void {
    const before = this.#present;
    if (id === before && !this.#over) return; // it was only slow
    this.#present = id;
    this.#over = false;
    this.#epoch++;
    this.#version = version;
    this.#members = members;
    this.#pulse = new Pulse(performance.now());
    this.#contacts.keepOnly(id);
    if (before !== '' && before !== id) this.#options.log('warn', `${before} gives no sign of life: going on through ${id}`);
    this.#options.entered(id);
    this.#options.changed(members);
  }

  /** Keeps the list of servers up to date until the client is closed. */
  async #follow(): Promise<void> {
    const { signal } = this.#closed;
    const pause = (): Promise<void> => delay(RETRY_MS, undefined, { signal, ref: false }).catch(() => undefined);
    while (!signal.aborted) {
      await this.settle()?.catch(pause);
      if (this.#over) continue;
      const epoch = this.#epoch;
      try {
        const { version, members } = await ask(this.session, 'members', [this.#version], { signal });
        if (this.#epoch !== epoch) continue;
        this.#version = version;
        this.#members = members.map(memberOf);
        this.#options.changed(this.#members);
      } catch {
        if (this.#epoch !== epoch) continue;
        this.#version = 0; // whoever answers next tells all
        await pause();
      }
    }
  }
}
