/**
 * One connection to a peer: whole messages in order, until it breaks. What stands above (sessions, membership) knows only this, and is tested
 * without sockets.
 */
import type { Address } from '../../base/address.js';

/** Versions of the protocol that this program speaks, newest first. */
export const VERSIONS: readonly number[] = [2];

/** What a connection is for; each purpose has its own messages. */
export const PURPOSES = ['session', 'link', 'join', 'probe'] as const;
export type Purpose = (typeof PURPOSES)[number];

/** What each end says first. */
export interface Hello {
  readonly versions: readonly number[];
  /** ID of the server that speaks; a client draws one for itself, beginning with `C`. */
  readonly id: string;
  readonly role: 'server' | 'client';
  readonly purpose: Purpose;
  /** ID of the server that the dialling end expects; any server will do if it is absent. */
  readonly to?: string | undefined;
  /** The purpose's own: plain data. */
  readonly note?: unknown;
}

/** What the accepting end answers to a hello: its own, or why not. */
export type Welcome = { readonly note?: unknown } | { readonly refused: string };

export interface Connection {
  /** The other end's address, for logs. */
  readonly peer: Address;
  /** What the other end said first. */
  readonly hello: Hello;
  /** Whether this end dialled. */
  readonly dialled: boolean;
  /** Identity of the key that was used; undefined without one (`--insecure`). */
  readonly key: string | undefined;
  /** Bytes that were sent and that the kernel has not taken yet. */
  readonly queued_bytes: number;
  /** Sends one message; nothing happens on a closed connection. Nobody changes the bytes from now on, on either side: a session keeps them to send them again. */
  send(message: Uint8Array): void;
  /** Sets who is told; at once after the connection was handed out, before any event. */
  receive(events: ConnectionEvents): void;
  /** No more messages are read until `resume`: the peer is held back. */
  pause(): void;
  resume(): void;
  /** Ends it when what was sent has gone out. */
  close(reason?: string): void;
  /** Ends it at once. */
  destroy(): void;
}

export interface ConnectionEvents {
  /** The bytes are the receiver's to keep. */
  message(bytes: Uint8Array): void;
  /** It has ended, by whomever; told once. `queued` bytes may have been lost. */
  closed(reason: string): void;
  /** What was queued has been taken by the kernel. */
  drained?(): void;
}

/** How a dial failed, as failure detection tells it apart. */
export type DialFailure =
  /** The host says that nobody listens (RST, or ICMP port unreachable). */
  | 'refused'
  /** No SYN-ACK. */
  | 'unreachable'
  /** This host could send nothing: its interface is down, it has no route, no address, or no buffers. */
  | 'unsent'
  /** The kernel answered; the process did not, in time. */
  | 'silent'
  /** Something of our own: no route, no descriptors, no local port. Says nothing about the peer. */
  | 'local'
  /** The peer has another key, or none. */
  | 'key'
  /** Another server than the one that was dialled is there now. */
  | 'stranger'
  /** It is there and does not want us, or speaks no version that we do. */
  | 'rejected';

export class DialError extends Error {
  override readonly name = 'DialError';
  readonly failure: DialFailure;

  constructor(failure: DialFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.failure = failure;
  }
}

export interface DialOptions {
  readonly address: Address;
  readonly hello: Omit<Hello, 'versions'>;
  /** For the whole handshake; the failure is `unreachable` or `silent`. */
  readonly timeout_ms: number;
  /** Of that, for the kernel of the other end, which answers however busy its host is. */
  readonly connect_ms?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The other end's kernel has answered. */
  readonly onConnected?: (() => void) | undefined;
}

/** Dials and listens: TLS over TCP in a daemon, a simulated network in tests. */
export interface Transport {
  /** @throws DialError */
  dial(options: DialOptions): Promise<Connection>;
}
