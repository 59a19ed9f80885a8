/**
 * `circuit mount`: mounts a circuit on a machine that runs no server of it, through one that is dialled.
 */
import { resolve } from 'node:path';
import { chdir } from 'node:process';
import { Command } from 'commander';
import type { LogLevel } from '../base/log.js';
import type { Console } from '../console/console.js';
import { type DialGiven, dialCircuit, dialOptions } from './options/dialling.js';
import { rereadKeys } from './options/reloadable-keyring.js';
import type { MountKeeper, MountingOptions } from './daemon/mount-keeper.js';
import type { MountPoint } from './daemon/mountpoint.js';
import type { Step } from './daemon/steps.js';
import { logLevelOption } from './options/log-level.js';
import { WATCHDOG_S, mountOptions, seconds } from './options/mount.js';

interface Given extends Omit<MountingOptions, 'watchdog_s'>, DialGiven {
  readonly watchdog: number;
  readonly logLevel: LogLevel;
}

export function mountCommand(console: Console): Command {
  const command = new Command('mount')
    .description('mount a circuit without being a server of it, until it is unmounted or the program is stopped')
    .argument('<DIR>', 'an empty directory, or one to be made')
    .option('--watchdog <SECONDS>', 'free those who wait for this program if it shows no sign of life for so long', seconds, WATCHDOG_S)
    .addHelpText(
      'after',
      '\nIt stops as "circuit start" does.\n\nExample:\n  circuit mount -d circuit://10.0.0.1:11022/8352/X317c2314a386a9db --key key ./circuit',
    );
  for (const option of [...mountOptions(), ...dialOptions(), logLevelOption()]) command.addOption(option);
  return command.action(async (directory: string, given: Given) => runMount(console, resolve(directory), given));
}

async function runMount(console: Console, directory: string, given: Given): Promise<void> {
  // A mount's worth of code, which help and errors of use do without.
  const [{ makeLogger }, { Stop, surviveFaults }, daemon, { prepareMountPoint }, { takeSteps, undoSteps }] = await Promise.all([
    import('../server/logger.js'),
    import('./signals/stop.js'),
    import('./daemon/mount-keeper.js'),
    import('./daemon/mountpoint.js'),
    import('./daemon/steps.js'),
  ]);
  const logger = makeLogger(given.logLevel);
  surviveFaults(logger);
  const dialled = await dialCircuit(console, given, { log: (level, message) => logger[level](message) });
  const stop = new Stop(logger);
  stop.onReload = () => rereadKeys(dialled.keys, () => dialled.keysChanged(), logger);
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
      const { engine, allowOther, allowGroup, watchdog: watchdog_s } = given;
      const options = { engine, allowOther, allowGroup, watchdog_s };
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
  let wentWell = false;
  try {
    await Promise.race([stop.asked, mounted?.lost]);
  } finally {
    wentWell = await undoSteps([point, mount, circuit], complain);
  }
  process.exit(wentWell ? 0 : 1);
}
