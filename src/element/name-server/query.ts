/**
 * What comes from outside: a DNS query, of which nothing is trusted (RFC 1035 section 4.1, RFC 6891).
 */
import { DNS_ADDITIONALS_MAX, DNS_QUERY_MAX_BYTES } from '../../base/limits.js';
import { escapeLabel, keyOf } from './domain-name.js';
import { TYPE } from './record.js';

export const HEADER_BYTES = 12;
/** Type, class, TTL and length of the data. */
const RECORD_BYTES = 10;
/** The option's number (RFC 7873 section 4). */
export const COOKIE = 10;

export interface Header {
  readonly id: number;
  readonly opcode: number;
  /** Opcode and RD, to be repeated. */
  readonly kept: number;
  readonly counts: readonly [questions: number, answers: number, authorities: number, additionals: number];
}

export interface Question {
  /** As a key; bytes that no name here has are escaped. */
  readonly key: string;
  readonly type: number;
  readonly klass: number;
  /** As it came, to be repeated. */
  readonly wire: Buffer;
}

/** What the asker can do (RFC 6891 section 6.1). */
export interface Edns {
  readonly version: number;
  readonly udpPayloadSize: number;
  /** DNSSEC OK, to be repeated (RFC 3225). */
  readonly dnssecOk: boolean;
  /** The option COOKIE as it came (RFC 7873). */
  readonly cookie?: Buffer;
}

/** undefined for what is no query: an answer, or shorter than a header. Nothing is said to those, lest two servers talk without an end. */
export function readHeader(query: Buffer): Header | undefined {
  if (query.length < HEADER_BYTES) return undefined;
  const flags = query.readUInt16BE(2);
  if ((flags & 0x8000) !== 0) return undefined;
  return {
    id: query.readUInt16BE(0),
    opcode: (flags >> 11) & 0xf,
    kept: flags & 0x7900,
    counts: [query.readUInt16BE(4), query.readUInt16BE(6), query.readUInt16BE(8), query.readUInt16BE(10)],
  };
}

/** The one question, right behind the header; undefined if it is malformed. Its name comes first, so that nothing is there to point to. */
export function readQuestion(query: Buffer): Question | undefined {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = query[at++]; length !== 0; length = query[at++]) {
    if (length === undefined || length > 63 || at + length - HEADER_BYTES > 254) return undefined;
    labels.push(query.toString('latin1', at, at + length));
    at += length;
  }
  if (at + 4 > query.length) return undefined;
  return {
    key: keyOf(`${labels.map(escapeLabel).join('.')}.`),
    type: query.readUInt16BE(at),
    klass: query.readUInt16BE(at + 2),
    wire: query.subarray(HEADER_BYTES, at + 4),
  };
}

/**
 * Walks all sections, of which only the OPT record among the additionals is looked at; undefined without EDNS.
 * @param type of the question; IXFR brings along a SOA record (RFC 1995 section 3)
 * @throws for what is malformed, or more than a query has
 */
export function readEdns(
  query: Buffer,
  { counts: [questions, answers, authorities, additionals] }: Header,
  type?: number,
): Edns | undefined {
  if (answers + authorities + additionals === 0) return undefined;
  if (query.length > DNS_QUERY_MAX_BYTES) throw new Error('longer than a query');
  if (type !== undefined && (answers > 0 || authorities > (type === TYPE.IXFR ? 1 : 0) || additionals > DNS_ADDITIONALS_MAX))
    throw new Error('more than a query has');
  let at = HEADER_BYTES;
  for (let count = 0; count < questions; count++) at = nameEnd(query, at) + 4;
  const opts: Edns[] = [];
  for (let count = 0; count < answers + authorities + additionals; count++) {
    const begin = at;
    at = nameEnd(query, at) + RECORD_BYTES;
    const data = query.subarray(at, at + query.readUInt16BE(at - 2));
    if (data.length !== query.readUInt16BE(at - 2)) throw new Error('cut off');
    if (count >= answers + authorities && query.readUInt16BE(at - RECORD_BYTES) === TYPE.OPT) {
      if (at - begin !== 1 + RECORD_BYTES) throw new Error('OPT belongs to the root');
      opts.push(ednsOf(query.subarray(at - RECORD_BYTES, at), data));
    }
    at += data.length;
  }
  if (opts.length > 1) throw new Error('more than one OPT');
  return opts[0];
}

/** Where a name ends, which is not followed. @throws for what is none */
function nameEnd(query: Buffer, begin: number): number {
  for (let at = begin; ;) {
    const length = query.readUInt8(at);
    if (length >= 0xc0) return at + 2;
    if (length > 63) throw new Error('a label of a kind that there is not');
    at += 1 + length;
    if (length === 0) return at;
  }
}

/** @param head from its type to the length of its data */
function ednsOf(head: Buffer, data: Buffer): Edns {
  let cookie: Buffer | undefined;
  for (let at = 0; at < data.length;) {
    const [code, length] = [data.readUInt16BE(at), data.readUInt16BE(at + 2)];
    const value = data.subarray(at + 4, at + 4 + length);
    if (value.length !== length) throw new Error('an option is cut off');
    if (code === COOKIE) cookie ??= value;
    at += 4 + length;
  }
  const isCookie = cookie === undefined || cookie.length === 8 || (cookie.length >= 16 && cookie.length <= 40);
  if (!isCookie) throw new Error('a cookie of a length that there is not'); // RFC 7873 section 5.2.2
  return {
    version: head.readUInt8(5),
    udpPayloadSize: head.readUInt16BE(2),
    dnssecOk: (head.readUInt8(6) & 0x80) !== 0,
    ...(cookie && { cookie }),
  };
}

/** Types of question that are about a whole server, or obsolete: there are no zones to be transferred here. */
export function isRefused(type: number): boolean {
  return type === TYPE.AXFR || type === TYPE.IXFR || type === TYPE.MAILA || type === TYPE.MAILB;
}
