/**
 * The seal at the end of every datagram of discovery: the key's name, and an HMAC over everything before it. It is checked first, so that only
 * datagrams made by a holder of the key reach the DNS decoder.
 *
 * It contains no time, since hosts' clocks differ, so datagrams can be replayed. That is harmless: an announcement is a mere hint, the server dialled
 * proves its identity, and dials are rate-limited. What must be fresh, the answer to a question, carries the question's nonce.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a datagram is sealed with: a circuit's key, or the one that everybody knows. */
export interface SealKey {
  /** 16 hex digits that name the key without revealing it. */
  readonly identity: string;
  readonly secret: Uint8Array;
}

/** The keys of a circuit: one to seal with, and all that are accepted. */
export interface Keys {
  readonly speak: SealKey;
  readonly all: readonly SealKey[];
}

/** The seal of a circuit without a key (`--insecure`): anybody can make it, and no keyed circuit accepts it. */
export const NO_KEYS: Keys = (() => {
  const key: SealKey = { identity: 'none', secret: Buffer.from('a circuit without a key') };
  return { speak: key, all: [key] };
})();

const MAC_DIGITS = 32; // 128 bits, half of SHA-256: the minimum by RFC 2104 section 5
/** The last two strings of the last TXT record, length bytes included. */
const TAIL = new RegExp(`(?:\\x12k=([\\da-f]{16})|\\x06k=(none))\\x22m=[\\da-f]{${MAC_DIGITS}}$`);
const TAIL_BYTES = 1 + 18 + 1 + 2 + MAC_DIGITS;

/** The last two strings of a TXT record, for `seal` to fill in. */
export function sealStrings({ identity }: SealKey): readonly string[] {
  return [`k=${identity}`, `m=${'0'.repeat(MAC_DIGITS)}`];
}

/** Fills in the HMAC of a datagram that ends with `sealStrings`. */
export function seal(datagram: Buffer, key: SealKey): Buffer {
  const end = datagram.length - MAC_DIGITS;
  datagram.write(mac(datagram.subarray(0, end), key), end, 'latin1');
  return datagram;
}

/** What a seal proves: made with one of our keys, claiming so falsely, or made with another key. */
export interface Seal {
  readonly verdict: 'valid' | 'forged' | 'other';
  /** That of the key, as claimed. */
  readonly identity: string;
}

/** The key that a datagram's seal names, by its form alone: costs next to nothing. undefined if it has none. */
export function sealIdentity(datagram: Buffer): string | undefined {
  const tail = TAIL.exec(datagram.toString('latin1', Math.max(0, datagram.length - TAIL_BYTES)));
  return tail?.[1] ?? tail?.[2];
}

/** Checks a datagram's seal; undefined if it has none. */
export function openSeal(datagram: Buffer, keys: Keys): Seal | undefined {
  const identity = sealIdentity(datagram);
  if (identity === undefined) return undefined;
  const key = keys.all.find((each) => each.identity === identity);
  if (key === undefined) return { verdict: 'other', identity };
  const end = datagram.length - MAC_DIGITS;
  const right = Buffer.from(mac(datagram.subarray(0, end), key), 'latin1');
  return { verdict: timingSafeEqual(datagram.subarray(end), right) ? 'valid' : 'forged', identity };
}

/** The prefix separates this use of the key from all others. */
function mac(content: Uint8Array, { secret }: SealKey): string {
  return createHmac('sha256', secret).update('circuit discovery\0').update(content).digest('hex').slice(0, MAC_DIGITS);
}
