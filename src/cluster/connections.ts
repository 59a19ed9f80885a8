/**
 * The connections over which servers talk about who is there, by the tokens of the membership core: those that it dials, those that were welcomed and
 * are not here yet, and those that are open.
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
  /** What the core is to be told. */
  readonly feed: (input: Input) => void;
  /** A dial has failed. */
  readonly onFailed: (address: string, error: unknown) => void;
}

interface Dialling {
  readonly controller: AbortController;
  /** The other host has answered: its server may know of the dial by now. */
  answered: boolean;
}

/** A connection that was welcomed and does not come for so long will not come. */
const WELCOMED_MS = 10_000;
/** How long what was sent last may take to go out. */
const FLUSH_MS = 500;
const FLUSH_LOOK_MS = 10;

export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #open = new Map<Token, Connection>();
  readonly #dials = new Map<Token, Dialling>();
  /** Welcomed, and not yet here: how to call off the wait for them. */
  readonly #welcomed = new Map<Token, () => void>();
  /** What is to be sent when they are. */
  readonly #unsent = new Map<Token, Uint8Array[]>();
  /** Of those, the ones that are to be closed when that has been sent. */
  readonly #closing = new Set<Token>();
  readonly #tokens = new WeakMap<Hello, Token>();
  #lastToken: Token = 0;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  /** Answers a hello. @param decide what the core says of a new token */
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

  /** The connection whose hello was welcomed is there. */
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

  dial({ token, address, id, purpose, note, timeout_ms }: Dial): void {
    const { transport, id: self, feed, onFailed } = this.#options;
    const where = addressOf(address);
    if (where === undefined) return feed({ kind: 'failed', token, failure: 'unreachable' });
    const dialling: Dialling = { controller: new AbortController(), answered: false };
    this.#dials.set(token, dialling);
    transport
      .dial({
        address: where,
        hello: { id: self, role: 'server', purpose, to: id, note },
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
          // The core hears of the connection before it hears what comes over it; it may have had enough of it then.
          feed({ kind: 'established', token, id: connection.hello.id, note: connection.hello.note });
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

  /** Ends a connection when what was sent has gone out, or gives up a dial; the core is told nothing more about it. */
  close(token: Token): void {
    if (this.#unsent.has(token)) return void this.#closing.add(token);
    this.#forget(token);
    this.#dials.get(token)?.controller.abort();
    this.#dials.delete(token);
    const connection = this.#open.get(token);
    this.#open.delete(token);
    connection?.close();
  }

  /** Ends all; resolves when what was sent has gone out, also to those who are just being connected, or has taken too long. */
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
        if (isOurs()) this.#options.feed({ kind: 'message', token, message: decodeMessage(bytes) });
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

  /** It is not waited for any more. */
  #forget(token: Token): void {
    this.#welcomed.get(token)?.();
    this.#welcomed.delete(token);
    this.#unsent.delete(token);
    this.#closing.delete(token);
  }
}

/** undefined for what is none: a peer may say what it likes. */
export function addressOf(text: string): Address | undefined {
  try {
    return parseAddress(text);
  } catch {
    return undefined;
  }
}
