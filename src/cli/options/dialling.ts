/**
 * How every client command finds a server and goes through it: by `-d`, `--discover`, `$CIRCUIT`, `$CIRCUIT_DISCOVER`, and else the user's own server
 * on this machine, in this order. Nobody there is an error after a time limit, never a wait without end.
 */
import { Option } from 'commander';
import { groupOfEnvironment, serverOfEnvironment } from '../../api/environment.js';
import { formatAddress, type ServerUrl } from '../../base/address.js';
import { OPTION_MAX_S } from '../../base/limits.js';
import type { Circuit } from '../../api/circuit.js';
import type { Entrances } from '../../api/enter.js';
import type { CircuitDialOptions, DialledCircuit } from '../../api/dial-server.js';
import type { Group } from '../../cluster/discovery/group.js';
import { Interruption } from '../signals/interruption.js';
import { ReloadableKeyring } from './reloadable-keyring.js';
import { numberOption } from './number.js';
import { clientConfig } from './client-config.js';
import { configOption } from './config-file.js';
import { discoverOption, keyFileOf, type KeysGiven, keySourceOf } from './network.js';
import { tableOptions } from './table.js';

const TIMEOUT_S = 10;

/** As the options give it. */
export interface DialGiven extends KeysGiven {
  readonly dial?: readonly ServerUrl[];
  readonly discover?: Group | 'none';
  /** Path of the configuration file. */
  readonly config?: string;
  /** For finding a server and the first contact, in seconds. */
  readonly timeout: number;
}

/** What every client command takes, beside what is its own. */
export function dialOptions(): readonly Option[] {
  return [
    ...tableOptions('client', ['dial']),
    discoverOption('find that server by multicast'),
    new Option('--timeout <SECONDS>', 'how long to look for that server')
      .argParser(numberOption('seconds', { min: 0, max: OPTION_MAX_S, above: true }))
      .default(TIMEOUT_S),
    ...tableOptions('client', ['key', 'hmac', 'insecure']),
    configOption(),
  ];
}

/** A circuit that was dialled, and the keys that it was dialled with. */
export interface Dialled extends DialledCircuit {
  /** Undefined: without a key. */
  readonly keys: ReloadableKeyring | undefined;
}

/**
 * How long a command outlives a broken connection, in ms: as long as a server takes to find another one dead. One that was killed is waited for as
 * long, by who receives what it had begun to send.
 */
export const COMMAND_PATIENCE_MS = 10_000;

type Surroundings = Pick<CircuitDialOptions, 'log' | 'patience_ms' | 'signal'>;

/**
 * Finds a server and dials it.
 * @throws CircuitError EHOSTDOWN when nobody answers, with what to do; EACCES, EINVAL, ENOENT for a wrong key or URL; the signal's reason
 */
export async function dialCircuit(given: DialGiven, surroundings: Surroundings = {}): Promise<Dialled> {
  const { enter } = await import('../../api/enter.js'); // the code of connections, which help and errors of use do without
  const { keys: keysGiven, urls, group } = entrancesOf(given, process.env);
  const source = keySourceOf(keysGiven);
  const keys = source && new ReloadableKeyring(source);
  const timeout_ms = given.timeout * 1000;
  return { ...(await enter({ urls, group }, { ...surroundings, keys: () => keys?.ring, timeout_ms, late: tooLate(given) })), keys };
}

/** Which servers are dialled, and with which keys: what flags and environment leave open the configuration file says. */
export function entrancesOf(given: DialGiven, env: NodeJS.ProcessEnv): Entrances & { readonly keys: KeysGiven } {
  const { key, insecure, writtenKey, urls: known, group: usual } = clientConfig(given.config, env);
  const hasKey = given.insecure || keyFileOf(given) !== undefined;
  const keys = hasKey ? given : { insecure: insecure && key === undefined, writtenKey, ...(key !== undefined && { key }) };
  const isNamed =
    given.dial !== undefined || given.discover !== undefined || (env['CIRCUIT'] ?? '') !== '' || env['CIRCUIT_DISCOVER'] !== undefined;
  if (!isNamed) return { keys, urls: known, group: usual };
  const urls = namedServers(given, env);
  // A group that is asked for on the command line is asked when none of the named servers answers.
  return { keys, urls, group: urls.length === 0 ? groupOf(given, env) : given.discover };
}

/** What a client command does with a circuit; returns its exit status, or nothing for 0. */
export type Work = (circuit: Circuit, signal: AbortSignal) => Promise<number> | Promise<void>;

/**
 * Dials, works, and lets go: the whole of a client command. A failure is thrown on after all has been let go. Ctrl-C, TERM and HUP abort the
 * signal, `work` may tidy up, and the exit status is 128 and the signal's number; a second one ends at once.
 */
export async function withCircuit(given: DialGiven, work: Work): Promise<void> {
  const interruption = Interruption.watch();
  const { signal } = interruption;
  try {
    const dialled = await dialCircuit(given, { signal, patience_ms: COMMAND_PATIENCE_MS });
    try {
      process.exitCode = (await work(dialled.circuit, signal)) ?? 0;
    } finally {
      await dialled.leave();
    }
  } catch (error) {
    if (interruption.status === undefined) throw error;
  } finally {
    process.exitCode = interruption.status ?? process.exitCode;
    interruption.end();
  }
}

/** The servers that are named by their URLs: by `-d`, or by `$CIRCUIT` unless a group is given. @throws CircuitError EINVAL, ENOENT */
export function namedServers({ dial, discover }: Pick<DialGiven, 'dial' | 'discover'>, env: NodeJS.ProcessEnv): readonly ServerUrl[] {
  if (dial !== undefined || discover !== undefined) return dial ?? [];
  const url = serverOfEnvironment(env);
  return url === undefined ? [] : [url];
}

/** The group to ask; undefined: the user's own server, on this machine. @throws CircuitError EINVAL */
export function groupOf({ discover }: Pick<DialGiven, 'discover'>, env: NodeJS.ProcessEnv): Group | 'none' | undefined {
  return discover ?? groupOfEnvironment(env);
}

function tooLate({ timeout: limit_s, dial }: DialGiven): string {
  const who = dial === undefined ? 'no server' : `no server at ${dial.map(formatAddress).join(' or ')}`;
  return `${who} answered within ${limit_s} s: start one with "circuit start", or wait longer with --timeout`;
}
