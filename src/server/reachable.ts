/**
 * The address by which others reach a server, which it announces.
 */
import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';
import type { Address } from '../base/address.js';

/**
 * Who listens everywhere is told about by an address of this host: of IPv4 if there is one, since more hosts have that.
 * @param listing as returned by the system
 */
export function reachable({ host, port }: Address, listing: NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces()): Address {
  if (host !== '0.0.0.0' && host !== '::') return { host, port };
  const outside = Object.values(listing).flatMap((all) => (all ?? []).filter(({ internal }) => !internal));
  const own = outside.find(({ family }) => family === 'IPv4') ?? outside.find((one) => host === '::' && isGlobal(one));
  return { host: own?.address ?? '127.0.0.1', port };
}

/** A link-local address says nothing without the name of the other host's own interface. */
function isGlobal(info: NetworkInterfaceInfo): boolean {
  return info.family === 'IPv6' && info.scopeid === 0;
}
