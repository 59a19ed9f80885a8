/**
 * `circuit mount`: mounts a circuit on a machine that runs no server of it, through one that is dialled.
 */
import { resolve } from 'node:path';
import { chdir } from 'node:process';
import { Command, Option } from 'commander';
import { parseUrl, type ServerUrl } from '../base/address.js';
import { CircuitError } from '../base/error.js';
import { ask } from '../cluster/discovery/ask.js';
import { SYSTEM_CLOCK } from '../cluster/discovery/clock.js';
import { DEFAULT_GROUP, type Group, LOOPBACK_ONLY } from '../cluster/discovery/group.js';
import { NO_KEYS } from '../cluster/discovery/seal.js';
import { dialServer } from '../client/dial.js';
import type { Keyring } from '../wire/keyring.js';
import { LiveKeys, rereadOnHangUp } from './live-keys.js';
import type { MountingOptions } from './mount-keeper.js';
import { discoverOption, type KeysGiven, keyOptions, keySourceOf, understood } from './network-options.js';
import { WATCHDOG_S, mountOptions, seconds } from './mount-options.js';

interface Given extends Omit<MountingOptions, 'watchdog_s'>, KeysGiven {
  readonly dial?: ServerUrl;
  readonly discover?: Group | 'none';
  readonly watchdog: number;
}

export function mountCommand(): Command {
  const command = new Command('mount')
    .description('mount a circuit without being a server of it')
    .argument('<DIR>', 'an empty directory, or one to be made')
    .addOption(new Option('-d, --dial <URL>', 'the server to go through, by the URL that it has printed').argParser(understood(parseUrl)))
    .addOption(discoverOption('find that server by multicast'))
    .option('--watchdog <SECONDS>', 'free those who wait for this program if it shows no sign of life for so long', seconds, WATCHDOG_S)
    .addHelpText('after', '\nExample:\n  circuit mount -d circuit://10.0.0.1:11022/8352/X317c2314a386a9db --hmac key ./circuit');
  for (const option of [...mountOptions(), ...keyOptions()]) command.addOption(option);
  return command.action(async (directory: string, given: Given) => runMount(resolve(directory), given));
}

async function runMount(directory: string, given: Given): Promise<void> {
  // A mount's worth of code, which help and errors of use do without.
  const [{ makeLogger }, { Stop, surviveFaults }, { MountKeeper }, { prepareMountPoint }] = await Promise.all([
    import('../server/logger.js'),
    import('./stop.js'),
    import('./mount-keeper.js'),
    import('./mountpoint.js'),
  ]);
  const logger = makeLogger();
  surviveFaults(logger);
  const source = keySourceOf(given);
  const keys = source && new LiveKeys(source);
  const dialled = await dialServer(given.dial ?? (await find(given, keys?.ring)), {
    keys: () => keys?.ring,
    log: (level, message) => logger[level](message),
  });
  rereadOnHangUp(keys, () => dialled.keysChanged(), logger);
  const stop = new Stop(logger);
  const point = await prepareMountPoint(directory);
  chdir('/');
  try {
    const { engine, allowOther, allowGroup, watchdog } = given;
    const mounted = await MountKeeper.mount(
      dialled.circuit,
      point.directory,
      { engine, allowOther, allowGroup, watchdog_s: watchdog },
      logger,
    );
    await stop.asked;
    dialled.close();
    await mounted.unmount();
  } finally {
    point.leave();
  }
  process.exit(0);
}

/** The first server that answers by multicast. @throws CircuitError EHOSTDOWN with what was tried */
async function find({ discover }: Given, keys: Keyring | undefined): Promise<ServerUrl> {
  if (discover === 'none') throw new CircuitError('EINVAL', 'name the server with -d URL, or a multicast group with --discover');
  const { id, address } = await ask({
    ...(discover ?? DEFAULT_GROUP),
    interfaces: discover === undefined ? LOOPBACK_ONLY : 'all',
    keys: keys === undefined ? NO_KEYS : { speak: keys.first, all: keys.all },
    clock: SYSTEM_CLOCK,
  });
  return { ...address, pid: 0, id };
}
