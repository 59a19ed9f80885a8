/**
 * DNS cookies (RFC 7873, in the form of RFC 9018): what a client shows to prove that it gets what is sent to its address. A server cookie has a version,
 * the time at which it was given, and a hash over both cookies and the address, with a secret that ends with the name server.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { numberBytes } from './field.js';

const CLIENT_BYTES = 8;
const SERVER_BYTES = 16;
const HASH_BYTES = 8;
const VERSION = Buffer.of(1, 0, 0, 0);
/** How old a cookie may be, and how far ahead of this clock, in s (RFC 9018 section 4.3). */
const AGE_MAX_S = 3600;
/** RFC 9018 section 4.3. */
const AHEAD_MAX_S = 300;

export class Cookies {
  readonly #secret = randomBytes(32);

  /** What to answer to a client's cookie: it, and the server's own behind it. @param now_s since 1970 */
  for(client: Buffer, address: string, now_s: number): Buffer {
    return this.#made(client, numberBytes(now_s >>> 0, 4), address);
  }

  /** Whether both halves are what this server has given to that address not long ago. */
  knows(cookie: Buffer, address: string, now_s: number): boolean {
    if (cookie.length !== CLIENT_BYTES + SERVER_BYTES) return false;
    const given = cookie.subarray(CLIENT_BYTES + VERSION.length, CLIENT_BYTES + VERSION.length + 4);
    const age_s = ((now_s >>> 0) - given.readUInt32BE()) | 0; // the clock of 32 bits goes round (RFC 1982)
    if (age_s > AGE_MAX_S || age_s < -AHEAD_MAX_S) return false;
    return timingSafeEqual(this.#made(cookie.subarray(0, CLIENT_BYTES), given, address), cookie);
  }

  #made(client: Buffer, given: Buffer, address: string): Buffer {
    const open = Buffer.concat([client, VERSION, given]);
    const hash = createHmac('sha256', this.#secret).update(open).update(address).digest().subarray(0, HASH_BYTES);
    return Buffer.concat([open, hash]);
  }
}
