/**
 * A simulated circuit: servers on hosts, faults, and a global view of the outcome. The same seed gives the same run, to the last event.
 */
import { IdentityTable } from '../../src/cluster/membership/identity-table.js';
import { type Parameters, parametersWith } from '../../src/cluster/membership/parameters.js';
import type { MembershipEvent, Input } from '../../src/cluster/membership/protocol.js';
import { Random } from '../../src/cluster/membership/random.js';
import type { View } from '../../src/cluster/membership/view.js';
import { Events } from './events.js';
import { checkStep } from './invariants.js';
import { type Host, Network } from './network.js';
import { Multicast } from './multicast.js';
import { type Handshakes, Server, type World } from './server.js';

export interface CircuitOptions {
  readonly seed: number;
  /** Servers on each host; 1 by default. */
  readonly perHost?: number;
  /** Whether messages are encoded and decoded rather than passed by reference. Costly. */
  readonly encodes?: boolean;
  /** What differs from the defaults. */
  readonly parameters?: Partial<Parameters>;
  /** Processor time of handshakes; none by default. */
  readonly handshakes?: Handshakes;
}

/** An event that a server reported, and when. */
export interface Seen {
  readonly at_ms: number;
  readonly server: Server;
  readonly event: MembershipEvent;
}

export class Circuit implements World {
  readonly seed: number;
  readonly events = new Events();
  readonly random: Random;
  readonly network: Network;
  /** The domain that those enter who start by `enter`. */
  readonly multicast: Multicast;
  readonly handshakes: Handshakes;
  readonly identities = new IdentityTable();
  readonly servers: Server[] = [];
  readonly hosts: Host[] = [];
  readonly encodes: boolean;
  readonly parameters: Parameters;
  /** Called with every reported event. */
  watch: ((seen: Seen) => void) | undefined;
  /** Hash of everything that happened. */
  trace = 0;
  readonly #perHost: number;
  readonly #byAddress = new Map<string, Server>();
  readonly #hosts = new Map<string, Host>();

  constructor({ seed, perHost = 1, encodes = false, parameters = {}, handshakes = { young_ms: 0, usual_ms: 0 } }: CircuitOptions) {
    this.seed = seed;
    this.random = new Random(seed);
    this.network = new Network(this.events, new Random(seed + 1));
    this.multicast = new Multicast(this.network, new Random(seed + 2));
    this.handshakes = handshakes;
    this.encodes = encodes;
    this.parameters = parametersWith(parameters);
    this.#perHost = perHost;
  }

