/**
 * Who is in the circuit, for a daemon: drives the membership core with real connections and a real clock, and decides nothing itself.
 *
 * The core asks for dials and messages and is told what came of them, one step at a time; what a step causes at once is taken up after it.
 */
import { type Address, formatAddress, parseAddress } from '../base/address.js';
import type { Clock } from '../wire/clock.js';
import type { Log } from '../wire/complaint.js';
import { type Connection, DialError, type Hello, type Transport, type Welcome } from '../wire/connection.js';
import { Joinings } from './joinings.js';
import { decodeMessage, encodeMessage } from './membership/codec.js';
import type { Counters } from './membership/counters.js';
import { Membership } from './membership/membership.js';
import type { Message } from './membership/message.js';
import type { Dial, Effects, Event, Input, Token } from './membership/protocol.js';
import { DEAD, type Identity, type Member, STATES } from './membership/record.js';

export interface ClusterOptions {
  readonly identity: Identity;
  readonly transport: Transport;
  readonly clock: Clock;
  /** For the core's randomness. */
  readonly seed: number;
  /** Given to every server that cannot be reached, on top of the usual. */
  readonly patience_ms: number;
  readonly log: Log;
  /** The live servers are others now; told at the end of the turn. */
  readonly onChange: () => void;
  /** A server has left or is dead: nothing more is to be expected of it. */
  readonly onGone: (id: string) => void;
}

/** A connection that was welcomed and does not come for so long will not come. */
const WELCOMED_MS = 10_000;
/** How long good-byes may take to go out. */
const LEAVE_MS = 500;

