/**
 * What an error of a socket says about the peer, in the terms of failure detection. Pure.
 */
import { DialError, type DialFailure } from './connection.js';

/** How far a dial had come when it failed. */
export type DialPhase = 'connecting' | 'securing' | 'greeting';

/** The peer's process has closed without a word, or was closed: it ended just now, or has too much to do. */
export class LostError extends Error {
  override readonly name = 'LostError';
}

interface SocketError extends Error {
  readonly code?: string;
  /** With several addresses of one name: what each said. */
  readonly errors?: readonly SocketError[];
}

/** What says that nothing was sent; EMFILE, ENOMEM and the like say nothing at all. */
const UNSENT: ReadonlySet<string> = new Set(['ENETDOWN', 'ENETUNREACH', 'EADDRNOTAVAIL', 'ENOBUFS']);

/** @param peer how messages name the other end */
export function dialError(error: Error, phase: DialPhase, peer: string): DialError | LostError {
  const { code = '', errors = [] } = error as SocketError;
  const say = (failure: DialFailure, what: string): DialError => new DialError(failure, `${peer} ${what}`, { cause: error });
  if (phase === 'connecting') {
    const codes = errors.length === 0 ? [code] : errors.map((each) => each.code ?? '');
    if (codes.every((each) => each === 'ECONNREFUSED')) return say('refused', 'refuses: nobody listens there');
    if (codes.some((each) => each === 'ETIMEDOUT')) return say('unreachable', 'does not answer');
    if (codes.some((each) => each === 'EHOSTUNREACH')) return say('unreachable', 'cannot be reached: EHOSTUNREACH');
    // It was in the queue of a process that then ended, and is reset before this process has heard that it is there.
    if (codes.some((each) => each === 'ECONNRESET')) return new LostError(`${peer} closed the connection without a word`, { cause: error });
    if (codes.some((each) => UNSENT.has(each))) return say('unsent', `cannot be dialled from here: ${codes.join(', ')}`);
    return say('local', `cannot be dialled from here: ${codes.join(', ')}`);
  }
  if (/^(ERR_SSL_|ERR_TLS_|CERT_|UNABLE_|DEPTH_|SELF_SIGNED_)/.test(code)) return say('key', 'has another key, or none');
  if (code.startsWith('HPE_')) return say('stranger', 'is not a server of a circuit');
  return new LostError(`${peer} closed the connection without a word`, { cause: error });
}
