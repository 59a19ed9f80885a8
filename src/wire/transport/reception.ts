/**
 * How an accepting end judges an upgrade: no web page's, with a hello that can be understood, for this server, and wanted by those above. Says what is
 * answered and what the log hears; carries nothing.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Address } from '../../base/address.js';
import { CircuitError } from '../../base/error.js';
import { escapeControls } from '../../base/quote.js';
import { type Hello, VERSIONS, type Welcome } from './connection.js';
import { formatReply, HELLO_HEADER, parseHello, type Refusal, refusalOf } from './greeting.js';

export interface Host {
  /** This server's ID. */
  readonly id: string;
  readonly role: 'server' | 'client';
  /** Whether a peer that may come in is wanted, and what it is told. */
  readonly welcome: (hello: Hello, peer: Address) => Welcome;
}

export type Reception =
  /** `reply` is the text of the header that answers. */
  | { readonly hello: Hello; readonly reply: string }
  /** `reply` is absent for whoever would not understand it; `complaint` if it is the peer's fault. */
  | { readonly refused: true; readonly reply?: string; readonly complaint?: string };

/** @param full why there is no room for one more connection; undefined if there is */
export function receive(headers: IncomingHttpHeaders, peer: Address, { id, role, welcome }: Host, full: string | undefined): Reception {
  // Browsers add it to whatever a page does, and let no page leave it out.
  if (headers.origin !== undefined) return { refused: true, complaint: 'a web page in a browser' };
  const text = headers[HELLO_HEADER];
  if (typeof text !== 'string') return { refused: true, complaint: 'HTTP, but no hello' };
  const refuse = (refusal: Refusal, complaint?: string): Reception => ({
    refused: true,
    reply: formatReply({ ...refusal, versions: VERSIONS }),
    ...(complaint === undefined ? {} : { complaint }),
  });
  let hello: Hello;
  try {
    hello = parseHello(text);
  } catch (error) {
    const { message } = CircuitError.from(error);
    return refuse({ failure: 'rejected', refused: message }, escapeControls(message));
  }
  const refusal = refusalOf(hello, id);
  if (refusal !== undefined) return refuse(refusal);
  if (full !== undefined) return refuse({ failure: 'rejected', refused: full }, `refused, there are ${full}`);
  const answer = welcome(hello, peer);
  if ('refused' in answer) return refuse({ failure: 'rejected', refused: answer.refused });
  const { purpose } = hello;
  return { hello, reply: formatReply({ hello: { versions: VERSIONS, id, role, purpose, note: answer.note } }) };
}