export class Cluster implements Effects {
  readonly #options: ClusterOptions;
  readonly #core: Membership;
  readonly #connections = new Map<Token, Connection>();
  readonly #dials = new Map<Token, AbortController>();
  /** Welcomed, and not yet here: how to call off the wait for them. */
  readonly #welcomed = new Map<Token, () => void>();
  /** What is to be sent when they are. */
  readonly #unsent = new Map<Token, Uint8Array[]>();
  readonly #tokens = new WeakMap<Hello, Token>();
  readonly #joinings: Joinings;
  readonly #inputs: Input[] = [];
  #stepping = false;
  #changed = false;
  #lastToken: Token = 0;
  #welcome: Welcome | undefined;
  #callOffTimer: () => void = () => undefined;
  #left = false;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#joinings = new Joinings(options.clock);
    const { identity, seed, patience_ms } = options;
    this.#core = new Membership({ identity, effects: this, seed, patience_ms });
  }

  /** Begins, through the servers at these addresses if there are any. */
  begin(seeds: readonly Address[]): void {
    this.#feed({ kind: 'start', seeds: seeds.map(formatAddress) });
  }

  /** The live servers, this one included, in the order in which they joined. */
  members(): readonly Member[] {
    const live = [...this.#core.members()].filter(({ state }) => STATES.indexOf(state) < DEAD);
    return live.sort((a, b) => a.joined_ms - b.joined_ms || (a.id < b.id ? -1 : 1));
  }

  /** How many are alive, this server included. */
  get size(): number {
    return this.#core.size;
  }

  /** A hash of the live view, 8 bytes. */
  get digest(): Uint8Array {
    return this.#core.digest;
  }

  get counters(): Readonly<Counters> {
    return this.#core.counters;
  }

  member(id: string): Member | undefined {
    return this.#core.member(id);
  }

  /** Where a live server is; undefined for one that is not. */
  addressOf(id: string): Address | undefined {
    const member = this.#core.member(id);
    return member === undefined || STATES.indexOf(member.state) >= DEAD ? undefined : parse(member.address);
  }

  /** Answers the hello of a server whose purpose is not a session. */
  welcome(hello: Hello): Welcome {
    const { purpose, role, id, note } = hello;
    if (purpose === 'session' || role !== 'server') return { refused: 'only servers are members' };
    const token = ++this.#lastToken;
    this.#welcome = undefined;
    this.#welcomed.set(
      token,
      this.#options.clock.after(WELCOMED_MS, () => this.#lost(token)),
    );
    this.#feed({ kind: 'accepted', token, id, purpose, note });
    const welcome = this.#welcome as Welcome | undefined;
    if (welcome === undefined || 'refused' in welcome) {
      this.#welcomed.get(token)?.();
      this.#welcomed.delete(token);
      this.#unsent.delete(token);
      return welcome ?? { refused: 'this server is busy' };
    }
    this.#tokens.set(hello, token);
    return welcome;
  }

  /** The connection whose hello was welcomed is there. */
  connected(connection: Connection): void {
    const token = this.#tokens.get(connection.hello);
    const wait = token === undefined ? undefined : this.#welcomed.get(token);
    if (token === undefined || wait === undefined) return connection.close();
    wait();
    this.#welcomed.delete(token);
    this.#connections.set(token, connection);
    this.#listen(token, connection);
    for (const message of this.#unsent.get(token) ?? []) connection.send(message);
    this.#unsent.delete(token);
  }

  /** Discovery has heard of a server. */
  hint(address: Address, id: string | undefined, digest: Uint8Array | undefined): void {
    this.#feed({ kind: 'hint', address: formatAddress(address), id, digest });
  }

  /**
   * Joins the circuit of the server at that address; resolves when it is a member of this one.
   * @throws CircuitError EHOSTDOWN with why it could not be reached
   */
  join(address: Address, id: string | undefined): Promise<void> {
    const text = formatAddress(address);
    const isMember = (): boolean => this.members().some((member) => member.address === text && (id === undefined || member.id === id));
    return this.#joinings.join(text, () => this.#feed({ kind: 'hint', address: text, id }), isMember);
  }

  /** Says good-bye to all; resolves when that has gone out, or has taken too long. */
  async leave(): Promise<void> {
    if (this.#left) return;
    this.#left = true;
    this.#feed({ kind: 'leave' });
    this.#callOffTimer();
    for (const dial of this.#dials.values()) dial.abort();
    const { clock } = this.#options;
    await new Promise<void>((resolve) => {
      const end_ms = clock.now_ms() + LEAVE_MS;
      const look = (): void => {
        const busy = [...this.#connections.values()].some(({ queued_bytes }) => queued_bytes > 0);
        if (busy && clock.now_ms() < end_ms) clock.after(10, look);
        else resolve();
      };
      look();
    });
    for (const connection of this.#connections.values()) connection.close();
  }

  dial({ token, address, id, purpose, note, timeout_ms }: Dial): void {
    const { transport, identity } = this.#options;
    const where = parse(address);
    if (where === undefined) {
      this.#feed({ kind: 'failed', token, failure: 'unreachable' });
      return;
    }
    const controller = new AbortController();
    this.#dials.set(token, controller);
    transport
      .dial({
        address: where,
        hello: { id: identity.id, role: 'server', purpose, to: id, note },
        timeout_ms,
        signal: controller.signal,
        onConnected: () => this.#whileDialling(token, { kind: 'connected', token }),
      })
      .then(
        (connection) => {
          if (!this.#dials.delete(token)) return connection.close();
          this.#connections.set(token, connection);
          // The core hears of the connection before it hears what comes over it; it may have had enough of it then.
          this.#feed({ kind: 'established', token, id: connection.hello.id, note: connection.hello.note });
          this.#listen(token, connection);
        },
        (error: unknown) => {
          if (!this.#dials.delete(token)) return;
          const failure = error instanceof DialError ? error.failure : 'local';
          this.#joinings.failed(address, error);
          this.#feed({ kind: 'failed', token, failure });
        },
      );
  }

  accept(_token: Token, note: unknown): void {
    this.#welcome = { note };
  }

  refuse(_token: Token, reason: string): void {
    this.#welcome = { refused: reason };
  }

  send(token: Token, message: Message): void {
    const bytes = encodeMessage(message);
    const connection = this.#connections.get(token);
    if (connection !== undefined) connection.send(bytes);
    else if (this.#welcomed.has(token)) this.#unsent.set(token, [...(this.#unsent.get(token) ?? []), bytes]);
  }

  close(token: Token): void {
    this.#unsent.delete(token);
    this.#dials.get(token)?.abort();
    this.#dials.delete(token);
    this.#welcomed.get(token)?.();
    this.#welcomed.delete(token);
    const connection = this.#connections.get(token);
    this.#connections.delete(token);
    connection?.close();
  }

  timer(at_ms: number): void {
    const { clock } = this.#options;
    this.#callOffTimer();
    this.#callOffTimer = clock.after(Math.max(0, at_ms - clock.now_ms()), () => this.#feed({ kind: 'timer' }));
  }

  report(event: Event): void {
    const { log, onGone } = this.#options;
    if (event.kind === 'misbehaved') return log('warn', `server ${event.id || 'unknown'} says what cannot be understood: ${event.what}`);
    if (event.kind === 'late') return log('warn', `this server was not running for ${Math.round(event.late_ms)} ms`);
    if (event.kind === 'ready') return;
    const { id, host, address } = event.member;
    log('info', `server ${id} of ${host} at ${address} ${WORDS[event.kind]}`);
    if (event.kind !== 'joined') onGone(id);
    this.#changed = true;
  }

  #listen(token: Token, connection: Connection): void {
    const isOurs = (): boolean => this.#connections.get(token) === connection;
    if (!isOurs()) return;
    connection.receive({
      message: (bytes) => {
        if (isOurs()) this.#feed({ kind: 'message', token, message: decodeMessage(bytes) });
      },
      closed: () => {
        if (isOurs()) this.#lost(token);
      },
    });
  }

  #lost(token: Token): void {
    this.#connections.delete(token);
    this.#welcomed.get(token)?.();
    this.#welcomed.delete(token);
    this.#unsent.delete(token);
    this.#feed({ kind: 'closed', token });
  }

  #whileDialling(token: Token, input: Input): void {
    if (this.#dials.has(token)) this.#feed(input);
  }

  #feed(input: Input): void {
    this.#inputs.push(input);
    if (this.#stepping) return;
    this.#stepping = true;
    try {
      for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) {
        this.#core.step(this.#options.clock.now_ms(), next);
      }
    } finally {
      this.#stepping = false;
    }
    if (!this.#changed) return;
    this.#changed = false;
    this.#options.onChange();
    this.#joinings.look();
  }
}

const WORDS = { joined: 'has joined', left: 'has left', died: 'is down' } as const;

function parse(address: string): Address | undefined {
  try {
    return parseAddress(address);
  } catch {
    return undefined; // a peer may say what it likes
  }
}
