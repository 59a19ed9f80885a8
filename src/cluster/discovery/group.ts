/**
 * The multicast group through which a circuit's servers find each other.
 */
import { isIPv4 } from 'node:net';
import { formatAddress, parseAddress } from '../../base/address.js';
import { CircuitError } from '../../base/error.js';
import { isIPv6 } from '../../base/ip.js';

export interface Group {
  /** A multicast address of IPv4 (RFC 5771) or IPv6 (RFC 4291 section 2.7). */
  readonly group: string;
  /** UDP port. */
  readonly port: number;
}

/** The default group, that of the original. */
export const DEFAULT_GROUP: Group = { group: '228.8.8.8', port: 8822 };
/** Without `--discover`, a server announces itself only on its own machine. */
export const LOOPBACK_ONLY: readonly string[] = ['127.0.0.1'];

/**
 * Parses `--discover GROUP:PORT`.
 * @throws CircuitError EINVAL with the expected form
 */
export function parseGroup(text: string): Group {
  const { host: group, port } = parseAddress(text);
  if (!isMulticast(group) || port === 0) {
    throw new CircuitError('EINVAL', `invalid multicast group "${text}": expected GROUP:PORT, e.g. ${formatGroup(DEFAULT_GROUP)}`);
  }
  return { group, port };
}

export function formatGroup({ group, port }: Group): string {
  return formatAddress({ host: group, port });
}

/** 4 or 6. */
export function familyOf(group: string): 4 | 6 {
  return isIPv6(group) ? 6 : 4;
}

/** 224.0.0.0/4, ff00::/8. */
function isMulticast(host: string): boolean {
  if (isIPv6(host)) return /^ff/i.test(host) && !host.includes('%');
  const first = Number(host.split('.', 1)[0]);
  return isIPv4(host) && first >= 224 && first <= 239;
}
