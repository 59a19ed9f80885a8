/**
 * What a peer that is not let in is told, in the language that it has spoken.
 */
import type { Duplex } from 'node:stream';
import { HELLO_HEADER } from './greeting.js';

/** What one who has a key sends first (RFC 8446 section 5.1), and what tells it that here is none: a fatal alert, handshake_failure. */
export const TLS_HANDSHAKE = 0x16;
export const TLS_NO = Buffer.from([0x15, 0x03, 0x03, 0, 2, 2, 40]);
/** What tells one who has no key that here is one. */
export const HTTP_NO = 'HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';

/** Answers no, with the reason for whoever understands it. If the peer does not hang up, the handshake's time limit does. */
export function refuse(socket: Duplex, reply?: string): void {
  const reason = reply === undefined ? '' : `${HELLO_HEADER}: ${reply}\r\n`;
  socket.end(`HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n${reason}\r\n`);
  socket.resume();
}
