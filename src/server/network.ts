/**
 * A server among others: the port at which it listens, the sessions in which it asks and is asked, who else is there, and how they find each other.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Address, formatAddress, type ServerUrl } from '../base/address.js';
import { stateOf } from '../base/local-process.js';
import { RunDelay } from '../base/run-delay.js';
import { within } from '../base/within.js';
import type { Member } from '../tree/server-tree.js';
import { Cluster } from '../cluster/cluster.js';
import { Discovery } from '../cluster/discovery/discovery.js';
import type { Counters } from '../cluster/membership/counters.js';
import type { Hint, Standing } from '../cluster/discovery/hint.js';
import { type Keys, NO_KEYS } from '../cluster/discovery/seal.js';
import { type KnownServer, MembersFile } from '../cluster/discovery/members-file.js';
import { SYSTEM_CLOCK } from '../base/clock.js';
import type { Connection, Hello, Welcome } from '../wire/transport/connection.js';
import { Dialler } from '../wire/transport/dialler.js';
import type { Keyring } from '../wire/transport/keyring.js';
import { listen, type Listener } from '../wire/transport/listener.js';
import { holderOf } from '../wire/transport/source.js';
import { sessionLog } from './session-log.js';
import { SERVER_SESSIONS_MAX_BYTES, SESSIONS_PER_SOURCE_MAX_BYTES } from '../base/limits.js';
import { MemoryBudget, type SharedMemory } from '../base/memory-budget.js';
import { MemoryShares } from '../base/memory-shares.js';
import { SessionDialler } from '../wire/session/session-dialler.js';
import { SessionTable } from '../wire/session/session-table.js';
import type { Caller, ServedSession, SessionHandler } from '../wire/session/session-handler.js';
import { TreeService } from '../remote/tree-service.js';
import type { NetworkCensus } from './census.js';
import type { NetworkOptions, Participant } from './network-options.js';
import { reachable } from './reachable.js';
import { sourcesOf } from './sources.js';

/** How long a server that stops waits for those who have not confirmed its answers, in ms. */
const HEARD_MS = 1000;
/** From when a program can know that it holds nothing any more until others may, on a busy machine. */
const TOLD_MS = 50;

export class Network {
  readonly #options: NetworkOptions;
  readonly #self: Participant;
  readonly #listener: Listener;
  readonly #dialler: Dialler;
  readonly #sessions: SessionDialler;
  readonly #table: SessionTable;
  readonly #cluster: Cluster;
  readonly #discovery: Discovery;
  readonly #snapshot: MembersFile | undefined;
  readonly #services = new Set<TreeService>();
  /** Where others reach this server. */
  readonly address: Address;

  /** @throws CircuitError EBUSY, EACCES, EINVAL if it cannot listen there */
  static async start(options: NetworkOptions, self: Participant): Promise<Network> {
    // Who dials while this is being put together is told to come again.
    const begun: { network?: Network } = {};
    const runDelay = new RunDelay();
    const slowdown = (): number => runDelay.slowdown();
    const listener = await listen({
      ...options.listen,
      id: self.id,
      role: 'server',
      keys: options.keys,
      log: self.log,
      slowdown,
      welcome: (hello, peer) => begun.network?.welcome(hello, peer) ?? { refused: 'this server is just starting' },
      onConnection: (connection) => begun.network?.connected(connection),
    });
    try {
      begun.network = new Network(options, self, listener, slowdown);
      begun.network.#begin();
      return begun.network;
    } catch (error) {
      await listener.close();
      throw error;
    }
  }

