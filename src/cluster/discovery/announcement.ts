/**
 * The datagrams of discovery: an announcement ("here is a server") and a question ("who is there"), both sealed. They have the form of DNS-SD
 * (RFC 6763), so its browsers show them. Pure; decoding rejects anything unusual.
 *
 * A question is padded to the longest allowed datagram, so an answer is never longer than its question: discovery amplifies nothing.
 */
import { isIP } from 'node:net';
import dns, { type Answer, type Packet } from 'dns-packet';
import { type Address, formatAddress, isServerId, parseAddress } from '../../base/address.js';
import { CircuitError } from '../../base/error.js';
import { DISCOVERY_ADDRESS_MAX_BYTES, DISCOVERY_DATAGRAM_MAX_BYTES, MEMBERS_MAX } from '../../base/limits.js';
import { type SealKey, seal, sealStrings } from './seal.js';

/** The service type (RFC 6763 section 7). */
export const SERVICE = '_circuit._tcp.local';

/** What a server announces about itself. */
export interface Announcement {
  readonly id: string;
  readonly address: Address;
  /** Digest of the server's view, 8 bytes. */
  readonly digest: Uint8Array;
  /** Number of live servers in its view, itself included; undefined from servers that do not say. */
  readonly members?: number | undefined;
}

export type DiscoveryMessage =
  /** `nonce`: that of the question it answers. */
  | { readonly type: 'announcement'; readonly announcement: Announcement; readonly nonce?: string | undefined }
  | { readonly type: 'question'; readonly nonce: string };

const VERSION = 'txtvers=1';
const DIGEST_BYTES = 8;
const NONCE = /^[\da-f]{16}$/;
const COUNT = /^[1-9]\d{0,4}$/;
/** Caches may keep records for one and a half times the longest interval between announcements. */
const TTL_S = 90;

/**
 * @param nonce that of the question it answers; absent: unsolicited
 * @throws CircuitError EINVAL for an address that cannot be announced
 */
export function encodeAnnouncement({ id, address, digest, members }: Announcement, key: SealKey, nonce?: string): Buffer {
  const text = formatAddress(address);
  if (text.length > DISCOVERY_ADDRESS_MAX_BYTES)
    throw new CircuitError('EINVAL', `the address "${text}" is too long to be announced: use an IP address`);
  const instance = `${id}.${SERVICE}`;
  const strings = [VERSION, `address=${text}`, `view=${Buffer.from(digest).toString('hex')}`];
  if (members !== undefined) strings.push(`members=${members}`);
  if (nonce !== undefined) strings.push(`nonce=${nonce}`);
  const answers: Answer[] = [
    { type: 'PTR', name: SERVICE, ttl: TTL_S, data: instance },
    { type: 'SRV', name: instance, ttl: TTL_S, data: { port: address.port, target: `${id}.local` } },
    ...addressRecord(`${id}.local`, address.host),
    { type: 'TXT', name: instance, ttl: TTL_S, data: [...strings, ...sealStrings(key)] },
  ];
  return seal(dns.encode({ type: 'response', flags: dns.AUTHORITATIVE_ANSWER, answers }), key);
}

/** @param nonce 16 hex digits, fresh for each question */
export function encodeQuestion(nonce: string, key: SealKey): Buffer {
  const encode = (padding: readonly string[]): Buffer =>
    dns.encode({
      type: 'query',
      questions: [{ type: 'PTR', name: SERVICE }],
      additionals: [{ type: 'TXT', name: SERVICE, data: [VERSION, `nonce=${nonce}`, ...padding, ...sealStrings(key)] }],
    });
  const padding: string[] = [];
  for (let lacking = DISCOVERY_DATAGRAM_MAX_BYTES - encode([]).length; lacking > 0;) {
    // A string takes a length byte as well; never leave a rest too short for one more string.
    const length = Math.min(lacking > 256 && lacking < 256 + 8 ? 200 : 256, lacking);
    padding.push('pad='.padEnd(length - 1, '0'));
    lacking -= length;
  }
  return seal(encode(padding), key);
}

/** Decodes a datagram whose seal is valid; undefined if it is malformed. */
export function decode(datagram: Buffer): DiscoveryMessage | undefined {
  try {
    const packet = dns.decode(datagram);
    if (dns.decode.bytes !== datagram.length) return undefined;
    return packet.type === 'response' ? readAnnouncement(packet) : readQuestion(packet, datagram.length);
  } catch {
    return undefined; // thrown by the DNS decoder or parseAddress: malformed
  }
}

function readAnnouncement({ questions = [], answers = [], authorities = [], additionals = [] }: Packet): DiscoveryMessage | undefined {
  if (questions.length + authorities.length + additionals.length > 0 || answers.length < 3 || answers.length > 4) return undefined;
  const [pointer] = answers;
  if (pointer?.type !== 'PTR' || pointer.name !== SERVICE) return undefined;
  const id = pointer.data.slice(0, -SERVICE.length - 1);
  if (!isServerId(id) || pointer.data !== `${id}.${SERVICE}`) return undefined;
  const fields = readFields(answers.at(-1), pointer.data);
  const address = parseAddress(fields?.get('address') ?? '');
  const digest = Buffer.from(fields?.get('view') ?? '', 'hex');
  const nonce = fields?.get('nonce');
  const count = fields?.get('members');
  const members = count === undefined ? undefined : Number(count);
  if (count !== undefined && (!COUNT.test(count) || Number(count) > MEMBERS_MAX)) return undefined;
  const valid = address.port > 0 && digest.length === DIGEST_BYTES && (nonce === undefined || NONCE.test(nonce));
  return valid ? { type: 'announcement', announcement: { id, address, digest, members }, nonce } : undefined;
}

function readQuestion(
  { questions = [], answers = [], authorities = [], additionals = [] }: Packet,
  size_bytes: number,
): DiscoveryMessage | undefined {
  const [question] = questions;
  if (size_bytes !== DISCOVERY_DATAGRAM_MAX_BYTES || questions.length !== 1 || additionals.length !== 1) return undefined;
  if (answers.length + authorities.length > 0 || question?.type !== 'PTR' || question.name !== SERVICE) return undefined;
  const nonce = readFields(additionals[0], SERVICE)?.get('nonce') ?? '';
  return NONCE.test(nonce) ? { type: 'question', nonce } : undefined;
}

/** The `key=value` strings of a TXT record of that name and our version; the first of equal keys counts (RFC 6763 section 6.4). */
function readFields(record: Answer | undefined, name: string): ReadonlyMap<string, string> | undefined {
  if (record?.type !== 'TXT' || record.name !== name || !Array.isArray(record.data)) return undefined;
  const strings = record.data.map(String);
  if (strings[0] !== VERSION) return undefined;
  const fields = new Map<string, string>();
  for (const string of strings) {
    const at = string.indexOf('=');
    if (at > 0 && !fields.has(string.slice(0, at))) fields.set(string.slice(0, at), string.slice(at + 1));
  }
  return fields;
}

function addressRecord(name: string, host: string): Answer[] {
  const family = isIP(host);
  if (family === 0 || host.includes('%')) return [];
  return [{ type: family === 4 ? 'A' : 'AAAA', name, ttl: TTL_S, data: host }];
}
