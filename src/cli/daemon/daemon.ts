/**
 * The life of a daemon: the steps of its start, each of which can fail and is undone then, and its orderly stop.
 */
import { chdir } from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { native } from '../../../native/index.js';
import type { Circuit } from '../../api/circuit.js';
import type { Execute } from '../../console/execute.js';
import { type Address, formatUrl } from '../../base/address.js';
import type { LogLevel } from '../../base/log.js';
import { type Logger, makeLogger } from '../../server/logger.js';
import type { NetworkOptions } from '../../server/network.js';
import { Server } from '../../server/server.js';
import { defaultDirectory, type MountPoint, prepareMountPoint } from './mountpoint.js';
import { ReloadableKeyring, rereadKeys } from '../options/reloadable-keyring.js';
import type { KeySource } from '../options/network.js';
import { Front } from './front.js';
import { MountKeeper, type MountingOptions } from './mount-keeper.js';
import { ServiceManager } from './service-manager.js';
import { type Step, takeSteps, undoSteps } from './steps.js';
import { Stop, surviveFaults } from '../signals/stop.js';
import { VERSION } from '../version.js';

/** What `circuit start` was told; directories are absolute. */
export interface DaemonOptions extends MountingOptions {
  /** Mount point; the default of the user if absent. */
  readonly directory: string | undefined;
  readonly mount: boolean;
  readonly var: string | undefined;
  /** Path of the Docker engine's socket; none if undefined. */
  readonly docker: string | undefined;
  readonly grace_s: number;
  readonly logLevel: LogLevel;
  readonly network: Omit<NetworkOptions, 'keys' | 'keyFile' | 'var'>;
  /** Undefined: without a key. */
  readonly keys: KeySource | undefined;
  /** Runs a command for the native front. */
  readonly execute: Execute;
}

/** Resolves when the daemon has stopped in order. @throws CircuitError if it does not start, with what to do; then nothing is left of it */
export async function runDaemon(options: DaemonOptions): Promise<void> {
  const logger = makeLogger(options.logLevel);
  surviveFaults(logger);
  const manager = new ServiceManager(process.env);
  const stop = new Stop(logger);
  const daemon = new Daemon(options, logger, () => stop.ask('suicide'));
  stop.onReload = () => manager.reload(() => daemon.rereadKeys());
  await takeSteps(daemon.steps, (message) => logger.error(message));
  keepNewSpace();
  daemon.report(manager);
  manager.ready();
  await stop.asked;
  manager.stopping();
  const wentWell = await daemon.stop();
  logger.info('stopped');
  process.exit(wentWell ? 0 : 1);
}

/** What makes up a daemon, from the first step of its start to its stop. */
export class Daemon {
  readonly #options: DaemonOptions;
  readonly #logger: Logger;
  readonly #onSuicide: () => void;
  #keys: ReloadableKeyring | undefined;
  #point: MountPoint | undefined;
  #server: Server | undefined;
  #address: Address | undefined;
  #mounted: MountKeeper | undefined;
  #front: Front | undefined;

  constructor(options: DaemonOptions, logger: Logger, onSuicide: () => void) {
    this.#options = options;
    this.#logger = logger;
    this.#onSuicide = onSuicide;
  }

  /** Of the start, each on top of those before it. */
  get steps(): readonly Step[] {
    const mounting: readonly Step[] = [{ name: 'mounting', take: () => this.#mount(), undo: () => this.#mounted?.unmount() }];
    const point: Step = { name: 'preparing the mount point', take: () => this.#prepare(), undo: () => this.#point?.leave() };
    return [
      { name: 'reading the key', take: () => this.#readKeys() },
      ...(this.#options.mount ? [point] : []),
      { name: 'entering /', take: enterRoot },
      { name: 'starting the server', take: () => this.#start(), undo: () => this.#server?.abandon() },
      { name: 'listening', take: () => this.#listen() }, // the server undoes it
      ...(this.#options.mount ? mounting : []),
      { name: 'opening the native front', take: () => this.#openFront(), undo: () => this.#front?.close() },
      { name: 'saying where it is', take: () => this.#announce() },
    ];
  }

  /** In order: who waits for an element is told that the server is gone before the mount is taken away. @returns whether all went well */
  stop(): Promise<boolean> {
    const made = [
      { name: 'removing the mount point', undo: () => this.#point?.leave() },
      { name: 'unmounting', undo: () => this.#mounted?.unmount() },
      { name: 'stopping the server', undo: () => this.#server?.stop() },
      { name: 'closing the native front', undo: () => this.#front?.close() },
    ];
    return undoSteps(made, (message) => this.#logger.error(message));
  }

  /** Keeps the manager's sentence about it true. */
  report(manager: ServiceManager): void {
    if (this.#server !== undefined) void reportStatus(manager, this.#server.circuit, this.#mounted);
  }

  rereadKeys(): void {
    rereadKeys(this.#keys, () => this.#server?.keysChanged(), this.#logger);
  }

  #readKeys(): void {
    const { keys } = this.#options;
    if (keys === undefined) this.#logger.warn('--insecure: whoever reaches the port of this server may run programs here');
    else this.#keys = new ReloadableKeyring(keys);
  }

  async #prepare(): Promise<void> {
    this.#point = await prepareMountPoint(this.#options.directory ?? defaultDirectory());
  }

  async #start(): Promise<void> {
    const { var: directory, grace_s, docker } = this.#options;
    const given = { var: directory, grace_s, docker, version: VERSION };
    this.#server = await Server.start({ ...given, logger: this.#logger, onSuicide: this.#onSuicide });
  }

  async #listen(): Promise<void> {
    const { network, var: directory } = this.#options;
    const keys = this.#keys;
    this.#address = await this.#server?.connect({ ...network, keys: () => keys?.ring, keyFile: keys?.file, var: directory });
  }

  async #mount(): Promise<void> {
    if (this.#server === undefined || this.#point === undefined) return;
    this.#mounted = await MountKeeper.mount(
      this.#server.circuit,
      { directory: this.#point.directory, insist: true },
      this.#options,
      this.#logger,
    );
    void this.#mounted.lost.then(() => this.#logger.warn('the server goes on without a mount; start it again to have one'));
  }

  async #openFront(): Promise<void> {
    if (this.#server !== undefined) this.#front = await Front.open(this.#server, this.#options, this.#logger);
  }

  #announce(): void {
    if (this.#server === undefined || this.#address === undefined) return;
    process.stdout.write(`${formatUrl({ ...this.#address, pid: process.pid, id: this.#server.id })}\n`);
    if (this.#mounted === undefined) this.#logger.info(`server ${this.#server.id} runs without a mount`);
  }
}

/**
 * V8's new space stays as large as the start has made it. Under load it would grow to 32 MB, and with it what lies in it until it is collected: some
 * 20 MB more for a hundredth of the time of a message.
 */
function keepNewSpace(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/** The daemon keeps no file system busy, least of all its own; and what a launcher leaves that is killed becomes its children. */
function enterRoot(): void {
  native.becomeSubreaper();
  chdir('/');
}

/** How many servers there are, and where they are mounted. */
async function reportStatus(manager: ServiceManager, circuit: Circuit, mount: MountKeeper | undefined): Promise<void> {
  let place = mount === undefined ? 'without a mount' : `mounted at ${mount.directory}`;
  const report = (): void => {
    const count = circuit.members().length;
    manager.status(`${count} ${count === 1 ? 'server' : 'servers'}, ${place}`);
  };
  void mount?.lost.then(() => {
    place = 'without a mount';
    report();
  });
  report();
  const changes = circuit.changes();
  while ((await changes.next()).done !== true) report();
}