  /** A server that has not started, on the next host, or at the address of one that ended. */
  create(address?: string): Server {
    const index = this.servers.length;
    const at = Math.floor(index / this.#perHost);
    const host = (address === undefined ? undefined : this.#hosts.get(address)) ?? this.hosts[at] ?? this.#host();
    const where = address ?? `10.${host.index >> 16}.${(host.index >> 8) & 255}.${host.index & 255}:${11_022 + (index % this.#perHost)}`;
    const id = `X${this.#hex()}${this.#hex()}`;
    const identity = { id, address: where, host: `host-${host.index}`, joined_ms: 1_700_000_000_000 + Math.round(this.events.now_ms) };
    const server = new Server(this, host, identity, this.random.uint32());
    this.servers.push(server);
    this.#byAddress.set(where, server);
    this.#hosts.set(where, host);
    return server;
  }

  /** A new server joins through others. */
  join(...through: readonly Server[]): Server {
    const server = this.create();
    server.feed({ kind: 'start', seeds: through.map(({ identity }) => identity.address) });
    return server;
  }

  /** A new server finds the others by multicast; also through seeds, if there are any. */
  enter(...through: readonly Server[]): Server {
    const server = this.create();
    server.feed({ kind: 'start', seeds: through.map(({ identity }) => identity.address) });
    this.multicast.enter(server);
    return server;
  }

  /** Adds servers up to `count`, which all join within `span_ms` through the first ones. */
  grow(count: number, span_ms = 100, seeds = 3): void {
    const first = this.servers[0] ?? this.join();
    const others = Array.from({ length: count - this.servers.length }, () => this.create());
    const through = [first, ...others.slice(0, seeds - 1)];
    for (const [at, server] of others.entries()) {
      const seedAddresses = through.filter((seed) => seed !== server).map(({ identity }) => identity.address);
      this.events.after((span_ms * at) / count, () =>
        server.feed({ kind: 'start', seeds: at < seeds - 1 ? [first.identity.address] : seedAddresses }),
      );
    }
  }

  /** Adds servers that know each other from the start and only link: for sizes at which joining would take too long. */
  populate(count: number): void {
    const fresh = Array.from({ length: count }, () => this.create());
    let view: View | undefined;
    for (const server of fresh) {
      if (view === undefined) {
        view = server.core.state.view;
        for (const other of fresh)
          if (other !== server)
            view.set(this.identities.retain(other.identity), other.core.state.view.version(other.core.state.view.me), -1e6);
      }
      const known = view;
      this.events.after(this.random.between(0, 1000), () => server.feed({ kind: 'start', seeds: [], view: known }));
    }
  }

  listening(address: string): Server | undefined {
    const server = this.#byAddress.get(address);
    return server?.running === true ? server : undefined;
  }

  hostOf(address: string): Host | undefined {
    return this.#hosts.get(address);
  }

  stepped(server: Server, input: Input): void {
    const token = 'token' in input ? input.token : 0;
    this.trace = Math.imul(this.trace ^ (server.host.index * 31 + token), 0x9e37_79b1) ^ input.kind.length;
    this.trace = Math.imul(this.trace ^ Math.round(this.events.now_ms * 1e6), 0x85eb_ca6b);
    this.trace ^= this.trace >>> 15;
    checkStep(this, server);
  }

  reported(server: Server, event: MembershipEvent): void {
    this.watch?.({ at_ms: this.events.now_ms, server, event });
  }

  /** Running servers on hosts that are up. */
  get running(): readonly Server[] {
    return this.servers.filter((server) => server.running && server.host.up);
  }

  /** Whether every view equals the set of running servers. */
  get agreed(): boolean {
    const running = this.running;
    const first = running[0]?.core.state.view.digest;
    return running.every(({ core }) => {
      const { digest } = core.state.view;
      return core.size === running.length && digest.low === first?.low && digest.high === first.high;
    });
  }

  /** Whether the links connect all running servers. */
  get connected(): boolean {
    const running = this.running;
    const alive = new Map(running.map((server) => [server.core.state.view.me, server]));
    const seen = new Set<number>();
    const next = running[0] === undefined ? [] : [running[0].core.state.view.me];
    while (next.length > 0) {
      const number = next.pop() ?? -1;
      if (seen.has(number)) continue;
      seen.add(number);
      for (const link of alive.get(number)?.core.state.links.all() ?? []) if (alive.has(link.peer) && !link.doubtful) next.push(link.peer);
    }
    return seen.size === running.length;
  }

  run(span_ms: number, until?: () => boolean, every_ms?: number): boolean {
    return this.events.run(span_ms, until, every_ms);
  }

  /** Runs until all agree and are connected; returns how long that took, in ms, or infinity. */
  settle(most_ms: number, every_ms = 100): number {
    const start_ms = this.events.now_ms;
    return this.run(most_ms, () => this.agreed && this.connected, every_ms) ? this.events.now_ms - start_ms : Number.POSITIVE_INFINITY;
  }

  #host(): Host {
    const host = { index: this.hosts.length, up: true, sending: 'well' as const, loss: 0 };
    this.hosts.push(host);
    return host;
  }

  #hex(): string {
    return this.random.uint32().toString(16).padStart(8, '0');
  }
}
