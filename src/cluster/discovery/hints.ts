/**
 * Decides which hints lead to a dial, and when. Hints are untrusted, possibly stale or too many: each address is handed out at most once in ten seconds,
 * and ten a second in all. A random delay keeps servers that hear the same announcement from dialling at once. Pure: time and randomness are passed in.
 */
import { formatAddress } from '../../base/address.js';
import { DISCOVERY_DIALS_PER_SECOND, DISCOVERY_HINTS_PENDING_MAX } from '../../base/limits.js';
import type { Hint, Reason, Standing } from './hint.js';
import { RateLimiter } from './rate-limiter.js';

/** Least time between two dials of one address. */
export const ADDRESS_PAUSE_MS = 10_000;
/** The random delay ranges from 0 to the number of members times this, */
const SPREAD_MS_PER_MEMBER = 10;
/** but no longer than this. */
export const SPREAD_MS = 5_000;

/** What this server knows, queried at the moment of decision. */
export interface Knowledge {
  /** State of the hinted server in this server's view: by its ID, or by its address if the hint has none. */
  known(hint: Hint): Standing;
  /** Number of live members, this server included. */
  members(): number;
  /** Digest of this server's view, 8 bytes. */
  digest(): Uint8Array;
}

export interface Lead {
  readonly hint: Hint;
  readonly reason: Reason;
}

interface Pending {
  hint: Hint;
  due_ms: number;
}

export class Hints {
  readonly #knowledge: Knowledge;
  readonly #random: () => number;
  /** By ID, or by address without one. */
  readonly #pending = new Map<string, Pending>();
  /** When an address was last handed out, oldest first. Bounded by the rate limit times the pause. */
  readonly #handed_ms = new Map<string, number>();
  readonly #pace = new RateLimiter(DISCOVERY_DIALS_PER_SECOND, 1_000);

  /** @param random uniform in [0, 1) */
  constructor(knowledge: Knowledge, random: () => number) {
    this.#knowledge = knowledge;
    this.#random = random;
  }

  /** When to call `due` next; undefined if nothing is pending. */
  get wake_ms(): number | undefined {
    let first_ms = Infinity;
    for (const { due_ms } of this.#pending.values()) first_ms = Math.min(first_ms, due_ms);
    return first_ms === Infinity ? undefined : Math.max(first_ms, this.#pace.ready_ms);
  }

  /** Takes a hint. A newer hint about the same server replaces the older one, but keeps its due time. */
  heard(hint: Hint, now_ms: number): void {
    const key = hint.id ?? formatAddress(hint.address);
    const pending = this.#pending.get(key);
    if (this.#reason(hint) === undefined) {
      this.#pending.delete(key);
    } else if (pending !== undefined) {
      pending.hint = hint;
    } else if (this.#pending.size < DISCOVERY_HINTS_PENDING_MAX) {
      const spread_ms = Math.min(SPREAD_MS, this.#knowledge.members() * SPREAD_MS_PER_MEMBER);
      this.#pending.set(key, { hint, due_ms: now_ms + this.#random() * spread_ms });
    }
  }

  /** The addresses to dial now, if there is still a reason to. */
  due(now_ms: number): readonly Lead[] {
    this.#forget(now_ms);
    const leads: Lead[] = [];
    for (const [key, pending] of this.#pending) {
      if (pending.due_ms > now_ms) continue;
      const reason = this.#reason(pending.hint);
      const address = formatAddress(pending.hint.address);
      const handed_ms = this.#handed_ms.get(address);
      if (reason === undefined) {
        this.#pending.delete(key);
      } else if (handed_ms !== undefined) {
        pending.due_ms = handed_ms + ADDRESS_PAUSE_MS;
      } else if (this.#pace.take(now_ms)) {
        this.#pending.delete(key);
        this.#handed_ms.set(address, now_ms);
        leads.push({ hint: pending.hint, reason });
      }
    }
    return leads;
  }

  #reason(hint: Hint): Reason | undefined {
    const standing = this.#knowledge.known(hint);
    if (standing === 'left') return undefined;
    if (standing !== 'alive') return 'reach';
    return hint.digest === undefined || Buffer.compare(hint.digest, this.#knowledge.digest()) === 0 ? undefined : 'compare';
  }

  #forget(now_ms: number): void {
    for (const [address, handed_ms] of this.#handed_ms) {
      if (now_ms - handed_ms < ADDRESS_PAUSE_MS) return;
      this.#handed_ms.delete(address);
    }
  }
}
