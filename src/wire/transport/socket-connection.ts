/**
 * A `Connection` over a WebSocket: whole messages, each one binary frame. Holds what arrives while its owner has paused it or has not yet said who
 * is told, at most what one read of the socket held; ends itself when its peer takes nothing and too much waits.
 */
import type { WebSocket } from 'ws';
import type { Address } from '../../base/address.js';
import { formatAddress } from '../../base/address.js';
import { WIRE_MESSAGE_MAX_BYTES, WIRE_QUEUE_MAX_BYTES } from '../../base/limits.js';
import { escapeControls } from '../../base/quote.js';
import type { Connection, ConnectionEvents, Hello } from './connection.js';
import type { Complain } from './rate-limited-log.js';
import type { Keyring } from './keyring.js';

/** How long the peer has to answer an orderly end, in milliseconds. */
const CLOSE_MS = 5_000;
/** WebSocket's code for an end without a fault (RFC 6455 section 7.4.1). */
const NORMAL = 1_000;
/** Longest reason in a closing frame, in bytes (RFC 6455 section 5.5). */
const REASON_MAX_BYTES = 123;

/**
 * How both ends set `ws` up. Pings are not answered: nobody here sends any, and answers would pile up for one who asks and does not read.
 * A message in many small pieces is not ours, so few pieces are allowed.
 */
export const SOCKET_OPTIONS = {
  perMessageDeflate: false,
  maxPayload: WIRE_MESSAGE_MAX_BYTES,
  maxFragments: 16,
  maxBufferedChunks: 16_384,
  autoPong: false,
  closeTimeout: CLOSE_MS,
} as const;

/** How both ends set TCP up: messages go out at once, and a peer that went without a trace is noticed even if nobody sends. */
export const TCP_OPTIONS = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 15_000 } as const;

export interface ConnectionFacts {
  readonly peer: Address;
  readonly hello: Hello;
  readonly dialled: boolean;
  readonly key: string | undefined;
}

export class SocketConnection implements Connection {
  readonly peer: Address;
  readonly hello: Hello;
  readonly dialled: boolean;
  readonly key: string | undefined;
  readonly #socket: WebSocket;
  readonly #complain: Complain;
  #events: ConnectionEvents | undefined;
  #held: Uint8Array[] = [];
  #paused = false;
  #sending = false;
  /** Why it ended, once that is known; told with `closed`. */
  #why: string | undefined;
  #ended = false;

  /** @param socket is open, and nothing listens to it */
  constructor(socket: WebSocket, { peer, hello, dialled, key }: ConnectionFacts, complain: Complain) {
    this.peer = peer;
    this.hello = hello;
    this.dialled = dialled;
    this.key = key;
    this.#socket = socket;
    this.#complain = complain;
    socket.binaryType = 'nodebuffer';
    socket.on('message', (bytes, isBinary) => this.#arrived(bytes as Buffer, isBinary));
    socket.on('error', (error) => this.#failed(error));
    socket.on('close', (_code, reason) => this.#closed(reason));
    socket.pause();
  }

  get queued_bytes(): number {
    return this.#socket.bufferedAmount;
  }

  receive(events: ConnectionEvents): void {
    this.#events = events;
    process.nextTick(() => this.#flow());
  }

  send(message: Uint8Array): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#sending = true;
    this.#socket.send(message, this.#sent);
    if (this.#socket.bufferedAmount > WIRE_QUEUE_MAX_BYTES) {
      this.#complain(this.peer.host, 'it does not read', formatAddress(this.peer));
      this.#why ??= 'the other end does not read';
      this.destroy();
    }
  }

  pause(): void {
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#events !== undefined) this.#flow();
  }

  close(reason = ''): void {
    this.#why ??= reason;
    // What the peer still says is of no interest any more, but its answer to the closing frame is.
    this.#held = [];
    this.#paused = false;
    this.#socket.resume();
    this.#socket.close(NORMAL, fitting(reason));
  }

  destroy(): void {
    this.#why ??= 'ended at once by this end';
    this.#held = [];
    this.#socket.terminate();
  }

  /** Ends it at once if it was made with a key that is not among `keys`. */
  endWithout(keys: Keyring | undefined): void {
    if (this.key === undefined || keys?.find(this.key) !== undefined) return;
    this.#why ??= `its key, ${this.key}, was withdrawn`;
    this.destroy();
  }

  readonly #sent = (): void => {
    if (!this.#sending || this.#socket.bufferedAmount > 0) return;
    this.#sending = false;
    this.#events?.drained?.();
  };

  #arrived(bytes: Buffer, isBinary: boolean): void {
    if (!isBinary) {
      this.#complain(this.peer.host, 'it sends text, which nobody here does', formatAddress(this.peer));
      this.#why ??= 'a message that was text';
      this.destroy();
    } else if (this.#why !== undefined) {
      return; // this end has closed it
    } else if (this.#paused || this.#events === undefined) this.#held.push(bytes);
    else this.#events.message(bytes);
  }

  /** Hands out what was held, and reads on unless the owner has paused it again meanwhile. */
  #flow(): void {
    for (let next = this.#next(); next !== undefined; next = this.#next()) this.#events?.message(next);
    if (this.#ended) this.#tellEnd();
    else if (!this.#paused) this.#socket.resume();
  }

  #next(): Uint8Array | undefined {
    return this.#paused && !this.#ended ? undefined : this.#held.shift();
  }

  #failed(error: Error): void {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    // What the peer did wrong with frames has a code of ws; what happened to TCP has one of the kernel.
    if (code.startsWith('WS_')) this.#complain(this.peer.host, escapeControls(error.message), formatAddress(this.peer));
    this.#why ??= escapeControls(error.message);
  }

  #closed(reason: Buffer): void {
    const said = reason.toString();
    this.#why ??= said === '' ? 'the other end has gone' : escapeControls(said);
    this.#ended = true;
    if (this.#events !== undefined) this.#flow();
  }

  #tellEnd(): void {
    const events = this.#events;
    if (events === undefined) return;
    this.#events = { message: () => undefined, closed: () => undefined };
    events.closed(this.#why ?? '');
  }
}

/** As much of it as a closing frame has room for. */
function fitting(reason: string): Buffer {
  const bytes = Buffer.from(reason);
  if (bytes.length <= REASON_MAX_BYTES) return bytes;
  let end = REASON_MAX_BYTES;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--; // not within a character
  return bytes.subarray(0, end);
}
