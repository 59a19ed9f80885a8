/**
 * The life of a daemon: the steps of its start, each of which can fail and is undone then, and its orderly stop.
 */
import { chdir } from 'node:process';
import { addonProblem, hasLauncher, native } from '../../../native/index.js';
import type { Execute } from '../../console/execute.js';
import { type Address, formatAddress, formatUrl } from '../../base/address.js';
import { CircuitError } from '../../base/error.js';
import type { LogLevel } from '../../base/log.js';
import type { LogFormat } from '../../server/log-format.js';
import { type LogForm, type Logger, makeLogger } from '../../server/logger.js';
import type { MetricsServer } from '../../server/metrics-server.js';
import type { NetworkOptions } from '../../server/network-options.js';
import { Server } from '../../server/server.js';
import { defaultDirectory, type MountPoint, prepareMountPoint } from './mountpoint.js';
import { ReloadableKeyring, rereadKeys } from '../options/reloadable-keyring.js';
import type { KeySource } from '../options/network.js';
import type { Setting } from '../options/settings.js';
import { writeReport } from './diagnostic-report.js';
import { changesBetween, sentenceOf } from './reloading.js';
import { Front } from './front.js';
import { MountKeeper, type MountingOptions } from './mount-keeper.js';
import { reportStatus, ServiceManager } from './service-manager.js';
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
  readonly logFormat: LogFormat | undefined;
  /** Where metrics are served by HTTP; nowhere if undefined. */
  readonly metrics: Address | undefined;
  readonly network: Omit<NetworkOptions, 'keys' | 'keyFile' | 'var'>;
  /** Undefined: without a key. */
  readonly keys: KeySource | undefined;
  /** Each option, for what a reload changes. */
  readonly settings: readonly Setting[];
  /** What it would be told now, flags and environment being the same. @throws CircuitError that says where it is wrong */
  readonly reload: () => Reloaded;
  /** Runs a command for the native front. */
  readonly execute: Execute;
}

export interface Reloaded {
  readonly options: Omit<DaemonOptions, 'reload' | 'settings' | 'execute'>;
  readonly all: readonly Setting[];
}

/** Resolves when the daemon has stopped in order. @throws CircuitError if it does not start, with what to do; then nothing is left of it */
export async function runDaemon(options: DaemonOptions): Promise<void> {
  const form: LogForm = { format: options.logFormat };
  const logger = makeLogger(options.logLevel, form);
  surviveFaults(logger);
  const manager = new ServiceManager(process.env);
  const stop = new Stop(logger);
  const daemon = new Daemon(options, logger, () => stop.ask('suicide'));
  stop.onReload = () => manager.reload(() => reload(daemon, logger, form));
  process.on('SIGUSR1', () => writeReport(options.var, logger));
  await takeSteps(daemon.steps, (message) => logger.error(message));
  daemon.report(manager);
  daemon.ready();
  manager.ready();
  (await import('./heap.js')).settleHeap();
  await stop.asked;
  manager.stopping();
  const wentWell = await daemon.stop();
  logger.info('stopped');
  await manager.told();
  process.exit(wentWell ? 0 : 1);
}

/** What SIGHUP does: all of it or nothing. */
function reload(daemon: Daemon, logger: Logger, form: LogForm): void {
  try {
    const { logLevel, logFormat } = daemon.reload();
    logger.level = logLevel;
    form.format = logFormat;
  } catch (error) {
    logger.error(`SIGHUP: the configuration stays as it is, since ${CircuitError.from(error).message}`);
  }
}

/** What makes up a daemon, from the first step of its start to its stop. */
export class Daemon {
  readonly #options: DaemonOptions;
  readonly #logger: Logger;
  readonly #onSuicide: () => void;
  #settings: readonly Setting[];
  #keys: ReloadableKeyring | undefined;
  #point: MountPoint | undefined;
  #server: Server | undefined;
  #address: Address | undefined;
  #mounted: MountKeeper | undefined;
  #metrics: MetricsServer | undefined;
  /** Why it is not ready; undefined if it is. */
  #unready: string | undefined = 'starting';
  #front: Front | undefined;

