/**
 * `circuit mount`: mounts a circuit on a machine that runs no server of it, through one that is dialled.
 */
import { resolve } from 'node:path';
import { chdir } from 'node:process';
import { Command } from 'commander';
import type { LogLevel } from '../base/log.js';
import type { LogFormat } from '../server/log-format.js';
import type { LogForm } from '../server/logger.js';
import type { Console } from '../console/console.js';
import { CircuitError } from '../base/error.js';
import { type DialGiven, dialCircuit, dialOptions, entrancesOf } from './options/dialling.js';
import { keySourceOf } from './options/network.js';
import { rereadKeys } from './options/reloadable-keyring.js';
import type { MountKeeper, MountingOptions } from './daemon/mount-keeper.js';
import type { MountPoint } from './daemon/mountpoint.js';
import type { Step } from './daemon/steps.js';
import { settle } from './options/settings.js';
import { tableOptions } from './options/table.js';

interface Given extends Omit<MountingOptions, 'watchdog_s'>, DialGiven {
  readonly watchdog: number;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat | undefined;
}

export function mountCommand(console: Console): Command {
  const command = new Command('mount')
    .description('mount a circuit without being a server of it, until it is unmounted or the program is stopped')
    .argument('<DIR>', 'an empty directory, or one to be made')
    .addHelpText(
      'after',
      '\nIt stops as "circuit start" does.\n\nExample:\n  circuit mount -d circuit://10.0.0.1:11022/8352/X317c2314a386a9db --key key ./circuit',
    );
  for (const option of [...tableOptions('mount'), ...dialOptions()]) command.addOption(option);
  return command.action(async (directory: string) => {
    const settled = (): Given => settle(command, 'mount').given as unknown as Given;
    await runMount(console, resolve(directory), settled(), settled);
  });
}

async function runMount(console: Console, directory: string, given: Given, settled: () => Given): Promise<void> {
  // A mount's worth of code, which help and errors of use do without.
  const [{ makeLogger }, { Stop, surviveFaults }, daemon, { prepareMountPoint }, { takeSteps, undoSteps }, notify] = await Promise.all([
    import('../server/logger.js'),
    import('./signals/stop.js'),
    import('./daemon/mount-keeper.js'),
    import('./daemon/mountpoint.js'),
    import('./daemon/steps.js'),
    import('./daemon/service-manager.js'),
  ]);
  const { reportStatus, ServiceManager } = notify;
  const form: LogForm = { format: given.logFormat };
  const logger = makeLogger(given.logLevel, form);
  surviveFaults(logger);
  const dialled = await dialCircuit(console, given, { log: (level, message) => logger[level](message) });
  const stop = new Stop(logger);
  const manager = new ServiceManager(process.env);
  stop.onReload = () =>
    manager.reload(() => {
      try {
        const { logLevel, logFormat } = settled();
        logger.level = logLevel;
        form.format = logFormat;
        rereadKeys(dialled.keys, () => dialled.keysChanged(), logger, keySourceOf(entrancesOf(given, console).keys, console));
      } catch (error) {
        logger.error(`SIGHUP: the configuration stays as it is, since ${CircuitError.from(error).message}`);
      }
    });
  const complain = (message: string): void => logger.error(message);
  let prepared: MountPoint | undefined;
  let mounted: MountKeeper | undefined;

  const circuit: Step = { name: 'leaving the circuit', take: () => undefined, undo: () => dialled.close() };
  const point: Step = {
    name: 'preparing the mount point',
    take: async () => {
      prepared = await prepareMountPoint(directory);
      chdir('/');
    },
    undo: () => prepared?.leave(),
  };
  const mount: Step = {
    name: 'mounting',
    take: async () => {
      const { engine, nameCache, allowOther, allowGroup, watchdog: watchdog_s } = given;
      const options = { engine, nameCache, allowOther, allowGroup, watchdog_s };
      mounted = await daemon.MountKeeper.mount(
        dialled.circuit,
        { directory: prepared?.directory ?? directory, insist: false },
        options,
        logger,
      );
    },
    undo: () => mounted?.unmount(),
  };
  await takeSteps([circuit, point, mount], complain);
  if (mounted !== undefined) void reportStatus(manager, dialled.circuit, mounted);
  manager.ready();
  (await import('./daemon/heap.js')).settleHeap();
  let wentWell = false;
  try {
    await Promise.race([stop.asked, mounted?.lost]);
  } finally {
    manager.stopping();
    wentWell = await undoSteps([point, mount, circuit], complain);
    await manager.told();
  }
  process.exit(wentWell ? 0 : 1);
}
