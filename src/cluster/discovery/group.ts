/**
 * The multicast group through which a circuit's servers find each other.
 */
import { isIPv4 } from 'node:net';
import { formatAddress, parseAddress } from '../../base/address.js';
import { CircuitError } from '../../base/error.js';

export interface Group {
  /** An IPv4 multicast address (RFC 5771). */
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

/** 224.0.0.0/4. */
function isMulticast(host: string): boolean {
  const first = Number(host.split('.', 1)[0]);
  return isIPv4(host) && first >= 224 && first <= 239;
}
