/**
 * The connections of the membership core, by its tokens: dials in progress, hellos welcomed whose connection is still to come, and open connections.
 */
import { type Address, parseAddress } from '../base/address.js';
import type { Clock } from '../base/clock.js';
import { type Connection, DialError, type Hello, type Transport, type Welcome } from '../wire/transport/connection.js';
import { decodeMessage } from './membership/codec.js';
import type { Dial, Input, Token } from './membership/protocol.js';

export interface ConnectionsOptions {
  /** ID of this server. */
  readonly id: string;
  readonly transport: Transport;
  readonly clock: Clock;
  /** Takes inputs for the core. @param from address of the peer that has caused it, if one has */
  readonly feed: (input: Input, from?: string) => void;
  /** A dial failed. */
  readonly onFailed: (address: string, error: unknown) => void;
}

interface Dialling {
  readonly controller: AbortController;
  /** The other host answered: its server may know of the dial by now. */
  answered: boolean;
}

/** How long a welcomed connection may take to open. */
const WELCOMED_MS = 10_000;
/** How long the last messages may take to be sent. */
const FLUSH_MS = 500;
const FLUSH_LOOK_MS = 10;

export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #open = new Map<Token, Connection>();
  readonly #dials = new Map<Token, Dialling>();
  /** Welcomed but not open yet: functions that cancel their timeouts. */
  readonly #welcomed = new Map<Token, () => void>();
  /** Messages to send once they are open. */
  readonly #unsent = new Map<Token, Uint8Array[]>();
  /** Those of them to close after that. */
  readonly #closing = new Set<Token>();
  readonly #tokens = new WeakMap<Hello, Token>();
  #lastToken: Token = 0;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  /** Answers a hello. @param decide asks the core about a new token */
  welcome(hello: Hello, decide: (token: Token) => Welcome | undefined): Welcome {
    const token = ++this.#lastToken;
    this.#welcomed.set(
      token,
      this.#options.clock.after(WELCOMED_MS, () => this.#lost(token)),
    );
    const welcome = decide(token);
    if (welcome === undefined || 'refused' in welcome) {
      this.#forget(token);
      return welcome ?? { refused: 'this server is busy' };
    }
    this.#tokens.set(hello, token);
    return welcome;
  }

  /** The connection whose hello was welcomed is open. */
  connected(connection: Connection): void {
    const token = this.#tokens.get(connection.hello);
    if (token === undefined || !this.#welcomed.has(token)) return connection.close();
    const unsent = this.#unsent.get(token) ?? [];
    const closing = this.#closing.has(token);
    this.#forget(token);
    if (!closing) {
      this.#open.set(token, connection);
      this.#listen(token, connection);
    }
    for (const message of unsent) connection.send(message);
    if (closing) connection.close();
  }

  dial({ token, address, id, purpose, note, connect_ms, timeout_ms }: Dial): void {
    const { transport, id: self, feed, onFailed } = this.#options;
    const where = addressOf(address);
    if (where === undefined) return feed({ kind: 'failed', token, failure: 'unreachable' });
    const dialling: Dialling = { controller: new AbortController(), answered: false };
    this.#dials.set(token, dialling);
    transport
      .dial({
        address: where,
        hello: { id: self, role: 'server', purpose, to: id, note },
        connect_ms,
        timeout_ms,
        signal: dialling.controller.signal,
        onConnected: () => {
          dialling.answered = true;
          if (this.#dials.has(token)) feed({ kind: 'connected', token });
        },
      })
      .then(
        (connection) => {
          if (!this.#dials.delete(token)) return connection.close();
          this.#open.set(token, connection);
          // The core learns of the connection before its messages; it may close it at once.
          feed({ kind: 'established', token, id: connection.hello.id, note: connection.hello.note }, connection.peer.host);
          this.#listen(token, connection);
        },
        (error: unknown) => {
          if (!this.#dials.delete(token)) return;
          onFailed(address, error);
          feed({ kind: 'failed', token, failure: error instanceof DialError ? error.failure : 'local' });
        },
      );
  }

  send(token: Token, message: Uint8Array): void {
    const connection = this.#open.get(token);
    if (connection !== undefined) connection.send(message);
    else if (this.#welcomed.has(token)) this.#unsent.set(token, [...(this.#unsent.get(token) ?? []), message]);
  }

  /** Closes a connection after flushing it, or aborts a dial; feeds nothing more about it. */
  close(token: Token): void {
    if (this.#unsent.has(token)) return void this.#closing.add(token);
    this.#forget(token);
    this.#dials.get(token)?.controller.abort();
    this.#dials.delete(token);
    const connection = this.#open.get(token);
    this.#open.delete(token);
    connection?.close();
  }

  /** Closes all; resolves once everything is sent, also to peers just connecting, or after a timeout. */
  async end(): Promise<void> {
    for (const { controller, answered } of this.#dials.values()) if (!answered) controller.abort();
    const { clock } = this.#options;
    await new Promise<void>((resolve) => {
      const end_ms = clock.now_ms() + FLUSH_MS;
      const look = (): void => {
        const queued = [...this.#open.values()].some(({ queued_bytes }) => queued_bytes > 0);
        const busy = queued || this.#closing.size > 0 || this.#dials.size > 0;
        if (busy && clock.now_ms() < end_ms) clock.after(FLUSH_LOOK_MS, look);
        else resolve();
      };
      look();
    });
    for (const { controller } of this.#dials.values()) controller.abort();
    for (const connection of this.#open.values()) connection.close();
  }

  #listen(token: Token, connection: Connection): void {
    const isOurs = (): boolean => this.#open.get(token) === connection;
    if (!isOurs()) return;
    connection.receive({
      message: (bytes) => {
        if (isOurs()) this.#options.feed({ kind: 'message', token, message: decodeMessage(bytes) }, connection.peer.host);
      },
      closed: () => {
        if (isOurs()) this.#lost(token);
      },
    });
  }

  #lost(token: Token): void {
    const wanted = !this.#closing.has(token);
    this.#open.delete(token);
    this.#forget(token);
    if (wanted) this.#options.feed({ kind: 'closed', token });
  }

  /** Stops waiting for a welcomed connection. */
  #forget(token: Token): void {
    this.#welcomed.get(token)?.();
    this.#welcomed.delete(token);
    this.#unsent.delete(token);
    this.#closing.delete(token);
  }
}

/** undefined if the text is not an address: it comes from peers. */
export function addressOf(text: string): Address | undefined {
  try {
    return parseAddress(text);
  } catch {
    return undefined;
  }
}
