/**
 * Where others reach a server that listens.
 */
import { networkInterfaces } from 'node:os';
import type { Address } from '../base/address.js';

/** Who listens everywhere is told about by an address of this host. */
export function reachable({ host, port }: Address): Address {
  if (host !== '0.0.0.0' && host !== '::') return { host, port };
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const outside = own.find(({ internal, family }) => !internal && family === 'IPv4') ?? own.find(({ internal }) => !internal);
  return { host: outside?.address ?? '127.0.0.1', port };
}
