/**
 * TLS 1.3 with a pre-shared key (RFC 8446 section 2.2), the only way in: no certificate is shown, none is believed, and no session is kept that could be
 * resumed without the key. What must hold is set here for both ends, and looked at again once a handshake is through.
 */
import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import { connect, type ConnectionOptions, createServer, type Server, type TLSSocket } from 'node:tls';
import type { Key, Keyring } from './keyring.js';

/** A key given as a PSK to OpenSSL goes with SHA-256, so these two and not AES-256; X25519 makes each connection's keys its own. */
const SETTINGS = {
  minVersion: 'TLSv1.3',
  maxVersion: 'TLSv1.3',
  ciphers: 'TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256',
  ecdhCurve: 'X25519',
  // A session ticket would let in without the key, also after that was withdrawn.
  secureOptions: constants.SSL_OP_NO_TICKET,
} as const satisfies ConnectionOptions;

/** Begins TLS on a connected socket, as the end that dialled. */
export function secureClient(socket: Socket, { secret: psk, identity }: Key): TLSSocket {
  return connect({
    ...SETTINGS,
    socket,
    ca: [], // no authority is trusted: with the usual ones a server could show a certificate in place of the key
    pskCallback: () => ({ psk, identity }),
  });
}

/** Whether it was the key that let this handshake through, and nothing else. */
export function isKeyed(socket: TLSSocket): boolean {
  return socket.getProtocol() === 'TLSv1.3' && socket.isSessionReused() && Object.keys(socket.getPeerCertificate()).length === 0;
}

/**
 * The accepting end: give it sockets with `emit('connection', socket)`; it answers with `secureConnection` or `tlsClientError`.
 * How long that may take is the caller's to limit.
 * @param onKey which key a client has named; the handshake has yet to show that it holds it
 */
export function secureServer(keys: () => Keyring | undefined, onKey: (socket: TLSSocket, key: Key) => void): Server {
  return createServer({
    ...SETTINGS,
    pskCallback: (socket, identity) => {
      const key = keys()?.find(identity);
      if (key === undefined) return null;
      onKey(socket, key);
      return key.secret;
    },
  });
}
