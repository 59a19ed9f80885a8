/**
 * IP addresses as bytes.
 */
import { isIPv6 } from 'node:net';

/** The 16 bytes of an IPv6 address in any of its forms, without a zone. */
export function ipv6Bytes(address: string): Buffer {
  const hexadecimal = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_all, ...parts: readonly string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = parts.slice(0, 4).map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
  const [before = [], after = []] = hexadecimal.split('::').map((half) => half.split(':').filter((group) => group !== ''));
  const groups = [...before, ...new Array<string>(8 - before.length - after.length).fill('0'), ...after];
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

/** The network that an asker is counted with: a source address can be forged, and has many neighbours. /24, or /56 with IPv6. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
  const [bare = ''] = mapped.split('%');
  return isIPv6(bare) ? ipv6Bytes(bare).toString('hex', 0, 7) : bare.split('.').slice(0, 3).join('.');
}

/** Whether an address is this machine's own, which nobody can forge from outside. */
export function isLoopback(address: string): boolean {
  return /^(?:::ffff:)?127\./i.test(address) || address === '::1';
}