  private constructor(options: NetworkOptions, self: Participant, listener: Listener, slowdown: () => number) {
    const { keys, patience_ms } = options;
    const { id, host, joined, log, trees } = self;
    this.#options = options;
    this.#self = self;
    this.#listener = listener;
    const { advertise } = options;
    this.address =
      advertise === undefined ? reachable(listener.address) : { host: advertise.host, port: advertise.port ?? listener.address.port };
    this.#dialler = new Dialler({ keys, log });
    const shares = new MemoryShares(MemoryBudget.ofThisMachine(SERVER_SESSIONS_MAX_BYTES), SESSIONS_PER_SOURCE_MAX_BYTES);
    const budgetFor = (address: string): SharedMemory => shares.of(holderOf(address));
    this.#sessions = new SessionDialler({
      self: { id, role: 'server' },
      transport: this.#dialler,
      clock: SYSTEM_CLOCK,
      addressOf: (server) => this.#cluster.addressOf(server),
      drawId: () => randomBytes(16).toString('hex'),
      serve: trees.serve,
      budgetFor: (server) => budgetFor(this.#cluster.addressOf(server)?.host ?? ''),
      log: sessionLog(log),
    });
    this.#table = new SessionTable({
      clock: SYSTEM_CLOCK,
      serve: (session) => this.#serve(session),
      stateOf,
      budgetFor,
      log: sessionLog(log),
    });
    this.#cluster = new Cluster({
      identity: { id, address: formatAddress(this.address), host, joined_ms: joined.getTime() },
      transport: this.#dialler,
      clock: SYSTEM_CLOCK,
      seed: randomBytes(4).readUInt32LE(),
      slowdown,
      patience_ms,
      log,
      onChange: () => this.#changed(),
      onGone: (server, { left }) => this.#gone(server, left),
    });
    this.#snapshot = options.var === undefined ? undefined : new MembersFile(options.var, log, SYSTEM_CLOCK);
    this.#discovery = this.#discover(slowdown);
  }

  /** The session in which a server is asked. */
  sessionTo(id: string): Caller {
    return this.#sessions.session(id);
  }

  /** What membership has done since the start. */
  get counters(): Readonly<Counters> {
    return this.#cluster.counters;
  }

  /** IDs of the servers to which it holds a connection for their common membership. */
  get links(): readonly string[] {
    return this.#cluster.links;
  }

  /** What is counted when somebody asks. */
  get census(): NetworkCensus {
    const { blocked, received_bytes, sent_bytes } = this.#self.calls;
    const suspected = this.#cluster.members().filter(({ state }) => state === 'suspect').length;
    const streams = [...this.#services].reduce((sum, service) => sum + service.streams, 0);
    return { suspected, sessions: this.#table.size, resumed: this.#table.resumed, streams, blocked, received_bytes, sent_bytes };
  }

  welcome(hello: Hello, peer: Address): Welcome {
    if (hello.purpose === 'session') return this.#table.welcome(hello, peer);
    // A client asks who is there before it begins a session.
    return hello.role === 'client' && hello.purpose === 'probe' ? {} : this.#cluster.welcome(hello, peer);
  }

  connected(connection: Connection): void {
    (connection.hello.purpose === 'session' ? this.#table : this.#cluster).connected(connection);
  }

  /** Makes one circuit of this one and that of another server. @throws CircuitError EHOSTDOWN */
  join({ host, port, id }: ServerUrl): Promise<void> {
    return this.#cluster.join({ host, port }, id === '' ? undefined : id);
  }

  /** The keys are others now. */
  keysChanged(): void {
    this.#listener.keysChanged();
    this.#dialler.keysChanged();
    this.#discovery.changed();
  }

  /** Says good-bye: the others know that this server is gone, and ask it nothing more. They have what they were answered. */
  async leave(): Promise<void> {
    await this.#discovery.close();
    await this.#snapshot?.flush();
    // The good-bye takes another way than the answers, and ends the sessions of who hears it.
    await within(HEARD_MS, () => this.#table.heard()).catch(() => undefined);
    this.#self.directory.leave(); // what fails from now on fails nobody who can go through another server
    // Who holds something of another server's here knows that it is lost before that server hears of it, and gives it to the next.
    this.#sessions.forsake();
    if (this.#sessions.size > 0) await delay(TOLD_MS);
    this.#sessions.close();
    await this.#cluster.leave();
  }

  /** Ends everything; `leave` comes first. */
  async close(): Promise<void> {
    this.#table.close();
    await this.#listener.close();
  }

  #serve(session: ServedSession): SessionHandler {
    const service = new TreeService(session, this.#self.directory, this.#self.leases);
    this.#services.add(service);
    const handler = this.#self.calls.measure(service);
    return {
      ...handler,
      ended: (reason, peer) => {
        this.#services.delete(service);
        handler.ended?.(reason, peer);
      },
    };
  }

  #begin(): void {
    this.#cluster.begin(this.#options.join);
    this.#changed();
    this.#discovery.start();
  }

  #discover(slowdown: () => number): Discovery {
    const { multicast, keys, keyFile } = this.#options;
    const { id, log } = this.#self;
    return new Discovery({
      group: multicast?.group ?? '',
      port: multicast?.port ?? 0,
      interfaces: multicast?.interfaces ?? [],
      sources: sourcesOf(this.#options, this.#snapshot, log),
      self: () => ({ id, address: this.address }),
      digest: () => this.#cluster.digest,
      keys: () => keysOf(keys()),
      keyFile,
      known: (hint) => this.#standing(hint),
      members: () => this.#cluster.size,
      slowdown,
      onHint: (hint) => this.#cluster.hint(hint),
      log,
    });
  }

  #standing({ id, address }: Hint): Standing {
    const text = formatAddress(address);
    const member = id === undefined ? this.#cluster.members().find((one) => one.address === text) : this.#cluster.member(id);
    if (member === undefined) return 'unknown';
    return member.state === 'dead' || member.state === 'left' ? member.state : 'alive';
  }

  #changed(): void {
    const members = this.#cluster.members();
    this.#self.directory.update(
      members.map(({ id, address, host, joined_ms }): Member => ({ id, address, host, joined: new Date(joined_ms) })),
    );
    this.#discovery.changed();
    this.#snapshot?.save(members.flatMap(({ id }) => this.#known(id)));
  }

  /** A server to be found again, if it is another one. */
  #known(id: string): KnownServer[] {
    const address = id === this.#self.id ? undefined : this.#cluster.addressOf(id);
    return address === undefined ? [] : [{ id, address }];
  }

  /** @param left it has stopped in order; if not it may be out of reach, and go on */
  #gone(server: string, left: boolean): void {
    this.#sessions.peerDied(server);
    this.#table.peerDied(server, { knows: left });
  }
}

function keysOf(ring: Keyring | undefined): Keys {
  return ring === undefined ? NO_KEYS : { speak: ring.first, all: ring.all };
}
