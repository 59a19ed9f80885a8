/**
 * Hints: what every source of addresses yields. A hint is a reason to dial and proves nothing; the server that answers proves its identity.
 */
import type { Address } from '../../base/address.js';

/** An address where a server may be. */
export interface Hint {
  readonly address: Address;
  /** The server's ID, if the source knows it: `X` and 16 hex digits. */
  readonly id?: string | undefined;
  /** Digest of the server's view, 8 bytes, if the source knows it. */
  readonly digest?: Uint8Array | undefined;
  /** Number of live servers in its view, as it says itself. */
  readonly members?: number | undefined;
}

/** State of the hinted server in this server's view. */
export type Standing = 'alive' | 'dead' | 'unknown' | 'left';

/** A source of addresses: multicast, fixed URLs, a DNS name, the members file. */
export interface Source {
  /**
   * Yields hints, repeating them as long as they may be useful; ends when the signal aborts or nothing more can come.
   * Logs its own failures and throws nothing.
   */
  addresses(signal: AbortSignal): AsyncIterable<Hint>;
}
