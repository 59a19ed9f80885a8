/**
 * How every client command finds a server and goes through it: by `-d`, `--discover`, `$CIRCUIT`, `$CIRCUIT_DISCOVER`, and else the user's own server
 * on this machine, in this order. Nobody there is an error after a time limit, never a wait without end.
 */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { InvalidArgumentError, Option } from 'commander';
import { formatAddress, parseUrl, type ServerUrl } from '../base/address.js';
import { CircuitError } from '../base/error.js';
import { shellQuote } from '../base/quote.js';
import type { Circuit } from '../client/circuit.js';
import type { DialledCircuit } from '../client/dial.js';
import { DEFAULT_GROUP, type Group, LOOPBACK_ONLY, parseGroup } from '../cluster/discovery/group.js';
import type { Log } from '../wire/complaint.js';
import type { Keyring } from '../wire/keyring.js';
import { Interruption } from './interruption.js';
import { LiveKeys } from './live-keys.js';
import { discoverOption, type KeysGiven, keyOptions, keySourceOf, understood } from './network-options.js';

const TIMEOUT_S = 10;
const TIMEOUT_MAX_S = 3600;

/** As the options give it. */
export interface DialGiven extends KeysGiven {
  readonly dial?: ServerUrl;
  readonly discover?: Group | 'none';
  /** For finding a server and the first contact, in seconds. */
  readonly timeout: number;
}

/** What every client command takes, beside what is its own. */
export function dialOptions(): readonly Option[] {
  return [
    new Option('-d, --dial <URL>', 'the server to go through, by the URL that it has printed').argParser(understood(parseUrl)),
    discoverOption('find that server by multicast', { fromEnvironment: false }),
    new Option('--timeout <SECONDS>', 'how long to look for that server').argParser(timeout).default(TIMEOUT_S),
    ...keyOptions(),
  ];
}

/** A circuit that was dialled, and the keys that it was dialled with. */
export interface Dialled extends DialledCircuit {
  /** Undefined: without a key. */
  readonly keys: LiveKeys | undefined;
}

interface Surroundings {
  readonly log?: Log;
  readonly signal?: AbortSignal;
}

/**
 * Finds a server and dials it.
 * @throws CircuitError EHOSTDOWN when nobody answers, with what to do; EACCES, EINVAL, ENOENT for a wrong key or URL; the signal's reason
 */
export async function dialCircuit(given: DialGiven, { log, signal }: Surroundings = {}): Promise<Dialled> {
  // The code of connections, which help and errors of use do without.
  const { dial } = await import('../client/dial.js');
  const source = keySourceOf(given);
  const keys = source && new LiveKeys(source);
  const limit = new AbortController();
  const late = setTimeout(() => limit.abort(tooLate(given)), given.timeout * 1000);
  const both = signal === undefined ? limit.signal : AbortSignal.any([signal, limit.signal]);
  try {
    const url = namedServer(given, process.env) ?? (await find(groupOf(given, process.env), keys?.ring, both));
    return { ...(await dial(url, { keys: () => keys?.ring, signal: both, ...(log && { log }) })), keys };
  } finally {
    clearTimeout(late);
  }
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
    const dialled = await dialCircuit(given, { signal });
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

/**
 * The server that is named by its URL: by `-d`, or by `$CIRCUIT` unless a group is given.
 * @throws CircuitError EINVAL, ENOENT for a file that holds no URL
 */
export function namedServer({ dial, discover }: Pick<DialGiven, 'dial' | 'discover'>, env: NodeJS.ProcessEnv): ServerUrl | undefined {
  const named = env['CIRCUIT'] ?? '';
  if (dial !== undefined || discover !== undefined || named === '') return dial;
  if (named.startsWith('circuit://')) return parseUrl(named);
  // The shell expands no tilde within quotes, and the original's manual writes one there.
  const file = named.replace(/^~(?=\/|$)/, homedir());
  const shown = `$CIRCUIT names ${shellQuote(file)}`;
  try {
    return parseUrl(readFileSync(file, 'utf8').trim().split('\n', 1)[0] ?? '');
  } catch (error) {
    if (error instanceof CircuitError) throw new CircuitError('EINVAL', `${shown}, and in it ${error.message}`, { cause: error });
    throw new CircuitError('ENOENT', `${shown}, which cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

/** The group to ask; undefined: the user's own server, on this machine. @throws CircuitError EINVAL */
export function groupOf({ discover }: Pick<DialGiven, 'discover'>, env: NodeJS.ProcessEnv): Group | 'none' | undefined {
  if (discover !== undefined) return discover;
  const group = env['CIRCUIT_DISCOVER'];
  if (group === undefined) return undefined;
  return group === '' ? 'none' : parseGroup(group);
}

/** The first server that answers by multicast. @throws CircuitError EHOSTDOWN with what was tried */
async function find(group: Group | 'none' | undefined, keys: Keyring | undefined, signal: AbortSignal): Promise<ServerUrl> {
  if (group === 'none') throw new CircuitError('EINVAL', 'name the server with -d URL, or a multicast group with --discover');
  const [{ ask }, { SYSTEM_CLOCK }, { NO_KEYS }] = await Promise.all([
    import('../cluster/discovery/ask.js'),
    import('../cluster/discovery/clock.js'),
    import('../cluster/discovery/seal.js'),
  ]);
  const { id, address } = await ask({
    ...(group ?? DEFAULT_GROUP),
    interfaces: group === undefined ? LOOPBACK_ONLY : 'all',
    keys: keys === undefined ? NO_KEYS : { speak: keys.first, all: keys.all },
    clock: SYSTEM_CLOCK,
    signal,
  });
  return { ...address, pid: 0, id };
}

function tooLate({ timeout: limit_s, dial }: DialGiven): CircuitError {
  const who = dial === undefined ? 'no server' : `no server at ${formatAddress(dial)}`;
  return new CircuitError(
    'EHOSTDOWN',
    `${who} answered within ${limit_s} s: start one with "circuit start", or wait longer with --timeout`,
  );
}

function timeout(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value <= TIMEOUT_MAX_S) return value;
  throw new InvalidArgumentError(`Give a number of seconds, more than 0 and at most ${TIMEOUT_MAX_S}.`);
}
