/**
 * Where `circuit start` listens: `-a`, `--if` and `--port` say the host and the port between them.
 */
import { networkInterfaces } from 'node:os';
import { type Address, parseAddress } from '../../base/address.js';
import { CircuitError } from '../../base/error.js';
import { ipv6Bytes, isIPv6 } from '../../base/ip.js';
import { UsageError } from '../usage-error.js';

const LOOPBACK = '127.0.0.1';
const HIGHEST_PORT = 65_535;
/** At an interface that is named without a port: others are told a host, and need no more. The original's. */
export const DEFAULT_PORT = 11_022;

/** As the options give it; a port that is undefined was not given. */
export interface ListenGiven {
  readonly addr?: { readonly host: string; readonly port: number | undefined };
  readonly if?: { readonly name: string; readonly port: number | undefined };
  readonly port?: number;
}

/**
 * Parses `-a`: `HOST`, `HOST:PORT`, or `:PORT` for all interfaces, IPv6 and IPv4.
 * @throws CircuitError EINVAL with what would be right
 */
export function parseListen(text: string): NonNullable<ListenGiven['addr']> {
  if (/^:\d+$/.test(text)) return { host: everywhere(), port: parsePort(text.slice(1)) };
  if (isIPv6(text)) return { host: text, port: undefined };
  if (/:\d+$/.test(text)) return parseAddress(text);
  return { host: parseAddress(`${text}:0`).host, port: undefined };
}

/**
 * Parses `--if`: `NAME` or `NAME:PORT`. An interface whose name has the colon in it, as an alias has, goes before.
 * @throws CircuitError EINVAL with what would be right
 */
export function parseInterface(text: string): NonNullable<ListenGiven['if']> {
  const [, name, digits] = /^(.+):(\d+)$/.exec(text) ?? [];
  if (name === undefined || digits === undefined || text in networkInterfaces()) return { name: text, port: undefined };
  return { name, port: parsePort(digits) };
}

/** @throws CircuitError EINVAL with what would be right */
export function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= HIGHEST_PORT) return port;
  throw new CircuitError('EINVAL', `expected a port from 0, for a free one, to ${HIGHEST_PORT}`);
}

/** @throws UsageError for two ports; CircuitError EINVAL for an interface that is not there */
export function resolveListen({ addr, if: card, port }: ListenGiven): Address {
  const named = card === undefined ? addr?.port : card.port;
  if (named !== undefined && port !== undefined) {
    const option = card === undefined ? '-a' : '--if';
    throw new UsageError(`two ports: ${option} says ${named} and --port says ${port}; give one of them`);
  }
  const host = card === undefined ? (addr?.host ?? LOOPBACK) : addressOfInterface(card.name);
  return { host, port: named ?? port ?? (card === undefined ? 0 : DEFAULT_PORT) };
}

/** What others are told to dial; a port that is undefined is the one listened at. */
export interface Advertised {
  readonly host: string;
  readonly port: number | undefined;
}

/**
 * Parses `--advertise`: `HOST` or `HOST:PORT`.
 * @throws CircuitError EINVAL for what nobody can dial, with what would be right
 */
export function parseAdvertised(text: string): Advertised {
  const { host, port } = parseListen(text);
  if (text.startsWith(':') || host === '0.0.0.0' || isUnspecified(host))
    throw new CircuitError('EINVAL', 'expected an address that others can dial, HOST or HOST:PORT');
  return { host, port: port === 0 ? undefined : port };
}

/**
 * Parses `--metrics`: `:PORT`, on the loopback interface, or `HOST:PORT`.
 * @throws CircuitError EINVAL with what would be right
 */
export function parseMetricsAddress(text: string): Address {
  return /^:\d+$/.test(text) ? { host: LOOPBACK, port: parsePort(text.slice(1)) } : parseAddress(text);
}

function isUnspecified(host: string): boolean {
  return isIPv6(host) && ipv6Bytes(host).every((byte) => byte === 0);
}

/** A socket of IPv6 takes IPv4 as well; where there is no IPv6, there may be no such socket. */
function everywhere(): string {
  const hasIPv6 = Object.values(networkInterfaces()).some((infos) => infos?.some(({ family }) => family === 'IPv6'));
  return hasIPv6 ? '::' : '0.0.0.0';
}

function addressOfInterface(name: string): string {
  const all = networkInterfaces();
  const own = all[name] ?? [];
  // A link-local address means nothing on another interface: it comes last.
  const found = own.find(({ family }) => family === 'IPv4') ?? own.find((one) => one.family === 'IPv6' && one.scopeid === 0) ?? own[0];
  if (found === undefined) {
    throw new CircuitError('EINVAL', `--if: no interface "${name}" with an address; expected one of ${Object.keys(all).join(', ')}`);
  }
  return found.family === 'IPv6' && found.scopeid > 0 ? `${found.address}%${name}` : found.address;
}
