/**
 * Encodes and decodes messages and hello notes: CBOR arrays led by a number for the kind, IDs as their 8 bytes.
 *
 * Validates everything a peer sends: first the size, then the structure (`decodeItems` of the wire admits no tags, bignums or deep nesting, so
 * decoding takes time linear in the size), then each field. Malformed input yields `undefined`; nothing here throws.
 */
import { parseAddress } from '../../base/address.js';
import { MEMBERSHIP_ITEMS_MAX, MEMBERSHIP_MESSAGE_MAX_BYTES, NAME_MAX_BYTES } from '../../base/limits.js';
import { decodeItems, encode } from '../../wire/cbor.js';
import { BUCKETS } from './identity-table.js';
import { type GossipMessage, type HelloNote, OUTCOMES } from './gossip-message.js';
import { ALIVE, incarnationOf, INCARNATION_MAX, isLive, LEFT, type Rumor, stateOf, versionOf } from './record.js';
import type { Digest } from './view.js';

/** Thrown and caught in this file. */
const MALFORMED = new TypeError('malformed message');

export function encodeMessage(message: GossipMessage): Uint8Array {
  return encode(plainOf(message));
}

/** Decodes a message; undefined if it is malformed or too long. */
export function decodeMessage(bytes: Uint8Array): GossipMessage | undefined {
  if (bytes.length > MEMBERSHIP_MESSAGE_MAX_BYTES) return undefined;
  try {
    const items = decodeItems(bytes, 0);
    return items.length === 1 ? messageOf(items[0]) : undefined;
  } catch {
    return undefined;
  }
}

/** The note of a hello, as plain data. */
export function encodeNote(note: HelloNote): unknown {
  const flags = (note.needed ? 1 : 0) | (note.snapshot ? 2 : 0) | (note.linked ? 4 : 0);
  return [plainRumor(note.self), note.you, plainDigest(note.digest), note.members, note.links, flags, note.sample.map(plainRumor)];
}

export function decodeNote(plain: unknown): HelloNote | undefined {
  try {
    const [self, you, digest, members, links, flags, sample] = list(plain, 7);
    const bits = whole(flags, 7);
    return {
      self: rumor(self),
      you: whole(you, 0xffff_ffff),
      digest: digestOf(digest),
      members: whole(members, 0xffff_ffff),
      links: whole(links, 0xffff),
      needed: (bits & 1) !== 0,
      snapshot: (bits & 2) !== 0,
      linked: (bits & 4) !== 0,
      sample: many(sample).map(rumor),
    };
  } catch {
    return undefined;
  }
}

/** A digest as 8 bytes, for announcements. */
export function digestBytes({ low, high }: Digest): Uint8Array {
  const bytes = new Uint8Array(8);
  const words = new DataView(bytes.buffer);
  words.setInt32(0, high);
  words.setInt32(4, low);
  return bytes;
}

/** Whether a digest as announced is that one. */
export function sameDigest(bytes: Uint8Array, { low, high }: Digest): boolean {
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return bytes.length === 8 && words.getInt32(0) === high && words.getInt32(4) === low;
}

function plainOf(message: GossipMessage): readonly unknown[] {
  switch (message.kind) {
    case 'ping':
    case 'pong':
      return [message.kind === 'ping' ? 0 : 1, plainDigest(message.digest), message.needed ? 1 : 0, message.links];
    case 'rumors':
      return [message.compared ? 3 : 2, message.rumors.map(plainRumor)];
    case 'buckets':
      return [4, Buffer.concat(message.hashes.map(digestBytes))];
    case 'entries':
      return [
        5,
        message.buckets,
        Buffer.concat(message.entries.map(([id]) => plainId(id))),
        message.entries.map(([, incarnation]) => incarnation),
      ];
    case 'want':
      return [6, Buffer.concat(message.ids.map(plainId))];
    case 'ask':
      return [7, plainId(message.id)];
    case 'answer':
      return [8, plainId(message.id), OUTCOMES.indexOf(message.outcome)];
    case 'snapshot':
      return [message.last ? 10 : 9, message.rumors.map(plainRumor)];
    case 'bye':
      return [11];
  }
}

