/**
 * Where a server is: `HOST:PORT`, and the URL that a server prints when it starts, `circuit://HOST:PORT/PID/ID`.
 */
import { CircuitError } from './error.js';

/** A TCP address. */
export interface Address {
  /** An IP address or a host name; an IPv6 address without its brackets. */
  readonly host: string;
  readonly port: number;
}

/** A server's address, and which server is expected there. */
export interface ServerUrl extends Address {
  /** Process ID on its host. */
  readonly pid: number;
  /** The server's ID, `X` and 16 hex digits. */
  readonly id: string;
}

const SERVER_ID = /^X[\da-f]{16}$/;
const HOST = /^[\w.:%-]{1,255}$/;

/** Whether it is a server's ID: `X` and 16 lower-case hex digits. */
export function isServerId(text: string): boolean {
  return SERVER_ID.test(text);
}

/** `HOST:PORT`, an IPv6 address in brackets. */
export function formatAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** @throws CircuitError EINVAL with what would be right */
export function parseAddress(text: string): Address {
  const [, bracketed, plain, digits = ''] = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain ?? '';
  const port = Number(digits);
  if (digits === '' || !HOST.test(host) || port > 65_535) {
    throw new CircuitError('EINVAL', `invalid address "${text}": expected HOST:PORT, e.g. 10.0.0.1:11022 or [fe80::1%eth0]:11022`);
  }
  return { host, port };
}

/** As a server prints it. */
export function formatUrl({ host, port, pid, id }: ServerUrl): string {
  return `circuit://${formatAddress({ host, port })}/${pid}/${id}`;
}

/**
 * The URL that `circuit start` has printed. PID and ID may lack: then any server at that address is meant, and `id` is empty.
 * @throws CircuitError EINVAL with what would be right
 */
export function parseUrl(text: string): ServerUrl {
  const [, address = '', pid = '0', id = ''] = /^circuit:\/\/([^/]+)(?:\/(\d{1,10})\/([^/]+))?\/?$/.exec(text) ?? [];
  if (address === '' || (id !== '' && !isServerId(id))) {
    throw new CircuitError('EINVAL', `invalid circuit URL "${text}": expected circuit://HOST:PORT/PID/ID, as "circuit start" prints it`);
  }
  return { ...parseAddress(address), pid: Number(pid), id };
}
