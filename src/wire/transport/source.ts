/**
 * Whom a peer's address stands for, where what one may have is bounded. Pure.
 */

/** What counts as one source: an IPv4 address, or the /64 of an IPv6 address, which is one host's to choose from. */
export function sourceOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(':')) return address;
  const [plain = ''] = address.split('%');
  const [left = '', right] = plain.split('::');
  const groups = left === '' ? [] : left.split(':');
  const rest = right === undefined || right === '' ? [] : right.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - rest.length) }, () => '0');
  return `${[...groups, ...zeros, ...rest].slice(0, 4).join(':')}::/64`;
}

/** Whose share of what all have together it takes: a source's, and that of this host, which has all of 127.0.0.0/8 to choose from. */
export function holderOf(address: string): string {
  const source = sourceOf(address);
  return address === '::1' || source.startsWith('127.') ? 'this host' : source;
}
