/**
 * `circuit mount`: mounts a circuit on a machine that runs no server of it, through one that is dialled.
 */
import { resolve } from 'node:path';
import { chdir } from 'node:process';
import { Command } from 'commander';
import type { LogLevel } from '../base/log.js';
import { type DialGiven, dialCircuit, dialOptions } from './options/dialling.js';
import { rereadOnHangUp } from './options/reloadable-keyring.js';
import type { MountingOptions } from './daemon/mount-keeper.js';
import { logLevelOption } from './options/log-level.js';
import { WATCHDOG_S, mountOptions, seconds } from './options/mount.js';

interface Given extends Omit<MountingOptions, 'watchdog_s'>, DialGiven {
  readonly watchdog: number;
  readonly logLevel: LogLevel;
}

export function mountCommand(): Command {
  const command = new Command('mount')
    .description('mount a circuit without being a server of it, until it is unmounted or the program is stopped')
    .argument('<DIR>', 'an empty directory, or one to be made')
    .option('--watchdog <SECONDS>', 'free those who wait for this program if it shows no sign of life for so long', seconds, WATCHDOG_S)
    .addHelpText('after', '\nExample:\n  circuit mount -d circuit://10.0.0.1:11022/8352/X317c2314a386a9db --key key ./circuit');
  for (const option of [...mountOptions(), ...dialOptions(), logLevelOption()]) command.addOption(option);
  return command.action(async (directory: string, given: Given) => runMount(resolve(directory), given));
}

async function runMount(directory: string, given: Given): Promise<void> {
  // A mount's worth of code, which help and errors of use do without.
  const [{ makeLogger }, { Stop, surviveFaults }, { MountKeeper }, { prepareMountPoint }] = await Promise.all([
    import('../server/logger.js'),
    import('./signals/stop.js'),
    import('./daemon/mount-keeper.js'),
    import('./daemon/mountpoint.js'),
  ]);
  const logger = makeLogger(given.logLevel);
  surviveFaults(logger);
  const dialled = await dialCircuit(given, { log: (level, message) => logger[level](message) });
  rereadOnHangUp(dialled.keys, { changed: () => dialled.keysChanged(), logger });
  const stop = new Stop(logger);
  const point = await prepareMountPoint(directory);
  chdir('/');
  try {
    const { engine, allowOther, allowGroup, watchdog } = given;
    const mounted = await MountKeeper.mount(
      dialled.circuit,
      { directory: point.directory, insist: false },
      { engine, allowOther, allowGroup, watchdog_s: watchdog },
      logger,
    );
    try {
      await Promise.race([stop.asked, mounted.lost]);
    } finally {
      dialled.close();
      await mounted.unmount();
    }
  } finally {
    point.leave();
  }
  process.exit(0);
}
