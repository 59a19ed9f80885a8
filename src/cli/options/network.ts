/**
 * What `circuit start` was told about other servers: where it listens, how it finds others, and the key that they share.
 */
import { resolve } from 'node:path';
import { type Option as CommanderOption, InvalidArgumentError, Option } from 'commander';
import { keyFileOfEnvironment } from '../../api/environment.js';
import { type Address, parseUrl, type ServerUrl } from '../../base/address.js';
import { CircuitError } from '../../base/error.js';
import { OPTION_MAX_S } from '../../base/limits.js';
import { DEFAULT_GROUP, formatGroup, type Group, LOOPBACK_ONLY, parseGroup } from '../../cluster/discovery/group.js';
import type { Console } from '../../console/console.js';
import type { NetworkOptions } from '../../server/network.js';
import { ensureOwnKey, ownKeyPath, readKeyFile } from '../../wire/transport/key-file.js';
import type { Keyring } from '../../wire/transport/keyring.js';
import { type ListenGiven, parseInterface, parseListen, parsePort, resolveListen } from './listen.js';
import { numberOption } from './number.js';

/** As the options give it. */
export interface NetworkGiven extends KeysGiven, ListenGiven {
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
}

/** Where the keys are read, again at each call. @throws CircuitError EINVAL, EACCES, ENOENT */
export interface KeySource {
  readonly file: string;
  readonly read: () => Keyring;
}

export function networkOptions(): readonly CommanderOption[] {
  return [
    new Option('-a, --addr <[HOST][:PORT]>', 'where to listen; :PORT is on all interfaces (default: on the loopback interface)')
      .argParser(understood(parseListen))
      .conflicts('if'),
    new Option('--if <NAME[:PORT]>', 'listen at the address of this interface').argParser(understood(parseInterface)),
    new Option('--port <PORT>', 'listen at this port, where -a and --if name none (default: a free one)').argParser(understood(parsePort)),
    new Option('-j, --join <URL>', 'join the circuit of the server that printed this URL; may be given several times')
      .argParser(collect(understood(parseUrl)))
      .default([], 'none'),
    new Option('--join-name <NAME>', 'join servers that this DNS name leads to: SRV records of _circuit._tcp.NAME, or NAME:PORT'),
    discoverOption('find other servers by multicast'),
    new Option('--patience <SECONDS>', 'how much longer to wait for a server that cannot be reached before it is taken for dead')
      .argParser(numberOption('seconds', { min: 0, max: OPTION_MAX_S }))
      .default(0),
    ...keyOptions(),
  ];
}

/** A client takes it too, and looks into the environment itself: there, other ways to a server come between the two. */
export function discoverOption(purpose: string, { fromEnvironment = true } = {}): CommanderOption {
  const option = new Option(
    '--discover <GROUP:PORT>',
    `${purpose}; "" finds none (default: ${fromEnvironment ? '' : '$CIRCUIT_DISCOVER, else '}${formatGroup(DEFAULT_GROUP)} on the loopback interface)`,
  ).argParser((text) => (text === '' ? 'none' : understood(parseGroup)(text)));
  return fromEnvironment ? option.env('CIRCUIT_DISCOVER') : option;
}

/** Those that a client takes too. */
export function keyOptions(): readonly CommanderOption[] {
  return [
    new Option('--key <FILE>', "file with the circuit's key (default: $CIRCUIT_KEY, else the user's own, made at the first start)"),
    new Option('--hmac <FILE>', 'the same, as the original calls it (default: $CIRCUIT_HMAC)').conflicts('key'),
    new Option('--insecure', 'no key and no encryption: whoever reaches the port may run programs')
      .default(false)
      .conflicts(['key', 'hmac']),
  ];
}

/** All but the keys. @throws UsageError for two ports; CircuitError EINVAL for an interface that is not there */
export function resolveNetwork(given: NetworkGiven): Omit<NetworkOptions, 'keys' | 'keyFile' | 'var'> {
  const listen = resolveListen(given);
  const { join, joinName, patience } = given;
  return { listen, join, joinName, multicast: multicastOf(given, listen), patience_ms: patience * 1000 };
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
  const file = ownKeyPath();
  return { file, read: () => ensureOwnKey(file) };
}

function multicastOf({ discover }: NetworkGiven, { host }: Address): NetworkOptions['multicast'] {
  if (discover === 'none') return undefined;
  if (discover === undefined) return { ...DEFAULT_GROUP, interfaces: LOOPBACK_ONLY };
  return { ...discover, interfaces: host === '0.0.0.0' || host === '::' ? 'all' : [host] };
}

/** Turns what the parser of a word throws into what commander prints. */
export function understood<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      throw new InvalidArgumentError(CircuitError.from(error).message);
    }
  };
}

/** For an option that may be given several times. */
export function collect<T>(parse: (text: string) => T): (text: string, before?: readonly T[]) => readonly T[] {
  return (text, before = []) => [...before, parse(text)];
}
