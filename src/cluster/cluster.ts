/**
 * The membership of a daemon: drives the membership core with real connections and a real clock, and decides nothing itself.
 *
 * The core is stepped with one input at a time; inputs caused within a step are queued until it returns.
 */
import { type Address, formatAddress } from '../base/address.js';
import type { Clock } from '../base/clock.js';
import type { Log } from '../base/log.js';
import { LogSuppression, timesMore } from '../base/log-suppression.js';
import type { Connection, Hello, Transport, Welcome } from '../wire/transport/connection.js';
import { sourceOf } from '../wire/transport/source.js';
import { addressOf, Connections } from './connections.js';
import { PendingJoins } from './pending-joins.js';
import { encodeMessage } from './membership/codec.js';
import type { Counters } from './membership/counters.js';
import { Membership } from './membership/membership.js';
import type { GossipMessage } from './membership/gossip-message.js';
import type { Dial, Effects, MembershipEvent, Input, Token } from './membership/protocol.js';
import { DEAD, type Identity, type Member, STATES } from './membership/record.js';

/** What discovery found: an address, and what the server there says of itself. */
export interface Found {
  readonly address: Address;
  readonly id?: string | undefined;
  readonly digest?: Uint8Array | undefined;
  readonly members?: number | undefined;
}

export interface ClusterOptions {
  readonly identity: Identity;
  readonly transport: Transport;
  readonly clock: Clock;
  /** For the core's randomness. */
  readonly seed: number;
  /** By what factor things take longer now than if this process never waited for a processor. */
  readonly slowdown: () => number;
  /** Extra time before a server that cannot be reached is declared dead. */
  readonly patience_ms: number;
  readonly log: Log;
  /** The set of live servers changed; called once per turn. */
  readonly onChange: () => void;
  /** A server left or died: expect nothing more of it. */
  readonly onGone: (id: string, how: { readonly left: boolean }) => void;
}

