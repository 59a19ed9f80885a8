/**
 * The configuration file: `option = value` lines with the long names of options, lists by repetition, `#` comments, `${NAME}` and `${NAME:-default}`
 * from the environment. Parsing is pure. The file says what a server runs and listens to: one that somebody else could have written is not read.
 */
import { closeSync, constants, existsSync, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { geteuid } from 'node:process';
import { Option } from 'commander';
import { CircuitError } from '../../base/error.js';
import { CONFIG_FILE_MAX_BYTES } from '../../base/limits.js';
import { didYouMean } from '../../base/nearest.js';
import { shellQuote } from '../../base/quote.js';
import { UsageError } from '../usage-error.js';

/** The host's. */
export const SYSTEM_CONFIG = '/etc/circuit/circuit.conf';

type Environment = Readonly<Record<string, string | undefined>>;

export function configOption(): Option {
  const text = `configuration file; "" for none (default: $CIRCUIT_CONFIG, else ${SYSTEM_CONFIG} or ~/.config/circuit/circuit.conf)`;
  return new Option('--config <FILE>', text);
}

/** One line that sets something. */
export interface Entry {
  readonly name: string;
  readonly value: string;
  /** From 1. */
  readonly line: number;
  /** The value as it stands there, before variables of the environment were put in. */
  readonly written: string;
}

export interface ConfigFile {
  /** Absolute. */
  readonly path: string;
  readonly entries: readonly Entry[];
}

const ROOT = 0;
const WRITABLE_BY_OTHERS = 0o022;
const OPEN_TO_OTHERS = 0o077;
const { O_RDONLY, O_NONBLOCK } = constants;
/** 32 bytes in base64 (RFC 4648 section 4): a key, as `circuit keygen` makes them. */
const KEY = /^[A-Za-z\d+/]{43}=$/;

export function isKey(value: string): boolean {
  return KEY.test(value);
}

/**
 * Which file counts: the one that is named, by `--config` or `CIRCUIT_CONFIG`, where an empty name means none; else root's is the host's, anybody
 * else's their own. A client of a user without one reads the host's.
 * @param forServer a server of an ordinary user is not the host's
 */
export function configPath(named: string | undefined, env: Environment, forServer: boolean): string | undefined {
  const asked = named ?? env['CIRCUIT_CONFIG'];
  if (asked !== undefined) return asked === '' ? undefined : resolve(asked);
  const own = join(configHome(env), 'circuit/circuit.conf');
  const isRoot = geteuid?.() === ROOT;
  const candidates = isRoot ? [SYSTEM_CONFIG, own] : forServer ? [own] : [own, SYSTEM_CONFIG];
  return candidates.find((path) => existsSync(path));
}

/** `$XDG_CONFIG_HOME`, of which a relative path does not count (XDG Base Directory Specification). */
function configHome({ XDG_CONFIG_HOME: home = '' }: Environment): string {
  return isAbsolute(home) ? home : join(homedir(), '.config');
}

/** @throws UsageError with file and line; CircuitError EACCES for a file that others could have written, or that holds a key and is open to them */
export function readConfig(path: string, known: readonly string[], env: Environment): ConfigFile {
  const { text, stats } = readOwn(path);
  const entries = parseConfig(text, known, env, path);
  const secret = entries.find(({ name, written }) => (name === 'key' || name === 'hmac') && isKey(written));
  if (secret !== undefined && (stats.mode & OPEN_TO_OTHERS) !== 0)
    throw new CircuitError('EACCES', `${path}:${secret.line}: others may read the key that stands there: chmod 600 ${shellQuote(path)}`);
  return { path, entries };
}

/** Pure. @throws UsageError with file and line */
export function parseConfig(text: string, known: readonly string[], env: Environment, path: string): readonly Entry[] {
  return text.split('\n').flatMap((whole, index) => {
    const line = index + 1;
    const fail = (what: string): never => {
      throw new UsageError(`${path}:${line}: ${what}`);
    };
    const bare = whole.trim();
    if (bare === '' || bare.startsWith('#')) return [];
    const [, name, rest] = /^([^\s=]+)\s*=\s*(.*)$/.exec(bare) ?? [];
    if (name === undefined || rest === undefined) return fail(`cannot be understood: expected OPTION = VALUE, e.g. if = eth0`);
    if (!known.includes(name)) {
      const hint = name.startsWith('-') ? ' (without dashes)' : didYouMean(name, known);
      return fail(`unknown option "${name.slice(0, 80)}"${hint}; "circuit help start" lists them`);
    }
    const written = valueOf(rest) ?? fail('the quote is not closed: expected a value, or one in "…"');
    return [{ name, value: expand(written, env, fail), line, written }];
  });
}

/** Without a comment behind it; in double quotes, `#` and blanks at the ends are its own. Undefined for a quote that is not closed. */
function valueOf(rest: string): string | undefined {
  if (rest.startsWith('"')) return /^"((?:[^"\\]|\\.)*)"\s*(?:#.*)?$/.exec(rest)?.[1]?.replace(/\\(["\\])/g, '$1');
  return rest.replace(/(^|\s+)#.*$/, '').trimEnd();
}

function expand(value: string, env: Environment, fail: (what: string) => never): string {
  return value.replace(/\$\$|\$\{([^}]*)\}?|\$/g, (all: string, inside: string | undefined) => {
    if (all === '$$') return '$';
    const [, name, preset] = /^([A-Za-z_]\w*)(?::-(.*))?$/s.exec(inside ?? '') ?? [];
    if (name === undefined || !all.endsWith('}'))
      return fail('expected ${NAME} or ${NAME:-default} from the environment, or $$ for a dollar');
    const found = env[name] ?? '';
    if (found === '' && preset === undefined && env[name] === undefined)
      return fail(`$${name} is not set: expected a variable of the environment, or \${${name}:-default}`);
    return found === '' ? (preset ?? '') : found;
  });
}

function readOwn(path: string): { readonly text: string; readonly stats: Stats } {
  const shown = shellQuote(path);
  let fd: number;
  try {
    fd = openSync(path, O_RDONLY | O_NONBLOCK);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const known = code === 'ENOENT' || code === 'EACCES' ? code : 'EIO';
    throw new CircuitError(known, `the configuration file ${shown} cannot be read: ${message.replace(/, open .*$/, '')}`, { cause: error });
  }
  try {
    const stats = fstatSync(fd);
    const fault = faultOf(stats, shown);
    if (fault !== undefined) throw new CircuitError('EACCES', `the configuration file ${shown} cannot be used: ${fault}`);
    const text = readFileSync(fd, 'utf8');
    return { text, stats };
  } finally {
    closeSync(fd);
  }
}

function faultOf(stats: Stats, shown: string): string | undefined {
  const { uid, mode, size } = stats;
  const own = geteuid?.() ?? ROOT;
  if (!stats.isFile()) return 'expected a regular file';
  if (uid !== ROOT && uid !== own) return `it belongs to user ${uid}; expected a file of root or of user ${own}`;
  if ((mode & WRITABLE_BY_OTHERS) !== 0) return `group or others can write to it: chmod go-w ${shown}`;
  if (size > CONFIG_FILE_MAX_BYTES) return `it has ${size} bytes; expected ${CONFIG_FILE_MAX_BYTES} at most`;
  return undefined;
}
