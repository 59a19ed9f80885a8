/**
 * The seal at the end of every datagram of discovery: which key, and an HMAC over all that stands before. It is looked at first, so that only what
 * a holder of the key has made reaches the DNS decoder.
 *
 * There is no clock in it, since hosts' clocks differ. So a datagram can be replayed, and that is harmless: an announcement is a hint, who is dialled
 * proves who it is, and dials are bounded; what must be fresh, the answer to a question, carries the question's nonce.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** A circuit's key; `Key` of the wire is one. */
export interface Key {
  /** 16 hex digits that name the key and do not give it away. */
  readonly identity: string;
  readonly secret: Uint8Array;
}

/** The keys of a circuit: one to speak with, all that are accepted. */
export interface Keys {
  readonly speak: Key;
  readonly all: readonly Key[];
}

/** How a circuit without a key (`--insecure`) speaks: a seal that anybody can make, and that no keyed circuit accepts. */
export const NO_KEYS: Keys = (() => {
  const key: Key = { identity: 'none', secret: Buffer.from('a circuit without a key') };
  return { speak: key, all: [key] };
})();

const MAC_DIGITS = 32; // 128 bits, the half of SHA-256's: RFC 2104 section 5 asks for no less
/** The last two strings of the last TXT record, length bytes included. */
const TAIL = new RegExp(`(?:\\x12k=([\\da-f]{16})|\\x06k=(none))\\x22m=[\\da-f]{${MAC_DIGITS}}$`);
const TAIL_MAX_BYTES = 1 + 18 + 1 + 2 + MAC_DIGITS;

/** The two strings that a TXT record ends with, for `seal` to fill in. */
export function sealStrings({ identity }: Key): readonly string[] {
  return [`k=${identity}`, `m=${'0'.repeat(MAC_DIGITS)}`];
}

/** Fills in the HMAC of a datagram that ends with `sealStrings`. */
export function seal(datagram: Buffer, key: Key): Buffer {
  const end = datagram.length - MAC_DIGITS;
  datagram.write(mac(datagram.subarray(0, end), key), end, 'latin1');
  return datagram;
}

/** What a seal says: made with a key of ours, pretending to, or made with another key. */
export interface Seal {
  readonly verdict: 'valid' | 'forged' | 'other';
  /** The key's, as the datagram says. */
  readonly identity: string;
}

/** Looks at a datagram's seal; undefined if it has none. */
export function openSeal(datagram: Buffer, keys: Keys): Seal | undefined {
  const tail = TAIL.exec(datagram.toString('latin1', Math.max(0, datagram.length - TAIL_MAX_BYTES)));
  const identity = tail?.[1] ?? tail?.[2];
  if (identity === undefined) return undefined;
  const key = keys.all.find((each) => each.identity === identity);
  if (key === undefined) return { verdict: 'other', identity };
  const end = datagram.length - MAC_DIGITS;
  const right = Buffer.from(mac(datagram.subarray(0, end), key), 'latin1');
  return { verdict: timingSafeEqual(datagram.subarray(end), right) ? 'valid' : 'forged', identity };
}

/** The first words keep this use of the key apart from all others. */
function mac(content: Uint8Array, { secret }: Key): string {
  return createHmac('sha256', secret).update('circuit discovery\0').update(content).digest('hex').slice(0, MAC_DIGITS);
}