function messageOf(plain: unknown): GossipMessage {
  const [kind, ...rest] = list(plain);
  switch (kind) {
    case 0:
    case 1:
      return beat(kind === 0 ? 'ping' : 'pong', list(rest, 3));
    case 2:
    case 3:
      return { kind: 'rumors', compared: kind === 3, rumors: many(list(rest, 1)[0]).map(rumor) };
    case 4:
      return { kind: 'buckets', hashes: pieces(list(rest, 1)[0], BUCKETS).map(digestOf) };
    case 5:
      return entries(list(rest, 3));
    case 6:
      return { kind: 'want', ids: pieces(list(rest, 1)[0]).map(idOf) };
    case 7:
      return { kind: 'ask', id: idOf(list(rest, 1)[0]) };
    case 8:
      return { kind: 'answer', id: idOf(list(rest, 2)[0]), outcome: OUTCOMES[whole(rest[1], OUTCOMES.length - 1)] ?? 'local' };
    case 9:
    case 10:
      return { kind: 'snapshot', last: kind === 10, rumors: many(list(rest, 1)[0]).map(rumor) };
    case 11:
      return { kind: 'bye' };
    default:
      throw MALFORMED;
  }
}

function beat(kind: 'ping' | 'pong', [digest, needed, links]: readonly unknown[]): GossipMessage {
  return { kind, digest: digestOf(digest), needed: whole(needed, 1) === 1, links: whole(links, 0xffff) };
}

function entries([buckets, ids, incarnations]: readonly unknown[]): GossipMessage {
  const raised = many(incarnations).map((each) => whole(each, INCARNATION_MAX));
  return {
    kind: 'entries',
    buckets: many(buckets).map((each) => whole(each, BUCKETS - 1)),
    entries: pieces(ids, raised.length).map((id, at) => [idOf(id), raised[at] ?? 0] as const),
  };
}

/** `[id, incarnation, state]`; with `window_s` a fourth; with the identity four to six: `[…, address, host, joined_ms]`. */
function plainRumor({ id, version, window_s, identity }: Rumor): readonly unknown[] {
  const short = [plainId(id), incarnationOf(version), stateOf(version)];
  if (identity !== undefined) return [...short, identity.address, identity.host, identity.joined_ms];
  return window_s === undefined ? short : [...short, window_s];
}

function rumor(plain: unknown): Rumor {
  const [bytes, incarnation, state, ...rest] = list(plain);
  const id = idOf(bytes);
  const raised = whole(incarnation, INCARNATION_MAX);
  if (raised === 0) throw MALFORMED;
  const version = versionOf(raised, whole(state, LEFT));
  if (rest.length === 0) return { id, version };
  if (rest.length === 1) return { id, version, window_s: whole(rest[0], 3600) };
  const [address, host, joined_ms] = list(rest, 3);
  const identity = { id, address: addressOf(address), host: text(host), joined_ms: whole(joined_ms, Number.MAX_SAFE_INTEGER) };
  return { id, version: isLive(version) ? versionOf(raised, ALIVE) : version, identity };
}

function plainId(id: string): Uint8Array {
  return Buffer.from(id.slice(1), 'hex');
}

function idOf(plain: unknown): string {
  if (!(plain instanceof Uint8Array) || plain.length !== 8) throw MALFORMED;
  return `X${Buffer.from(plain.buffer, plain.byteOffset, 8).toString('hex')}`;
}

function plainDigest(digest: Digest): Uint8Array {
  return digestBytes(digest);
}

function digestOf(plain: unknown): Digest {
  if (!(plain instanceof Uint8Array) || plain.length !== 8) throw MALFORMED;
  const words = new DataView(plain.buffer, plain.byteOffset, 8);
  return { high: words.getInt32(0), low: words.getInt32(4) };
}

/** Splits concatenated items of 8 bytes. */
function pieces(plain: unknown, count?: number): readonly Uint8Array[] {
  if (!(plain instanceof Uint8Array) || plain.length % 8 !== 0 || plain.length > MEMBERSHIP_ITEMS_MAX * 8) throw MALFORMED;
  if (count !== undefined && plain.length !== count * 8) throw MALFORMED;
  return Array.from({ length: plain.length / 8 }, (_, at) => plain.subarray(at * 8, at * 8 + 8));
}

function list(plain: unknown, length?: number): readonly unknown[] {
  if (!Array.isArray(plain) || plain.length === 0 || (length !== undefined && plain.length !== length)) throw MALFORMED;
  return plain as readonly unknown[];
}

function many(plain: unknown): readonly unknown[] {
  if (!Array.isArray(plain) || plain.length > MEMBERSHIP_ITEMS_MAX) throw MALFORMED;
  return plain as readonly unknown[];
}

function whole(plain: unknown, most: number): number {
  if (typeof plain !== 'number' || !Number.isInteger(plain) || plain < 0 || plain > most) throw MALFORMED;
  return plain;
}

function text(plain: unknown): string {
  if (typeof plain !== 'string' || plain.length > NAME_MAX_BYTES || Buffer.byteLength(plain) > NAME_MAX_BYTES) throw MALFORMED;
  return plain;
}

function addressOf(plain: unknown): string {
  const address = text(plain);
  parseAddress(address);
  return address;
}
