/**
 * Who asks over UDP: counts questions by network, so that a name server is no use to who forges sources (response-rate limiting, as nsd and BIND have it).
 *
 * Beyond the limit every second question is answered empty with TC, so that a true asker comes back over TCP, and the others are dropped. This machine's
 * own addresses, which cannot be forged from outside, and askers with a valid cookie are not limited. Pure: time is passed in.
 */
import { ipv6Bytes, isIPv6, isLoopback, unmapped } from '../../base/ip.js';
import { DNS_ANSWERS_PER_SECOND, DNS_NETWORKS_MAX } from '../../base/limits.js';
import { Cookies } from './cookies.js';
import type { Guest } from './respond.js';

const WINDOW_MS = 1000;
/** All networks that are too many to be counted each. */
const OTHERS = 'others';

export class Guests {
  readonly #cookies = new Cookies();
  /** Questions in this window, by network. */
  readonly #counts = new Map<string, number>();
  #since_ms = Number.NEGATIVE_INFINITY;
  /** Who asked last, and mostly asks next; this machine has no network. */
  #last: { readonly address: string; readonly network: string | undefined } = { address: '', network: '' };

  /** @param now_ms of any monotonic clock @param now_s since 1970 */
  from(address: string, now_ms: number, now_s: number): Required<Guest> {
    return {
      admit: () => this.admit(address, now_ms),
      cookie: (client) => this.#cookies.for(client, address, now_s),
      knows: (cookie) => this.#cookies.knows(cookie, address, now_s),
    };
  }

  /** Counts a question over UDP, as `Guest` has it. */
  admit(address: string, now_ms: number): 'answer' | 'truncate' | 'drop' {
    if (address !== this.#last.address) this.#last = { address, network: isLoopback(address) ? undefined : networkOf(address) };
    const { network } = this.#last;
    if (network === undefined) return 'answer';
    if (now_ms - this.#since_ms >= WINDOW_MS) {
      this.#counts.clear();
      this.#since_ms = now_ms;
    }
    const key = this.#counts.has(network) || this.#counts.size < DNS_NETWORKS_MAX ? network : OTHERS;
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    if (count <= DNS_ANSWERS_PER_SECOND) return 'answer';
    return (count - DNS_ANSWERS_PER_SECOND) % 2 === 0 ? 'truncate' : 'drop';
  }
}

/** The network that an asker is counted with: a source address can be forged, and has many neighbours. /24, or /56 with IPv6. */
function networkOf(address: string): string {
  const plain = unmapped(address);
  return isIPv6(plain) ? ipv6Bytes(plain).toString('hex', 0, 7) : plain.split('.').slice(0, 3).join('.');
}
