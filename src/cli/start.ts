/**
 * `circuit start`: runs a server with its mount in the foreground until it is told to stop.
 */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { CircuitError } from '../base/error.js';
import type { Console } from '../console/console.js';
import type { Execute } from '../console/execute.js';
import type { DaemonOptions } from './daemon/daemon.js';
import { configOption } from './options/config-file.js';
import { dockerSocket } from './options/docker-socket.js';
import { keySourceOf, type NetworkGiven, resolveNetwork } from './options/network.js';
import { type Setting, settle } from './options/settings.js';
import { tableOptions } from './options/table.js';
import { print } from './output.js';
import { UsageError } from './usage-error.js';

interface Given
  extends Omit<DaemonOptions, 'directory' | 'docker' | 'grace_s' | 'watchdog_s' | 'network' | 'keys' | 'reload' | 'execute'>, NetworkGiven {
  readonly directory?: string;
  readonly docker?: string | true;
  readonly grace: number;
  readonly watchdog: number;
}

/** @param execute what runs a command for the native front */
export function startCommand(console: Console, execute: Execute): Command {
  const command = new Command('start')
    .description('run a server in the foreground, as part of a circuit, which it mounts')
    .addHelpText(
      'after',
      `
Each option but --config may stand in the configuration file by its long name, as in "if = eth0:11022", and in the environment, as CIRCUIT_IF.
Flags go before the environment, and that before the file.

It stops on TERM, Ctrl-C, and when its terminal is closed; nohup or setsid let it outlive that. HUP reads the keys and the configuration file again.

Examples:
  circuit start -m ./circuit
  circuit start --if eth0 --discover 228.8.8.8:7711 --key key
  circuit start --show-config`,
    )
    .action(async ({ showConfig }: { showConfig: boolean }) => {
      if (showConfig) {
        const { configText } = await import('./options/show-config.js');
        return print(console.stdout, configText(settle(command, 'start')));
      }
      try {
        const { options, all } = understand(command, console);
        const { runDaemon } = await import('./daemon/daemon.js'); // a server's worth of code, which help and errors of use do without
        await runDaemon({ ...options, reload: () => understand(command, console), settings: all, execute });
      } catch (error) {
        throw withDoctor(error);
      }
    });
  for (const option of tableOptions('start')) command.addOption(option);
  return command
    .addOption(configOption())
    .option('--show-config', 'print each option, its value and where that came from, and start nothing', false);
}

/** What it was told, from all sides, at this moment. @throws UsageError, CircuitError with what is wrong and where */
function understand(command: Command, console: Console): { readonly options: Omit<DaemonOptions, 'reload' | 'settings' | 'execute'>; readonly all: readonly Setting[] } {
  const { given: merged, writtenKey, all } = settle(command, 'start');
  const given = { ...merged, writtenKey } as unknown as Given;
  const { directory, grace, watchdog, mount, engine, nameCache, allowOther, allowGroup, logLevel, logFormat, metrics } = given;
  const network = resolveNetwork(given);
  const keys = keySourceOf(given, console);
  const trees = { directory: absolute(directory), var: absolute(given.var), docker: dockerSocket(given.docker) };
  const mounting = { mount, engine, nameCache, allowOther, allowGroup, watchdog_s: watchdog };
  return { options: { ...trees, ...mounting, grace_s: grace, logLevel, logFormat, metrics, network, keys }, all };
}

function absolute(path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolve(path);
}

/** The machine may lack something: who has read why it does not start is told who knows more. */
function withDoctor(error: unknown): unknown {
  if (!(error instanceof CircuitError) || error instanceof UsageError) return error;
  return new CircuitError(error.code, `${error.message} ("circuit doctor" checks this machine)`, { cause: error });
}
