/**
 * Answers over UDP that were given before, for questions that are the same byte for byte but for their ID: most are asked again and again, and making
 * an answer takes ten times as long as finding it. Bounded; forgotten as a whole when a record changes, or when there are too many.
 */
import { DNS_ANSWERS_KEPT_MAX_BYTES } from '../../base/limits.js';
import { respond } from './respond.js';
import type { Guests } from './guests.js';
import type { Records } from './records.js';

const ID_BYTES = 2;
/** Longer questions have more in them than a name and EDNS, and come once (RFC 1035 section 4.2.1). */
const QUESTION_BYTES = 512;
/** What an entry takes beside its bytes, roughly. */
const ENTRY_BYTES = 200;

export class Answers {
  readonly #records: Records;
  readonly #guests: Guests;
  readonly #kept = new Map<string, Buffer>();
  #kept_bytes = 0;

  constructor(records: Records, guests: Guests) {
    this.#records = records;
    this.#guests = guests;
  }

  /** Entries that are kept. */
  get size(): number {
    return this.#kept.size;
  }

  /** The answer to a question over UDP; undefined for none. It is the caller's only until the next one. */
  to(query: Buffer, address: string, now_ms: number): Buffer | undefined {
    const key = query.length > QUESTION_BYTES ? undefined : query.toString('latin1', ID_BYTES);
    const known = key === undefined ? undefined : this.#kept.get(key);
    if (known === undefined) return this.#make(query, address, now_ms, key);
    const verdict = this.#guests.admit(address, now_ms);
    if (verdict !== 'answer') return respond(query, 'udp', this.#records, { admit: () => verdict });
    known[0] = query[0] ?? 0;
    known[1] = query[1] ?? 0;
    return known;
  }

  /** A record has changed. */
  forget(): void {
    this.#kept.clear();
    this.#kept_bytes = 0;
  }

  #make(query: Buffer, address: string, now_ms: number, key: string | undefined): Buffer | undefined {
    const guest = this.#guests.from(address, now_ms, Math.floor(Date.now() / 1000));
    const kind = { isForAll: false };
    const reply = respond(query, 'udp', this.#records, {
      admit: () => {
        const verdict = guest.admit();
        kind.isForAll = verdict === 'answer';
        return verdict;
      },
      cookie: (client) => {
        kind.isForAll = false; // a cookie is one asker's, and of this moment
        return guest.cookie(client);
      },
      knows: (cookie) => guest.knows(cookie),
    });
    if (reply !== undefined && key !== undefined && kind.isForAll) this.#keep(key, reply);
    return reply;
  }

  #keep(key: string, reply: Buffer): void {
    this.#kept_bytes += key.length + reply.length + ENTRY_BYTES;
    if (this.#kept_bytes > DNS_ANSWERS_KEPT_MAX_BYTES) this.forget();
    else this.#kept.set(key, reply);
  }
}
