/**
 * Whether a command that has come to a server by the native front is meant for it. If not, a process of its own finds the server that is.
 */
import { homedir } from 'node:os';
import type { Address } from '../../base/address.js';
import { groupOfEnvironment } from '../../api/environment.js';
import type { Group } from '../../cluster/discovery/group.js';
import type { Console } from '../../console/console.js';
import { ownKeyPath } from '../../wire/transport/key-file.js';
import type { ClientConfig } from './client-config.js';
import { type DialGiven, isServerNamed, namedServers } from './dialling.js';
import { keyFileOf } from './network.js';

/** These use a process of their own: they run on, look at the machine as their caller sees it, or make files in the caller's name. */
const NEVER: readonly string[] = ['start', 'mount', 'umount', 'keygen', 'install-service', 'doctor'];

/** What a server was started with. */
export interface OwnServer {
  readonly id: string;
  /** Absolute; undefined: without a key. */
  readonly keyFile: string | undefined;
  /** Where it is found; undefined: nowhere. */
  readonly group: Group | undefined;
  /** Where it listens. */
  readonly address: Address | undefined;
  /** What the configuration file says to clients whose surroundings are its own. */
  readonly config: ClientConfig;
  readonly env: Console['env'];
}

/** @param byUrl whether the caller has come here because a URL names this server */
export function isMeant(own: OwnServer, console: Console, name: string, given: Partial<DialGiven>, byUrl: boolean): boolean {
  if (NEVER.includes(name)) return false;
  if (given.timeout === undefined) return true; // it dials nobody
  if (!isSameConfig(own, console, given)) return false;
  return isSameKey(own, console, given) && isSameServer(own, console, given, byUrl);
}

/** Whether the same file would be read there as here; which one it is nobody looks at. */
function isSameConfig({ env: own }: OwnServer, { env }: Console, { config }: Partial<DialGiven>): boolean {
  return config === undefined && ['CIRCUIT_CONFIG', 'XDG_CONFIG_HOME', 'HOME'].every((name) => own[name] === env[name]);
}

/** No file is looked at: it may lie in our own mount, which would wait for us. */
function isSameKey({ keyFile, config }: OwnServer, console: Console, given: Partial<DialGiven>): boolean {
  const named = keyFileOf({ insecure: false, ...given }, console);
  const configured = config.key ?? config.writtenKey?.file;
  if (given.insecure === true || (named === undefined && configured === undefined && config.insecure)) {
    return named === undefined && keyFile === undefined;
  }
  return keyFile !== undefined && (named ?? configured ?? ownKeyOf(console)) === keyFile;
}

/** As its caller would find it. */
function ownKeyOf({ circuit, env }: Console): string {
  return ownKeyPath({ uid: circuit?.credentials.uid ?? 0, home: env['HOME'] ?? homedir(), env });
}

function isSameServer({ id, group, address, config }: OwnServer, { env }: Console, given: Partial<DialGiven>, byUrl: boolean): boolean {
  const { CIRCUIT: named = '' } = env;
  if (given.discover !== undefined || (given.dial === undefined && named !== '' && !named.startsWith('circuit://'))) return false;
  const urls = namedServers(given, env);
  if (urls.length > 0) return byUrl && urls.length === 1 && urls[0]?.id === id;
  if (byUrl) return false;
  const isNamed = isServerNamed(given, env);
  if (!isNamed && config.urls.length > 0) return config.urls.every(({ host, port }) => host === address?.host && port === address.port);
  const asked = isNamed ? groupOfEnvironment(env) : config.group;
  if (asked === 'none') return false;
  return asked === undefined || (asked.group === group?.group && asked.port === group.port);
}
