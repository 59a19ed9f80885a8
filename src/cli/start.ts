/**
 * `circuit start`: runs a server with its mount in the foreground until it is told to stop.
 */
import { resolve } from 'node:path';
import { Command } from 'commander';
import type { Console } from '../console/console.js';
import type { Execute } from '../console/execute.js';
import type { DaemonOptions } from './daemon/daemon.js';
import { dockerSocket } from './options/docker-socket.js';
import { logLevelOption } from './options/log-level.js';
import { mountOptions, seconds, WATCHDOG_S } from './options/mount.js';
import { keySourceOf, type NetworkGiven, networkOptions, resolveNetwork } from './options/network.js';

const GRACE_S = 5;

interface Given
  extends Omit<DaemonOptions, 'directory' | 'docker' | 'grace_s' | 'watchdog_s' | 'network' | 'keys' | 'execute'>, NetworkGiven {
  readonly directory?: string;
  readonly docker?: string | true;
  readonly grace: number;
  readonly watchdog: number;
}

/** @param execute what runs a command for the native front */
export function startCommand(console: Console, execute: Execute): Command {
  const command = new Command('start')
    .description('run a server in the foreground, as part of a circuit, which it mounts')
    .option('-m, --directory <DIR>', 'mount point (default: /circuit, or $XDG_RUNTIME_DIR/circuit for a user who may not make that)')
    .option('--no-mount', 'serve without a mount')
    .option('--var <DIR>', 'your own directory for what outlives the server; one server at a time')
    .option('--grace <SECONDS>', 'how long processes have between TERM and KILL when the server stops', seconds, GRACE_S)
    .option('--watchdog <SECONDS>', 'free those who wait for a server that shows no sign of life for so long', seconds, WATCHDOG_S)
    .option(
      '--docker [SOCKET]',
      'run containers with the Docker engine at this socket (default: that of $DOCKER_HOST, or /var/run/docker.sock)',
    )
    .addHelpText(
      'after',
      `
It stops on TERM, Ctrl-C, and when its terminal is closed; nohup or setsid let it outlive that. HUP reads the keys again.

Examples:
  circuit start -m ./circuit
  circuit start --if eth0:11022 --discover 228.8.8.8:7711 --key key`,
    )
    .action(async (given: Given) => {
      const { directory, grace, watchdog, mount, engine, allowOther, allowGroup, logLevel } = given;
      const network = resolveNetwork(given);
      const keys = keySourceOf(given, console);
      const { runDaemon } = await import('./daemon/daemon.js'); // a server's worth of code, which help and errors of use do without
      const trees = { directory: absolute(directory), var: absolute(given.var), docker: dockerSocket(given.docker) };
      const mounting = { mount, engine, allowOther, allowGroup, watchdog_s: watchdog };
      await runDaemon({ ...trees, ...mounting, grace_s: grace, logLevel, network, keys, execute });
    });
  for (const option of [...mountOptions(), ...networkOptions(), logLevelOption()]) command.addOption(option);
  return command;
}

function absolute(path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolve(path);
}
