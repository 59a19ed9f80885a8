/**
 * Whom a peer's address stands for, where what one may have is bounded. Pure.
 */

import { ipv6Bytes, isIPv6, isLoopback, unmapped } from '../../base/ip.js';

/** What counts as one source: an IPv4 address, or the /64 of an IPv6 address, which is one host's to choose from. */
export function sourceOf(address: string): string {
  const plain = unmapped(address);
  if (!isIPv6(plain)) return plain;
  const bytes = ipv6Bytes(plain);
  return `${[0, 2, 4, 6].map((at) => bytes.readUInt16BE(at).toString(16)).join(':')}::/64`;
}

/** Whose share of what all have together it takes: a source's, and that of this host, which has all of 127.0.0.0/8 to choose from. */
export function holderOf(address: string): string {
  return isLoopback(address) ? 'this host' : sourceOf(address);
}
