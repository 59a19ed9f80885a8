/**
 * What comes from outside: a DNS query, of which nothing is trusted (RFC 1035 section 4.1, RFC 6891).
 */
import dns from 'dns-packet';
import { DNS_ADDITIONALS_MAX, DNS_QUERY_MAX_BYTES } from '../../base/limits.js';
import { escapeLabel, keyOf } from './domain-name.js';
import { TYPE } from './record.js';

export const HEADER_BYTES = 12;

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

/** undefined without EDNS. @throws for what is malformed, or more than a query has */
export function readEdns(query: Buffer, { counts: [, answers, authorities, additionals] }: Header): Edns | undefined {
  if (answers + authorities + additionals === 0) return undefined;
  if (answers > 0 || authorities > 0 || additionals > DNS_ADDITIONALS_MAX || query.length > DNS_QUERY_MAX_BYTES)
    throw new Error('more than a query has');
  const options = dns.decode(query).additionals?.filter((record) => record.type === 'OPT') ?? [];
  if (options.length > 1) throw new Error('more than one OPT');
  const [opt] = options;
  return opt && { version: opt.ednsVersion, udpPayloadSize: opt.udpPayloadSize, dnssecOk: opt.flag_do };
}

/** Types of question that are about a whole server, or obsolete: there are no zones to be transferred here. */
export function isRefused(type: number): boolean {
  return type === TYPE.AXFR || type === TYPE.IXFR || type === TYPE.MAILA || type === TYPE.MAILB;
}
