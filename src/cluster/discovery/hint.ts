/**
 * What every source of addresses yields: where a server may be. A hint proves nothing, it is a reason to dial; who answers there proves who it is.
 */
import type { Address } from '../../base/address.js';

/** Where a server may be. */
export interface Hint {
  readonly address: Address;
  /** Its ID, if the source knows one: `X` and 16 hex digits. */
  readonly id?: string | undefined;
  /** Digest of its view, 8 bytes, if the source tells. */
  readonly digest?: Uint8Array | undefined;
}

/** How the one at that address stands in the own view. */
export type Standing = 'alive' | 'dead' | 'unknown' | 'left';

/** What a hint is a reason for: to reach a server, or to compare views with one that is held alive and says another digest. */
export type Reason = 'reach' | 'compare';

/** A source of addresses: multicast, fixed URLs, a DNS name, a snapshot. */
export interface Source {
  /**
   * Yields hints, the same ones again as long as they may be of use, and ends when the signal aborts or nothing more can come.
   * It says in its own log what it cannot do, and throws nothing.
   */
  addresses(signal: AbortSignal): AsyncIterable<Hint>;
}

/** Where lines for the operator go. */
export type Log = (level: 'info' | 'warn' | 'error', message: string) => void;
