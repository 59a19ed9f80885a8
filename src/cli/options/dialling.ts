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
import type { Console } from '../../console/console.js';
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
const COMMAND_PATIENCE_MS = 10_000;

/** A command that its server runs itself needs no connection, and lets go of none. */
const ALREADY_THERE: Omit<Dialled, 'circuit'> = {
  keys: undefined,
  keysChanged: () => undefined,
  leave: () => Promise.resolve(),
  close: () => undefined,
};

type Surroundings = Pick<CircuitDialOptions, 'log' | 'patience_ms' | 'signal'>;

/**
 * Finds a server and dials it.
 * @throws CircuitError EHOSTDOWN when nobody answers, with what to do; EACCES, EINVAL, ENOENT for a wrong key or URL; the signal's reason
 */
export async function dialCircuit(console: Console, given: DialGiven, surroundings: Surroundings = {}): Promise<Dialled> {
  if (console.circuit !== undefined) return { ...ALREADY_THERE, circuit: console.circuit };
  const { enter } = await import('../../api/enter.js'); // the code of connections, which help and errors of use do without
  const { keys: keysGiven, urls, group } = entrancesOf(given, console);
  const source = keySourceOf(keysGiven, console);
  const keys = source && new ReloadableKeyring(source);
  const timeout_ms = given.timeout * 1000;
  return { ...(await enter({ urls, group }, { ...surroundings, keys: () => keys?.ring, timeout_ms, late: tooLate(given) })), keys };
}

/** Which servers are dialled, and with which keys: what flags and environment leave open the configuration file says. */
export function entrancesOf(given: DialGiven, console: Pick<Console, 'env' | 'cwd'>): Entrances & { readonly keys: KeysGiven } {
  const { env } = console;
  const { key, insecure, writtenKey, urls: known, group: usual } = clientConfig(given.config, env);
  const hasKey = given.insecure || keyFileOf(given, console) !== undefined;
  const keys = hasKey ? given : { insecure: insecure && key === undefined, writtenKey, ...(key !== undefined && { key }) };
  if (!isServerNamed(given, env)) return { keys, urls: known, group: usual };
  const urls = namedServers(given, env);
  // A group that is asked for on the command line is asked when none of the named servers answers.
  return { keys, urls, group: urls.length === 0 ? groupOf(given, env) : given.discover };
}

/** Whether flags or environment say which server is gone through. */
export function isServerNamed({ dial, discover }: Pick<DialGiven, 'dial' | 'discover'>, env: Console['env']): boolean {
  return dial !== undefined || discover !== undefined || (env['CIRCUIT'] ?? '') !== '' || env['CIRCUIT_DISCOVER'] !== undefined;
}

/** What a client command does with a circuit; returns its exit status, or nothing for 0. */
export type Work = (circuit: Circuit, signal: AbortSignal) => Promise<number> | Promise<void>;

/**
 * Dials, works, and lets go: the whole of a client command. A failure is thrown on after all has been let go. Ctrl-C, TERM and HUP abort the
 * signal, `work` may tidy up, and the exit status is 128 and the signal's number; a second one ends at once.
 */
export async function withCircuit(console: Console, given: DialGiven, work: Work): Promise<void> {
  const interruption = Interruption.watch(console);
  await workUntil(interruption, console, given, work);
  console.status = interruption.status ?? console.status;
}

/** The same for a command that goes on after an interruption: if `work` ends all the same, the exit status is its own. */
export async function workUntil(interruption: Interruption, console: Console, given: DialGiven, work: Work): Promise<void> {
  const { signal } = interruption;
  try {
    const dialled = await dialCircuit(console, given, { signal, patience_ms: COMMAND_PATIENCE_MS });
    try {
      console.status = (await work(dialled.circuit, signal)) ?? 0;
    } finally {
      await dialled.leave();
    }
  } catch (error) {
    if (interruption.status === undefined) throw error;
    console.status = interruption.status;
  } finally {
    interruption.end();
  }
}

/** The servers that are named by their URLs: by `-d`, or by `$CIRCUIT` unless a group is given. @throws CircuitError EINVAL, ENOENT */
export function namedServers({ dial, discover }: Pick<DialGiven, 'dial' | 'discover'>, env: Console['env']): readonly ServerUrl[] {
  if (dial !== undefined || discover !== undefined) return dial ?? [];
  const url = serverOfEnvironment(env);
  return url === undefined ? [] : [url];
}

/** The group to ask; undefined: the user's own server, on this machine. @throws CircuitError EINVAL */
export function groupOf({ discover }: Pick<DialGiven, 'discover'>, env: Console['env']): Group | 'none' | undefined {
  return discover ?? groupOfEnvironment(env);
}

function tooLate({ timeout: limit_s, dial }: DialGiven): string {
  const who = dial === undefined ? 'no server' : `no server at ${dial.map(formatAddress).join(' or ')}`;
  return `${who} answered within ${limit_s} s: start one with "circuit start", or wait longer with --timeout`;
}
