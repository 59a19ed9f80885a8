/**
 * The machine's network interfaces with an address of the group's family, and on which of them a datagram arrived.
 *
 * Linux delivers a datagram to every socket bound to the group's port, whichever interface the socket joined on (ip(7), IP_MULTICAST_ALL), so the
 * socket does not tell. The source address does: with TTL 1, it is on the same network.
 */
import { readFileSync } from 'node:fs';
import { BlockList, isIPv4 } from 'node:net';
import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';
import { isIPv6, isLoopback } from '../../base/ip.js';

/** IFF_LOOPBACK and IFF_MULTICAST of linux/if.h. */
const LOOPBACK = 0x8;
const MULTICAST = 0x10_00;

export interface LocalInterface {
  readonly name: string;
  /** Its first address of the family, or the one asked for. */
  readonly address: string;
  readonly loopback: boolean;
  /** Whether the source address is on this interface's network. */
  readonly reaches: (source: string) => boolean;
}

type Listing = NodeJS.Dict<NetworkInterfaceInfo[]>;

/**
 * Returns the wanted interfaces that are up, and the wishes that match none.
 * @param wanted names or own addresses; `all`: every multicast interface
 * @param listing as returned by the system
 * @param family of the group
 */
export function findInterfaces(
  wanted: readonly string[] | 'all',
  listing: Listing = networkInterfaces(),
  family: 4 | 6 = 4,
): { readonly found: readonly LocalInterface[]; readonly missing: readonly string[] } {
  const up = Object.entries(listing).flatMap(([name, infos = []]) => (family === 4 ? describe(name, infos) : describe6(name, infos)));
  if (wanted === 'all') return { found: up.filter(canMulticast), missing: [] };
  const found = new Map<string, LocalInterface>();
  const missing: string[] = [];
  for (const wish of wanted) {
    const named = up.find(({ name }) => name === wish) ?? owner(up, listing, wish);
    if (named === undefined) missing.push(wish);
    else if (!found.has(named.name)) found.set(named.name, named);
  }
  return { found: [...found.values()], missing };
}

function describe(name: string, infos: readonly NetworkInterfaceInfo[]): LocalInterface[] {
  const own = infos.filter(({ family }) => family === 'IPv4');
  const [first] = own;
  if (first === undefined) return [];
  const networks = new BlockList();
  for (const { address, cidr } of own) {
    // On a point-to-point link (/32), one end's address says nothing about the other's.
    const bits = Number(cidr?.split('/')[1] ?? 32);
    networks.addSubnet(address, bits === 32 ? 0 : bits);
  }
  const reaches = (source: string): boolean => isIPv4(source) && networks.check(source);
  return [{ name, address: first.address, loopback: first.internal, reaches }];
}

/** The interface with this address; all of 127.0.0.0/8 belongs to the loopback interface. */
function owner(up: readonly LocalInterface[], listing: Listing, address: string): LocalInterface | undefined {
  const named = up.find(
    ({ name, loopback, reaches }) =>
      (loopback && isLoopback(address) && reaches(address)) || listing[name]?.some((info) => info.address === address) === true,
  );
  if (named === undefined) return undefined;
  return { ...named, address: isIPv6(named.address) === isIPv6(address) ? address : named.address };
}

function describe6(name: string, infos: readonly NetworkInterfaceInfo[]): LocalInterface[] {
  const own = infos.filter(({ family }) => family === 'IPv6');
  const [first] = own;
  if (first === undefined) return [];
  const networks = new BlockList();
  for (const { address, cidr } of own) networks.addSubnet(address, Number(cidr?.split('/')[1] ?? 128), 'ipv6');
  const reaches = (source: string): boolean => {
    // What comes from a link-local address is on the link of the zone that the system names with it.
    const [address = '', zone = name] = source.split('%');
    return isIPv6(address) && zone === name && networks.check(address, 'ipv6');
  };
  return [{ name, address: first.address, loopback: first.internal, reaches }];
}

function canMulticast({ name }: LocalInterface): boolean {
  try {
    // The loopback interface supports it, though its flags do not say so.
    return (Number(readFileSync(`/sys/class/net/${name}/flags`, 'latin1')) & (MULTICAST | LOOPBACK)) !== 0;
  } catch {
    return true; // not Linux: joining the group will tell
  }
}
