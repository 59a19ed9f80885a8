/**
 * A server: puts launcher, elements, anchors, operation log and metrics together, and takes them down in order.
 */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { Anchor } from '../tree/anchor.js';
import { type Address, formatAddress, parseUrl } from '../base/address.js';
import { type Credentials, TRUNCATE } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import { Circuit } from '../api/circuit.js';
import { LiveDirectory } from '../remote/directory.js';
import { RemoteTrees } from '../remote/remote-trees.js';
import type { Host } from '../tree/host.js';
import { LocalTree } from '../tree/local-tree.js';
import { Containers } from '../element/container/containers.js';
import { environmentInBytes, InheritedEnvironment } from '../element/process/environment.js';
import { KeptLauncher } from '../element/process/kept-launcher.js';
import { launcherOfThisSystem } from '../element/process/launchers.js';
import { ServerElement, type ServerPeek } from '../element/server.js';
import type { Files } from '../element/selection/end.js';
import type { Membership } from '../element/subscription/subscription.js';
import { SYSTEM_CLOCK } from '../base/clock.js';
import type { Log } from '../base/log.js';
import { CallMetrics } from './call-metrics.js';
import type { Messages, MountCensus } from './census.js';
import { census, elementsOf, heldOf, messagesOf } from './counts.js';
import { Events } from './events.js';
import { hostLoad } from './host-load.js';
import { DiskLog } from './disk-log.js';
import { makersOf } from './makers.js';
import { type DirectoryLock, lockDirectory } from './lock.js';
import type { Logger } from './logger.js';
import { Metrics } from './metrics.js';
import { Network } from './network.js';
import type { NetworkOptions } from './network-options.js';
import { OperationLog } from './operation-log.js';
import { profile } from './profile.js';
import { Leases } from '../remote/leases.js';

export interface ServerOptions {
  /** Directory for what outlives the server, locked while it runs; none if absent. */
  readonly var?: string | undefined;
  /** How long processes have between TERM and KILL, in seconds. */
  readonly grace_s: number;
  /** Path of the socket of the Docker engine for containers; none if absent. */
  readonly docker?: string | undefined;
  readonly version: string;
  readonly logger: Logger;
  /** Somebody told the server to stop, with `suicide`. */
  readonly onSuicide: () => void;
}

