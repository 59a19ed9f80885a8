/**
 * `circuit start`: runs a server with its mount in the foreground until it is told to stop.
 */
import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { DaemonOptions } from './daemon.js';

const GRACE_S = 5;
const WATCHDOG_S = 30;

interface Given extends Omit<DaemonOptions, 'directory' | 'grace_s' | 'watchdog_s'> {
  readonly directory?: string;
  readonly grace: number;
  readonly watchdog: number;
}

export function startCommand(): Command {
  return new Command('start')
    .description('run a server in the foreground, with its circuit mounted')
    .option('-m, --directory <DIR>', 'mount point (default: /circuit, or $XDG_RUNTIME_DIR/circuit for a user who may not make that)')
    .option('--no-mount', 'serve without a mount')
    .addOption(new Option('--engine <NAME>', 'what speaks with the kernel').choices(['kernel', 'fuse-native']).default('kernel'))
    .option('--allow-other', 'let other users in, to read', false)
    .option('--allow-group <NAME>', 'with --allow-other: a group whose members may also write')
    .option('--var <DIR>', 'directory for what outlives the server; one server at a time')
    .option('--grace <SECONDS>', 'how long processes have between TERM and KILL when the server stops', seconds, GRACE_S)
    .option('--watchdog <SECONDS>', 'free those who wait for a server that shows no sign of life for so long', seconds, WATCHDOG_S)
    .addHelpText('after', '\nExample:\n  circuit start -m ./circuit')
    .action(async (given: Given) => {
      const { directory, grace, watchdog, ...same } = given;
      const { runDaemon } = await import('./daemon.js'); // a server's worth of code, which help and errors of use do without
      await runDaemon({ ...same, directory: absolute(directory), var: absolute(given.var), grace_s: grace, watchdog_s: watchdog });
    });
}

function absolute(path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolve(path);
}

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 86_400)) throw new InvalidArgumentError('Give a number of seconds from 0 to 86400.');
  return value;
}
