/**
 * Who has sent a datagram: struct sockaddr_in or sockaddr_in6 as the kernel tells it (ip(7), ipv6(7)).
 */
import { endianness } from 'node:os';

/** Size of struct sockaddr_in6, the longer one. */
export const PEER_BYTES = 28;

/** Of linux/socket.h; the family stands there in the byte order of the machine. */
const AF_INET6 = 10;
const FAMILY_AT = endianness() === 'LE' ? 0 : 1;
/** An IPv4 address in an IPv6 one (RFC 4291 section 2.5.5.2). */
const MAPPED = '00000000000000000000ffff';
/** Addresses whose texts are remembered: askers ask again. */
const REMEMBERED = 256;
const texts = new Map<number, string>();

export function peerPort(peers: Buffer, at: number): number {
  return peers.readUInt16BE(at + 2);
}

/** As `inet_ntop(3)` writes it, but without the shortest form of an IPv6 address: `::1` and what is mapped excepted. */
export function peerAddress(peers: Buffer, at: number): string {
  return peers[at + FAMILY_AT] === AF_INET6 ? ipv6Text(peers.subarray(at + 8, at + 24)) : ipv4Text(peers.readUInt32BE(at + 4));
}

function ipv4Text(address: number): string {
  const known = texts.get(address);
  if (known !== undefined) return known;
  const text = `${address >>> 24}.${(address >>> 16) & 0xff}.${(address >>> 8) & 0xff}.${address & 0xff}`;
  if (texts.size >= REMEMBERED) texts.clear();
  texts.set(address, text);
  return text;
}

function ipv6Text(bytes: Buffer): string {
  const hexadecimal = bytes.toString('hex');
  if (hexadecimal.startsWith(MAPPED)) return `::ffff:${ipv4Text(bytes.readUInt32BE(12))}`;
  if (/^0{31}1$/.test(hexadecimal)) return '::1';
  return (hexadecimal.match(/.{4}/g) ?? []).map((group) => group.replace(/^0{1,3}/, '')).join(':');
}