export class Server {
  readonly id: string;
  readonly circuit: Circuit;
  readonly #launcher: KeptLauncher;
  readonly #inherited = new InheritedEnvironment(process.env, environmentInBytes());
  readonly #containers: Containers;
  readonly #root: Anchor;
  readonly #grace_s: number;
  readonly #logger: Logger;
  readonly #joined = new Date();
  readonly #leases = new Leases(SYSTEM_CLOCK);
  readonly #trees = new RemoteTrees((id) => this.#reached().sessionTo(id));
  readonly #directory: LiveDirectory;
  /** What subscriptions see of it. */
  readonly #membership: Membership = {
    ids: () => this.#directory.members().map(({ id }) => id),
    whenChanged: (options) => this.#directory.whenChanged(options),
  };
  /** What selections reach through it. */
  readonly #files: Files = {
    openReader: (server, path, file, credentials) => this.#directory.tree(server).openReader(path, file, credentials, { unacked: true }),
    openWriter: (server, path, file, credentials) => this.#directory.tree(server).openWriter(path, file, TRUNCATE, credentials),
  };
  #network: Network | undefined;
  readonly #events: Events;
  readonly #ended = new AbortController();
  readonly #calls = new CallMetrics();
  /** Of channels that are gone. */
  readonly #messages = { sent: 0, received: 0 };
  /** Counts at the mount, if there is one. */
  #mountCensus: () => MountCensus | undefined = () => undefined;
  readonly #lock: DirectoryLock | undefined;
  /** The operation log on disk, with a directory for what outlives the server. */
  readonly #disk: DiskLog | undefined;
  #stopped: Promise<void> | undefined;

  /** As `begin`, and waits until processes can be started. Leaves nothing if it fails. @throws CircuitError as `begin` and `complete` */
  static async start(options: ServerOptions): Promise<Server> {
    const server = Server.begin(options);
    try {
      await server.complete();
      return server;
    } catch (error) {
      await server.abandon();
      throw error;
    }
  }

  /** A server whose launcher is still starting. Leaves nothing if it fails. @throws CircuitError EBUSY, EACCES if `var` cannot be used; Error when the system is out of something */
  static begin(options: ServerOptions): Server {
    const lock = options.var === undefined ? undefined : lockDirectory(options.var);
    try {
      const { grace_s, logger } = options;
      const launcher = new KeptLauncher({ kind: launcherOfThisSystem(), grace_s, warn: (message) => logger.error(message) });
      return new Server(options, lock, launcher);
    } catch (error) {
      lock?.undo();
      throw error;
    }
  }

  private constructor(options: ServerOptions, lock: DirectoryLock | undefined, launcher: KeptLauncher) {
    const { grace_s, docker, version, logger, onSuicide } = options;
    this.#lock = lock;
    if (options.var !== undefined) this.#disk = new DiskLog(options.var, { log: (level, message) => logger[level](message) });
    this.id = `X${randomBytes(8).toString('hex')}`;
    this.#launcher = launcher;
    this.#logger = logger;
    const { lost } = this.#inherited;
    if (lost.length > 0) logger.warn(`left out of the environment of processes, since their bytes are not UTF-8: ${lost.join(', ')}`);
    this.#grace_s = grace_s;
    this.#containers = new Containers({ socket: docker, server: this.id, warn: (message) => logger.warn(message) });
    const events = new Events({ id: this.id, host: hostname() });
    this.#events = events;
    const root = Anchor.root({
      now: Date.now,
      changed: () => this.#leases.changed(),
      happened: (what, { path }, kind) => events.tell(what, `/${[this.id, ...path].join('/')}`, kind && { kind }),
    });
    this.#root = root;
    root.settle(
      new ServerElement({
        peek: () => this.#peek(version),
        join: (url) => this.join(url),
        openEvents: (mode) => events.openReader(mode),
        stop: onSuicide,
      }),
    );
    const here = new LocalTree(this.#host(root), root);
    const member = { id: this.id, address: '', host: hostname(), joined: this.#joined };
    this.#directory = new LiveDirectory(here, this.#trees, [member]);
    this.circuit = new Circuit(this.#directory);
    const { signal } = this.#ended;
    void events.follow(this.circuit.changes({ signal }), signal);
  }

  /** Resolves when processes can be started. @throws CircuitError EIO if no launcher can be started */
  complete(): Promise<void> {
    return this.#launcher.runs();
  }

  /** Begins to listen, and to look for others. @returns where others reach this server. @throws CircuitError EBUSY, EACCES, EINVAL */
  async connect(options: NetworkOptions): Promise<Address> {
    const { id } = this;
    const log: Log = (level, message) => this.#logger[level](message);
    this.#network = await Network.start(options, {
      id,
      host: hostname(),
      joined: this.#joined,
      directory: this.#directory,
      trees: this.#trees,
      leases: this.#leases,
      calls: this.#calls,
      log,
    });
    return this.#network.address;
  }

  /** Makes one circuit of this one and that of the server with this URL. @throws CircuitError EINVAL, EHOSTDOWN, EOPNOTSUPP */
  async join(url: string): Promise<void> {
    await this.#reached().join(parseUrl(url));
  }

  /** Its metrics, in Prometheus' text format. */
  metrics(): Promise<string> {
    return Promise.resolve(this.#directory.self.metrics());
  }

  /** Sets who counts at the mount, for the metrics. */
  set mountCensus(count: () => MountCensus | undefined) {
    this.#mountCensus = count;
  }

  /** The circuit in the name of a user of this host. */
  circuitFor(credentials: Credentials): Circuit {
    return new Circuit(this.#directory, { credentials });
  }

  /** The keys are others now. */
  keysChanged(): void {
    this.#network?.keysChanged();
  }

  /** Says good-bye to the others, then ends all processes and containers, TERM first, after the grace time KILL; resolves when none is left. Idempotent. */
  stop(): Promise<void> {
    this.#stopped ??= this.#end(() => this.#lock?.release());
    return this.#stopped;
  }

  /** As `stop`, of a server whose start has failed: nothing is to show that there was one. */
  abandon(): Promise<void> {
    this.#stopped ??= this.#end(() => this.#lock?.undo());
    return this.#stopped;
  }

  async #end(unlock: () => void): Promise<void> {
    try {
      await this.#leases.settled(); // then who has told it to stop is answered
      await this.#network?.leave();
      await Promise.all([this.#launcher.stop(), this.#containers.stop(this.#grace_s)]);
      await this.#network?.close();
    } finally {
      this.#ended.abort();
      // Its sockets would outlive it. Whoever waits on other elements is told that the server is gone, not that they were scrubbed.
      for (const element of elementsOf(this.#root)) if (element.kind === 'dns') element.scrub();
      await this.#disk?.close();
      unlock();
    }
  }

  /** @throws CircuitError EOPNOTSUPP for a server that listens at no port */
  #reached(): Network {
    if (this.#network === undefined) throw new CircuitError('EOPNOTSUPP', 'this server takes no part in a network');
    return this.#network;
  }

  #peek(version: string): ServerPeek {
    const address = this.#network?.address;
    return {
      Addr: address === undefined ? '' : formatAddress(address),
      Joined: this.#joined.toISOString(),
      ID: this.id,
      Host: hostname(),
      Version: version,
      Pid: process.pid,
      ...hostLoad(),
      Links: this.#network?.links ?? [],
    };
  }

  #scrubbed({ sent, received }: Messages): void {
    this.#messages.sent += sent;
    this.#messages.received += received;
  }

  #host(root: Anchor): Host {
    const log = new OperationLog(this.id, (line) => this.#disk?.write(line));
    const metrics = new Metrics(() => ({
      ...census(root),
      members: this.#directory.members().length,
      membership: { ...this.#network?.counters },
      messages: messagesOf(root, this.#messages),
      held: heldOf(root),
      network: this.#network?.census,
      mount: this.#mountCensus(),
    }), this.#calls); // prettier-ignore
    return {
      id: this.id,
      makers: makersOf({
        launcher: this.#launcher,
        inherited: this.#inherited,
        containers: this.#containers,
        membership: this.#membership,
        files: this.#files,
        scrubbed: (counts) => this.#scrubbed(counts),
      }),
      record: ({ error, ...operation }) => {
        metrics.count(operation.operation, error?.code ?? 'ok');
        log.record({ ...operation, result: error?.message ?? 'ok' }, new Date());
      },
      tell: (what, path, details) => this.#events.tell(what, path, details),
      settled: () => this.#leases.settled(),
      readLog: (offset, max) => ({ size: log.size, bytes: log.read(offset, max) }),
      env: () => process.env as Record<string, string>,
      metrics: () => metrics.text(),
      profile,
    };
  }
}
