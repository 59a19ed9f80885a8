/**
 * The life of a daemon: server, mount, signals, orderly stop.
 */
import { chdir } from 'node:process';
import type { Mount } from '../../mount/engine/filesystem.js';
import { CircuitError } from '../base/error.js';
import { type Logger, makeLogger } from '../server/logger.js';
import { Server } from '../server/server.js';
import { defaultDirectory, prepareMountPoint } from './mountpoint.js';
import { notify } from './notify.js';
import { VERSION } from './version.js';

/** What `circuit start` was told; directories are absolute. */
export interface DaemonOptions {
  /** Mount point; the default of the user if absent. */
  readonly directory: string | undefined;
  readonly mount: boolean;
  readonly engine: 'kernel' | 'fuse-native';
  readonly allowOther: boolean;
  readonly allowGroup: string | undefined;
  readonly var: string | undefined;
  readonly grace_s: number;
  readonly watchdog_s: number;
}

/** Resolves when the daemon has stopped in order. @throws CircuitError for an error of use, with what to do */
export async function runDaemon(options: DaemonOptions): Promise<void> {
  const logger = makeLogger();
  surviveFaults(logger);
  const stop = new Stop(logger);
  const point = options.mount ? await prepareMountPoint(options.directory ?? defaultDirectory()) : undefined;
  chdir('/'); // the daemon must keep no file system busy, least of all its own
  try {
    const server = Server.start({
      var: options.var,
      grace_s: options.grace_s,
      version: VERSION,
      logger,
      onSuicide: () => stop.ask('suicide'),
    });
    try {
      const mounted = point && (await MountKeeper.mount(server, point.directory, options, logger));
      if (mounted === undefined) logger.info(`server ${server.id} runs without a mount`);
      notify('READY=1');
      await stop.asked;
      notify('STOPPING=1');
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

/** Keeps the circuit mounted: mounts again after the connection was cut, but not against somebody who unmounts it. */
class MountKeeper {
  #mount: Mount;
  #stopping = false;

  static async mount(server: Server, directory: string, options: DaemonOptions, logger: Logger): Promise<MountKeeper> {
    const { mountCircuit } = await import('../../mount/index.js');
    const log = (level: 'info' | 'warn' | 'error', message: string, error?: unknown): void => logger[level]({ err: error }, message);
    const again = async (): Promise<Mount> => {
      const { engine, allowOther, allowGroup, watchdog_s } = options;
      const mount = await mountCircuit(server.circuit, { directory, engine, allowOther, allowGroup, watchdog_s, log });
      logger.info(`mounted at ${directory}`);
      return mount;
    };
    return new MountKeeper(await again(), again, directory, logger);
  }

  private constructor(mount: Mount, again: () => Promise<Mount>, directory: string, logger: Logger) {
    this.#mount = mount;
    void this.#keep(again, directory, logger);
  }

  async unmount(): Promise<void> {
    this.#stopping = true;
    await this.#mount.unmount();
  }

  async #keep(again: () => Promise<Mount>, directory: string, logger: Logger): Promise<void> {
    for (;;) {
      const how = await this.#mount.ended;
      if (this.#stopping) return;
      if (how === 'unmounted') {
        logger.warn(`${directory} was unmounted by somebody; the server goes on without a mount, start it again to have one`);
        return;
      }
      logger.warn(`the connection of ${directory} was cut: mounting again`);
      try {
        this.#mount = await again();
      } catch (error) {
        logger.error({ err: error }, `${directory} cannot be mounted again; the server goes on without a mount`);
        return;
      }
    }
  }
}

/** The same signal again within this time is the same Ctrl-C: the terminal sends it to everybody in front, and npm hands its own on. */
const ECHO_MS = 200;

/** What asks the daemon to stop: TERM, INT, and `suicide`. */
class Stop {
  readonly asked: Promise<void>;
  readonly #logger: Logger;
  #resolve!: () => void;
  #first: { readonly signal: NodeJS.Signals; readonly at_ms: number } | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
    this.asked = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => this.#signaled(signal));
    process.on('SIGHUP', () => logger.info('SIGHUP: nothing to read again'));
  }

  /** Stops in order; nothing happens if that has been asked for already. */
  ask(why: string): void {
    this.#logger.info(`${why}: stopping; a further signal stops at once`);
    this.#resolve();
  }

  /** The first signal stops in order, the second one at once, and the launcher takes the processes along. */
  #signaled(signal: NodeJS.Signals): void {
    const at_ms = performance.now();
    if (this.#first === undefined) {
      this.#first = { signal, at_ms };
      this.ask(signal);
    } else if (signal !== this.#first.signal || at_ms - this.#first.at_ms > ECHO_MS) process.exit(1);
  }
}

/** A fault of ours in one request must not be the end of everybody's processes. */
function surviveFaults(logger: Logger): void {
  process.on('uncaughtException', (error) => {
    if (error instanceof CircuitError) logger.warn({ err: error }, error.message);
    else logger.error({ err: error }, 'a fault of the server: please report it');
  });
  process.on('unhandledRejection', (error) => logger.error({ err: error }, 'a fault of the server: please report it'));
}
