/**
 * A program of its own, since a daemon changes the process that it is in: takes the steps of a daemon's start as often as there are, each time with
 * a failure one step later, and prints what is left.
 */
import { existsSync, mkdirSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { mountAt } from '../../../src/base/mounts.js';
import { Daemon, type DaemonOptions } from '../../../src/cli/daemon/daemon.js';
import { takeSteps } from '../../../src/cli/daemon/steps.js';
import { childrenOf, commandLineOf, comesTrue } from '../../lib/processes.js';

/** One line of what it prints. */
export interface Found {
  /** The step behind which the failure was. */
  readonly behind: string;
  readonly error: string;
  /** What was there at that moment. */
  readonly there: { readonly isMounted: boolean; readonly isLocked: boolean; readonly children: number };
  readonly left: {
    readonly children: readonly string[];
    readonly descriptors: readonly string[];
    readonly files: readonly string[];
    readonly isMounted: boolean;
  };
}

/** How long a watchdog that was told to end may take. */
const END_LIMIT_MS = 10_000;
const [scratch = ''] = process.argv.slice(2);

function optionsIn(directory: string): DaemonOptions {
  return {
    directory: join(directory, 'mount'),
    mount: true,
    var: join(directory, 'var', 'circuit'),
    docker: undefined,
    grace_s: 1,
    logLevel: 'info',
    network: { listen: { host: '127.0.0.1', port: 0 }, join: [], joinName: undefined, multicast: undefined, patience_ms: 0 },
    keys: undefined,
    execute: () => Promise.resolve(0),
    engine: 'kernel',
    allowOther: false,
    nameCache: true,
    allowGroup: undefined,
    watchdog_s: 30,
    logFormat: undefined,
    metrics: undefined,
    settings: [],
    reload: () => {
      throw new Error('nobody asks for it');
    },
  };
}

/** Sockets, the device, and the lock. */
function descriptors(): readonly string[] {
  return readdirSync('/proc/self/fd').map(targetOf).filter((target) => /^socket:|^\/dev\/fuse|\/lock$/.test(target)); // prettier-ignore
}

function targetOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return ''; // that of readdir itself
  }
}

async function failBehind(count: number): Promise<Found> {
  const directory = join(scratch, String(count));
  mkdirSync(directory);
  const options = optionsIn(directory);
  const isMounted = (): boolean => mountAt(options.directory ?? '') !== undefined;
  const before = descriptors();
  const { steps } = new Daemon(options, pino({ level: 'silent' }), () => undefined);
  let there: Found['there'] = { isMounted: false, isLocked: false, children: 0 };
  const fail = (): void => {
    there = { isMounted: isMounted(), isLocked: existsSync(join(options.var ?? '', 'lock')), children: childrenOf(process.pid).length };
    throw new Error('injected');
  };
  const failing = [...steps.slice(0, count), { name: 'failing on purpose', take: fail }, ...steps.slice(count)];
  const error: unknown = await takeSteps(failing, (message) => process.stderr.write(`${message}\n`)).catch((reason: unknown) => reason);
  const opened = (): readonly string[] => descriptors().filter((target) => !before.includes(target));
  await comesTrue(() => childrenOf(process.pid).length === 0 && opened().length === 0, END_LIMIT_MS);
  const children = childrenOf(process.pid).map(commandLineOf);
  const files = readdirSync(directory, { recursive: true }) as string[];
  const left = { children, descriptors: opened(), files, isMounted: isMounted() };
  return { behind: steps[count - 1]?.name ?? 'nothing', error: error instanceof Error ? error.message : 'none', there, left };
}

/** As many as a daemon has; more than that finds nothing new. */
async function main(): Promise<void> {
  const { steps } = new Daemon(optionsIn(scratch), pino({ level: 'silent' }), () => undefined);
  for (let count = 0; count <= steps.length; count++) process.stdout.write(`${JSON.stringify(await failBehind(count))}\n`);
}

await main();
process.exit();