export class Cluster implements Effects {
  readonly #options: ClusterOptions;
  readonly #core: Membership;
  readonly #connections: Connections;
  readonly #joins: PendingJoins;
  /** Each with the address of the peer that it comes from. */
  readonly #inputs: { readonly input: Input; readonly from: string }[] = [];
  readonly #misbehaviour = new LogSuppression();
  readonly #suspicions = new LogSuppression();
  /** Of the present step. */
  #from = '';
  #stepping = false;
  #changed = false;
  #welcome: Welcome | undefined;
  #cancelTimer: () => void = () => undefined;
  #left = false;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#joins = new PendingJoins(options.clock);
    const { identity, transport, clock, seed, slowdown, patience_ms } = options;
    this.#connections = new Connections({
      id: identity.id,
      transport,
      clock,
      feed: (input, from) => this.#feed(input, from),
      onFailed: (address, error) => this.#joins.failed(address, error),
    });
    this.#core = new Membership({ identity, effects: this, seed, slowdown, parameters: { patience_ms } });
  }

  /** Starts, joining through the servers at these addresses if there are any. */
  begin(seeds: readonly Address[]): void {
    this.#feed({ kind: 'start', seeds: seeds.map(formatAddress) });
  }

  /** The live servers, this one included, by the time they joined. */
  members(): readonly Member[] {
    const live = [...this.#core.members()].filter(({ state }) => STATES.indexOf(state) < DEAD);
    return live.sort((a, b) => a.joined_ms - b.joined_ms || (a.id < b.id ? -1 : 1));
  }

  /** Number of live servers, this one included. */
  get size(): number {
    return this.#core.size;
  }

  /** A hash of the live view, 8 bytes. */
  get digest(): Uint8Array {
    return this.#core.digest;
  }

  /** IDs of the servers with which this one keeps a link. */
  get links(): readonly string[] {
    return this.#core.links;
  }

  get counters(): Readonly<Counters> {
    return this.#core.counters;
  }

  member(id: string): Member | undefined {
    return this.#core.member(id);
  }

  /** The address of a live server; undefined if it is not live. */
  addressOf(id: string): Address | undefined {
    const member = this.#core.member(id);
    return member === undefined || STATES.indexOf(member.state) >= DEAD ? undefined : addressOf(member.address);
  }

  /** Answers the hello of a server whose purpose is not a session. */
  welcome(hello: Hello, peer: Address): Welcome {
    const { purpose, role, id, note } = hello;
    if (purpose === 'session' || role !== 'server') return { refused: 'only servers can be members' };
    return this.#connections.welcome(hello, (token) => {
      this.#welcome = undefined;
      this.#feed({ kind: 'accepted', token, id, purpose, note }, peer.host);
      return this.#welcome;
    });
  }

  /** The connection whose hello was welcomed is open. */
  connected(connection: Connection): void {
    this.#connections.connected(connection);
  }

  /** Discovery found a server. */
  hint({ address, id, digest, members }: Found): void {
    this.#feed({ kind: 'hint', address: formatAddress(address), id, digest, members });
  }

  /**
   * Joins the circuit of the server at that address; resolves once that server is a member of this circuit.
   * @throws CircuitError EHOSTDOWN with the reason it could not be reached
   */
  join(address: Address, id: string | undefined): Promise<void> {
    const text = formatAddress(address);
    const isMember = (): boolean => this.members().some((member) => member.address === text && (id === undefined || member.id === id));
    return this.#joins.join(text, () => this.#feed({ kind: 'hint', address: text, id }), isMember);
  }

  /** Announces the departure to all; resolves once that has been sent, or has taken too long. */
  async leave(): Promise<void> {
    if (this.#left) return;
    this.#left = true;
    this.#feed({ kind: 'leave' });
    this.#cancelTimer();
    await this.#connections.end();
  }

  dial(dial: Dial): void {
    this.#connections.dial(dial);
  }

  accept(_token: Token, note: unknown): void {
    this.#welcome = { note };
  }

  refuse(_token: Token, reason: string): void {
    this.#welcome = { refused: reason };
  }

  send(token: Token, message: GossipMessage): void {
    this.#connections.send(token, encodeMessage(message));
  }

  close(token: Token): void {
    this.#connections.close(token);
  }

  timer(at_ms: number): void {
    const { clock } = this.#options;
    this.#cancelTimer();
    if (at_ms === Number.POSITIVE_INFINITY) return;
    this.#cancelTimer = clock.after(Math.max(0, at_ms - clock.now_ms()), () => this.#feed({ kind: 'timer' }));
  }

  report(event: MembershipEvent): void {
    const { log, onGone } = this.#options;
    if (event.kind === 'misbehaved') return this.#misbehaved(event);
    if (event.kind === 'late') return log('warn', `this server did not run for ${Math.round(event.late_ms)} ms`);
    if (event.kind === 'ready') return;
    if (event.kind === 'suspected') return this.#suspected(event.member);
    const { id, host, address } = event.member;
    log('info', `server ${id} of ${host} at ${address} ${WORDS[event.kind]}`);
    if (event.kind !== 'joined') onGone(id, { left: event.kind === 'left' });
    this.#changed = true;
  }

  /** A server behind a bad line is suspected again and again: at most one line a minute for each. */
  #suspected({ id, host, address }: Member): void {
    const { clock, log } = this.#options;
    const before = this.#suspicions.ask(id, clock.now_ms());
    if (before !== undefined) log('info', `server ${id} of ${host} at ${address} gives no sign of life${timesMore(before)}`);
  }

  /** At most one line a minute for an address and kind: who knows the key may still send what it likes. */
  #misbehaved({ id, what }: Extract<MembershipEvent, { kind: 'misbehaved' }>): void {
    const { clock, log } = this.#options;
    const before = this.#misbehaviour.ask(`${sourceOf(this.#from)} ${what}`, clock.now_ms());
    if (before === undefined) return;
    log('warn', `server ${id || 'unknown'} at ${this.#from} sent a malformed ${what}${timesMore(before)}`);
  }

  /** @param from address of the peer that has caused it, if one has */
  #feed(input: Input, from = ''): void {
    this.#inputs.push({ input, from });
    if (this.#stepping) return;
    this.#stepping = true;
    try {
      for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) {
        this.#from = next.from;
        this.#core.step(this.#options.clock.now_ms(), next.input);
      }
    } finally {
      this.#stepping = false;
    }
    if (!this.#changed) return;
    this.#changed = false;
    this.#options.onChange();
    this.#joins.look();
  }
}

const WORDS = { joined: 'has joined', left: 'has left', died: 'is down' } as const;