  constructor(options: DaemonOptions, logger: Logger, onSuicide: () => void) {
    this.#options = options;
    this.#settings = options.settings;
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
      ...(this.#options.metrics === undefined
        ? []
        : [{ name: 'serving metrics', take: () => this.#serveMetrics(), undo: () => this.#metrics?.close() }]),
      ...(this.#options.mount ? mounting : []),
      { name: 'starting the launcher', take: () => this.#server?.complete() }, // which began with the server, and goes with it
      { name: 'opening the native front', take: () => this.#openFront(), undo: () => this.#front?.close() },
      { name: 'saying where it is', take: () => this.#announce() },
    ];
  }

  /** Takes part from now on: what was begun is done. */
  ready(): void {
    this.#unready = undefined;
  }

  /** In order: who waits for an element is told that the server is gone before the mount is taken away. @returns whether all went well */
  stop(): Promise<boolean> {
    this.#unready = 'stopping';
    const made = [
      { name: 'closing the port of the metrics', undo: () => this.#metrics?.close() },
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

  /** Reads configuration and keys again. @throws CircuitError if the configuration cannot be understood */
  reload(): Reloaded['options'] {
    const { options, all } = this.#options.reload();
    const changes = changesBetween(this.#settings, all);
    const said = sentenceOf(changes);
    if (said !== undefined) this.#logger.info(said);
    rereadKeys(this.#keys, () => this.#server?.keysChanged(), this.#logger, options.keys);
    const known = this.#options.network.join.map(formatUrl);
    for (const url of options.network.join.map(formatUrl)) if (changes.now.includes('join') && !known.includes(url)) this.#join(url);
    this.#settings = all.map((setting) => (changes.later.includes(setting.row.name) ? this.#started(setting) : setting));
    return options;
  }

  /** As it has been since the start: what needs a restart is said at each reload. */
  #started(setting: Setting): Setting {
    return this.#settings.find(({ row }) => row.name === setting.row.name) ?? setting;
  }

  #join(url: string): void {
    this.#server?.join(url).catch((error: unknown) => this.#logger.warn(`${url} cannot be joined: ${CircuitError.from(error).message}`));
  }

  #readKeys(): void {
    const { keys } = this.#options;
    if (keys === undefined) this.#logger.warn('--insecure: anyone who reaches the port of this server may run programs here');
    else this.#keys = new ReloadableKeyring(keys);
  }

  /** What follows from it is in the manual. */
  #tellMissing(): void {
    const why = addonProblem() ?? (hasLauncher() ? undefined : 'the launcher is not built');
    if (why !== undefined)
      this.#logger.warn(
        `a part of this server that is compiled is missing (${why}): Node does instead; "circuit doctor" says what follows`,
      );
  }

  async #prepare(): Promise<void> {
    this.#point = await prepareMountPoint(this.#options.directory ?? defaultDirectory());
  }

  #start(): void {
    const { var: directory, grace_s, docker } = this.#options;
    this.#tellMissing();
    const given = { var: directory, grace_s, docker, version: VERSION };
    this.#server = Server.begin({ ...given, logger: this.#logger, onSuicide: this.#onSuicide });
  }

  async #listen(): Promise<void> {
    const { network, var: directory } = this.#options;
    const keys = this.#keys;
    this.#address = await this.#server?.connect({ ...network, keys: () => keys?.ring, keyFile: keys?.file, var: directory });
  }

  async #serveMetrics(): Promise<void> {
    const { metrics } = this.#options;
    const server = this.#server;
    if (metrics === undefined || server === undefined) return;
    const { MetricsServer } = await import('../../server/metrics-server.js');
    this.#metrics = await MetricsServer.start(metrics, { text: () => server.metrics(), unready: () => this.#unready });
    this.#logger.info(`metrics at http://${formatAddress(this.#metrics.address)}/metrics`);
  }

  async #mount(): Promise<void> {
    if (this.#server === undefined || this.#point === undefined) return;
    this.#mounted = await MountKeeper.mount(
      this.#server.circuit,
      { directory: this.#point.directory, insist: true },
      this.#options,
      this.#logger,
    );
    this.#server.mountCensus = () => this.#mounted?.census;
    void this.#mounted.lost.then(() => this.#logger.warn('the server goes on without a mount; start it again to have one'));
  }

  async #openFront(): Promise<void> {
    if (this.#server !== undefined) this.#front = await Front.open(this.#server, this.#address, this.#options, this.#logger);
  }

  #announce(): void {
    if (this.#server === undefined || this.#address === undefined) return;
    this.#logger.info(`started: server ${this.#server.id} of version ${VERSION} at ${formatAddress(this.#address)}`);
    process.stdout.write(`${formatUrl({ ...this.#address, pid: process.pid, id: this.#server.id })}\n`);
    if (this.#mounted === undefined) this.#logger.info(`server ${this.#server.id} runs without a mount`);
  }
}

/** The daemon keeps no file system busy, least of all its own; and what the compiled launcher leaves that is killed becomes its children. */
function enterRoot(): void {
  if (hasLauncher()) native.becomeSubreaper();
  chdir('/');
}
