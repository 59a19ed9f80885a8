/**
 * What `circuit start` was told about other servers: where it listens, how it finds others, and the key that they share.
 */
import { resolve } from 'node:path';
import { type Option as CommanderOption, Option } from 'commander';
import { keyFileOfEnvironment } from '../../api/environment.js';
import type { Address, ServerUrl } from '../../base/address.js';
import { CircuitError } from '../../base/error.js';
import { DEFAULT_GROUP, formatGroup, type Group, LOOPBACK_ONLY, parseGroup } from '../../cluster/discovery/group.js';
import type { Console } from '../../console/console.js';
import type { NetworkOptions } from '../../server/network-options.js';
import { ensureOwnKey, ownKeyPath, readKeyFile } from '../../wire/transport/key-file.js';
import { Keyring } from '../../wire/transport/keyring.js';
import { type Advertised, type ListenGiven, resolveListen } from './listen.js';
import { understood } from './row.js';
import type { WrittenKey } from './settings.js';

/** As the options give it. */
export interface NetworkGiven extends KeysGiven, ListenGiven {
  readonly advertise?: Advertised;
  readonly join: readonly ServerUrl[];
  readonly joinName?: string;
  readonly discover?: Group | 'none';
  readonly patience: number;
}

export interface KeysGiven {
  readonly key?: string;
  /** The same, as the original calls it. */
  readonly hmac?: string;
  readonly insecure: boolean;
  /** A key that stands in the configuration file itself; what names a file goes before it. */
  readonly writtenKey?: WrittenKey | undefined;
}

/** Where the keys are read, again at each call. @throws CircuitError EINVAL, EACCES, ENOENT */
export interface KeySource {
  readonly file: string;
  readonly read: () => Keyring;
}

/** A client takes it too, and looks into the environment itself: there, other ways to a server come between the two. */
export function discoverOption(purpose: string): CommanderOption {
  const group = formatGroup(DEFAULT_GROUP);
  const text = `${purpose}; "" finds none (default: $CIRCUIT_DISCOVER, else ${group} on the loopback interface)`;
  return new Option('--discover <GROUP:PORT>', text).argParser((given) => (given === '' ? 'none' : understood(parseGroup)(given)));
}

/** All but the keys. @throws UsageError for two ports; CircuitError EINVAL for an interface that is not there */
export function resolveNetwork(given: NetworkGiven): Omit<NetworkOptions, 'keys' | 'keyFile' | 'var'> {
  const listen = resolveListen(given);
  const { join, joinName, patience, advertise } = given;
  return { listen, advertise, join, joinName, multicast: multicastOf(given, listen), patience_ms: patience * 1000 };
}

/** The key file that was named; what stands in the line goes before the environment. */
export function keyFileOf({ key = '', hmac = '' }: KeysGiven, { env, cwd }: Pick<Console, 'env' | 'cwd'>): string | undefined {
  const named = [key, hmac].find((file) => file !== '') ?? keyFileOfEnvironment(env);
  return named === undefined ? undefined : resolve(cwd, named); // the daemon works elsewhere when it reads it again
}

/** Undefined: without a key. @throws CircuitError EINVAL if the environment names one all the same */
export function keySourceOf(given: KeysGiven, console: Pick<Console, 'env' | 'cwd'>): KeySource | undefined {
  const named = keyFileOf(given, console);
  if (given.insecure && named !== undefined)
    throw new CircuitError('EINVAL', '--insecure: the environment names a key, by CIRCUIT_KEY or CIRCUIT_HMAC; unset it first');
  if (given.insecure) return undefined;
  if (named !== undefined) return { file: named, read: () => readKeyFile(named) };
  const { writtenKey } = given;
  if (writtenKey !== undefined) return { file: writtenKey.file, read: () => Keyring.parse(writtenKey.text) };
  const file = ownKeyPath();
  return { file, read: () => ensureOwnKey(file) };
}

function multicastOf({ discover }: NetworkGiven, { host }: Address): NetworkOptions['multicast'] {
  if (discover === 'none') return undefined;
  if (discover === undefined) return { ...DEFAULT_GROUP, interfaces: LOOPBACK_ONLY };
  return { ...discover, interfaces: host === '0.0.0.0' || host === '::' ? 'all' : [host] };
}

/** For an option that may be given several times. */
export function collect<T>(parse: (text: string) => T): (text: string, before?: readonly T[]) => readonly T[] {
  return (text, before = []) => [...before, parse(text)];
}
