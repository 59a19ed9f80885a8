/**
 * The life of a daemon: server, keys, mount, orderly stop.
 */
import { chdir } from 'node:process';
import { native } from '../../../native/index.js';
import type { Circuit } from '../../api/circuit.js';
import { formatUrl } from '../../base/address.js';
import type { LogLevel } from '../../base/log.js';
import { makeLogger } from '../../server/logger.js';
import type { NetworkOptions } from '../../server/network.js';
import { Server } from '../../server/server.js';
import { defaultDirectory, prepareMountPoint } from './mountpoint.js';
import { ReloadableKeyring, rereadOnHangUp } from '../options/reloadable-keyring.js';
import type { KeySource } from '../options/network.js';
import { MountKeeper, type MountingOptions } from './mount-keeper.js';
import { ServiceManager } from './service-manager.js';
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
}

/** Resolves when the daemon has stopped in order. @throws CircuitError for an error of use, with what to do */
export async function runDaemon(options: DaemonOptions): Promise<void> {
  const logger = makeLogger(options.logLevel);
  surviveFaults(logger);
  const manager = new ServiceManager(process.env);
  const stop = new Stop(logger);
  const keys = options.keys && new ReloadableKeyring(options.keys);
  if (keys === undefined) logger.warn('--insecure: whoever reaches the port of this server may run programs here');
  const point = options.mount ? await prepareMountPoint(options.directory ?? defaultDirectory()) : undefined;
  native.becomeSubreaper(); // of what a launcher leaves that is killed
  chdir('/'); // the daemon must keep no file system busy, least of all its own
  try {
    const server = Server.start({
      var: options.var,
      grace_s: options.grace_s,
      docker: options.docker,
      version: VERSION,
      logger,
      onSuicide: () => stop.ask('suicide'),
    });
    try {
      const { network, var: directory } = options;
      const address = await server.connect({ ...network, keys: () => keys?.ring, keyFile: keys?.file, var: directory });
      rereadOnHangUp(keys, { changed: () => server.keysChanged(), logger, around: (work) => manager.reload(work) });
      process.stdout.write(`${formatUrl({ ...address, pid: process.pid, id: server.id })}\n`);
      const mounted = point && (await MountKeeper.mount(server.circuit, { directory: point.directory, insist: true }, options, logger));
      if (mounted === undefined) logger.info(`server ${server.id} runs without a mount`);
      void mounted?.lost.then(() => logger.warn('the server goes on without a mount; start it again to have one'));
      void reportStatus(manager, server.circuit, mounted);
      manager.ready();
      await stop.asked;
      manager.stopping();
      await server.stop();
      await mounted?.unmount();
    } catch (error) {
      await server.stop();
      throw error;
    }
  } finally {
    point?.leave();
  }
  logger.info('stopped');
  process.exit(0);
}

/** Keeps the manager's sentence about the daemon true: how many servers there are, and where they are mounted. */
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
