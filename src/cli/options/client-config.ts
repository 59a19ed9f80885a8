/**
 * What the configuration file of a host says to those who dial its server: where that is, and with which key. So `circuit ls` needs no flags there.
 */
import { accessSync, constants } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { ServerUrl } from '../../base/address.js';
import { CircuitError } from '../../base/error.js';
import type { Group } from '../../cluster/discovery/group.js';
import { type ConfigFile, configPath, isKey, readConfig, SYSTEM_CONFIG } from './config-file.js';
import { resolveListen } from './listen.js';
import { parseWord, understood } from './row.js';
import type { WrittenKey } from './settings.js';
import { OPTIONS } from './table.js';

export interface ClientConfig {
  /** Absolute; undefined without a file. */
  readonly path: string | undefined;
  readonly key: string | undefined;
  readonly writtenKey: WrittenKey | undefined;
  readonly insecure: boolean;
  /** Those that `dial` names; else the host's own server, if its port is known. */
  readonly urls: readonly ServerUrl[];
  readonly group: Group | 'none' | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

const NOTHING: ClientConfig = { path: undefined, key: undefined, writtenKey: undefined, insecure: false, urls: [], group: undefined };
const EVERYWHERE: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/**
 * The host's file counts only for those who may use it and the key that it names: others have a server of their own, or none.
 * @param named by `--config`
 * @throws UsageError, CircuitError EACCES, ENOENT that say where
 */
export function clientConfig(named: string | undefined, env: Environment): ClientConfig {
  const path = configPath(named, env, false);
  if (path === undefined) return NOTHING;
  const isHosts = path === SYSTEM_CONFIG && named === undefined;
  if (isHosts && !isReadable(path)) return NOTHING;
  const file = readConfig(path, OPTIONS.map(({ name }) => name), env); // prettier-ignore
  const key = valueOf(file, 'key') ?? valueOf(file, 'hmac');
  const keyFile = key === undefined || isKey(key) ? undefined : resolve(dirname(path), key);
  if (isHosts && keyFile !== undefined && !isReadable(keyFile)) return NOTHING;
  const dial = file.entries.filter(({ name }) => name === 'dial').map(({ value }) => parse('dial', value, file) as readonly ServerUrl[]);
  const discover = file.entries.findLast(({ name }) => name === 'discover')?.value;
  return {
    path,
    key: keyFile,
    writtenKey: key !== undefined && isKey(key) ? { text: key, file: path } : undefined,
    insecure: parse('insecure', valueOf(file, 'insecure') ?? 'no', file) as boolean,
    urls: dial.length > 0 ? dial.flat() : ownServer(file),
    group: discover === undefined ? undefined : (parse('discover', discover, file) as Group | 'none'),
  };
}

/** Where the server of this file listens, if that can be known from here. */
function ownServer(file: ConfigFile): readonly ServerUrl[] {
  const [addr, card, port] = ['addr', 'if', 'port'].map((name) => {
    const text = valueOf(file, name);
    return text === undefined ? undefined : parse(name, text, file);
  });
  try {
    const listen = resolveListen({ addr, if: card, port } as Parameters<typeof resolveListen>[0]);
    return listen.port === 0 ? [] : [{ host: EVERYWHERE[listen.host] ?? listen.host, port: listen.port, pid: 0, id: '' }];
  } catch {
    return []; // an interface that is away: then its server is, too
  }
}

function valueOf({ entries }: ConfigFile, name: string): string | undefined {
  const value = entries.findLast((entry) => entry.name === name)?.value ?? '';
  return value === '' ? undefined : value;
}

/** @throws CircuitError EINVAL that names the file */
function parse(name: string, text: string, { path }: ConfigFile): unknown {
  const row = OPTIONS.find((one) => one.name === name);
  try {
    return row === undefined ? text : understood((word) => parseWord(row, word))(text);
  } catch (error) {
    throw new CircuitError('EINVAL', `invalid value "${text}" for ${name} in ${path}: ${(error as Error).message}`, { cause: error });
  }
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
