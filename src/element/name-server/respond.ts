/**
 * Answers one DNS query (RFC 1035 section 4.1, RFC 6891, RFC 8906).
 *
 * Pure. What is no query gets no answer; what cannot be understood FORMERR; another opcode than QUERY NOTIMP; another class than IN, and transfers,
 * REFUSED; a later EDNS BADVERS. An answer that is too long for its way is empty and says TC, so that it is asked for over TCP. Whoever asks too much
 * over UDP, and does not show a cookie (RFC 7873), is answered as its `Guest` says.
 */
import { DNS_UDP_MAX_BYTES } from '../../base/limits.js';
import { encodeName } from './domain-name.js';
import { numberBytes } from './field.js';
import { COOKIE, type Edns, type Header, HEADER_BYTES, isRefused, type Question, readEdns, readHeader, readQuestion } from './query.js';
import { forAbsence, TYPE } from './record.js';
import type { AnswerRecord, Records } from './records.js';

export type Transport = 'udp' | 'tcp';

/** The one who asks, as far as it matters for the answer. */
export interface Guest {
  /** Counts a question over UDP: whether it is answered, sent to TCP, or dropped. */
  admit(): 'answer' | 'truncate' | 'drop';
  /** The cookie to give to a client with this one, 8 bytes; none: cookies are not spoken. */
  cookie?(client: Buffer): Buffer;
  /** Whether this server gave it that cookie not long ago: then its address is not forged. */
  knows?(cookie: Buffer): boolean;
}

const ANYBODY: Guest = { admit: () => 'answer' };

/** RFC 1035 section 4.1.1, RFC 6891 section 9. */
const RCODE = { NOERROR: 0, FORMERR: 1, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5, BADVERS: 16 } as const;
const QR = 0x8000;
const AA = 0x0400;
const TC = 0x0200;
const CLASS_IN = 1;
const CLASS_ANY = 255;
/** What goes over UDP to who does not say that more may (RFC 1035 section 4.2.1). */
const PLAIN_UDP_BYTES = 512;
const TCP_BYTES = 65_535;
const CLIENT_COOKIE_BYTES = 8;
/** A name that is that of the question: a pointer to it, right behind the header (RFC 1035 section 4.1.4). */
const SAME_NAME = Buffer.of(0xc0, HEADER_BYTES);

/** Records are two pieces each: owner, and the rest. */
interface Reply {
  readonly rcode: number;
  readonly flags?: number;
  readonly question?: Question | undefined;
  readonly edns?: Edns | undefined;
  readonly cookie?: Buffer | undefined;
  readonly answers?: readonly Buffer[];
  readonly authorities?: readonly Buffer[];
}

/** @returns undefined for what must not be answered */
export function respond(query: Buffer, transport: Transport, records: Records, guest: Guest = ANYBODY): Buffer | undefined {
  const header = readHeader(query);
  if (header === undefined) return undefined;
  const asked = read(query, header);
  const { cookie: shown } = asked.edns ?? {};
  const isKnown = shown !== undefined && guest.knows?.(shown) === true;
  const verdict = transport === 'tcp' || isKnown ? 'answer' : guest.admit();
  if (verdict === 'drop') return undefined;
  const cookie = shown && guest.cookie?.(shown.subarray(0, CLIENT_COOKIE_BYTES));
  const nothing = { ...asked, cookie, flags: AA | TC, answers: [], authorities: [] };
  if (verdict === 'truncate') return encode(header, { ...nothing, rcode: RCODE.NOERROR });
  const full = { ...(asked.rcode === undefined ? fromRecords(asked.question, asked.edns, records) : asked), cookie };
  const bytes = encode(header, full);
  return bytes.length <= room(transport, full.edns) ? bytes : encode(header, { ...nothing, rcode: full.rcode });
}

/** What is asked; with a result where the records do not matter. */
type Asked =
  (Reply & { readonly rcode: number }) | { readonly rcode?: undefined; readonly question: Question; readonly edns: Edns | undefined };

function read(query: Buffer, header: Header): Asked {
  if (header.opcode !== 0) return { rcode: RCODE.NOTIMP, edns: ednsOfAny(query, header) };
  const question = header.counts[0] === 1 ? readQuestion(query) : undefined;
  if (question === undefined) return { rcode: RCODE.FORMERR };
  let edns;
  try {
    edns = readEdns(query, header, question.type);
  } catch {
    return { rcode: RCODE.FORMERR, question };
  }
  if (edns !== undefined && edns.version > 0) return { rcode: RCODE.BADVERS, question, edns };
  if ((question.klass !== CLASS_IN && question.klass !== CLASS_ANY) || isRefused(question.type))
    return { rcode: RCODE.REFUSED, question, edns };
  return { question, edns };
}

/** That of a message whose sections mean something else, as an update's. */
function ednsOfAny(query: Buffer, header: Header): Edns | undefined {
  try {
    return readEdns(query, header);
  } catch {
    return undefined;
  }
}

function fromRecords(question: Question, edns: Edns | undefined, records: Records): Reply {
  const { exists, answers, soa } = records.find(question.key, question.type);
  const same = (owner: string): boolean => owner === question.key;
  return {
    rcode: exists ? RCODE.NOERROR : RCODE.NXDOMAIN,
    flags: AA,
    question,
    edns,
    answers: answers.flatMap(({ owner, record }: AnswerRecord) => [same(owner) ? SAME_NAME : encodeName(owner), record.wire]),
    authorities: soa === undefined ? [] : [encodeName(soa.key), forAbsence(soa)],
  };
}

function room(transport: Transport, edns: Edns | undefined): number {
  if (transport === 'tcp') return TCP_BYTES;
  return Math.min(Math.max(edns?.udpPayloadSize ?? PLAIN_UDP_BYTES, PLAIN_UDP_BYTES), DNS_UDP_MAX_BYTES);
}

function encode({ id, kept }: Header, { rcode, flags = 0, question, edns, cookie, answers = [], authorities = [] }: Reply): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(QR | kept | flags | (rcode & 0xf), 2);
  header.writeUInt16BE(question ? 1 : 0, 4);
  header.writeUInt16BE(answers.length / 2, 6);
  header.writeUInt16BE(authorities.length / 2, 8);
  header.writeUInt16BE(edns ? 1 : 0, 10);
  return Buffer.concat([
    header,
    ...(question ? [question.wire] : []),
    ...answers,
    ...authorities,
    ...(edns ? [optOf(rcode, edns, cookie)] : []),
  ]);
}

/** RFC 6891 section 6.1.2; the upper bits of the result are in it. */
function optOf(rcode: number, { dnssecOk }: Edns, cookie: Buffer | undefined): Buffer {
  const opt = Buffer.alloc(11);
  opt.writeUInt16BE(TYPE.OPT, 1);
  opt.writeUInt16BE(DNS_UDP_MAX_BYTES, 3);
  opt.writeUInt8(rcode >> 4, 5);
  opt.writeUInt16BE(dnssecOk ? 0x8000 : 0, 7);
  if (cookie === undefined) return opt;
  opt.writeUInt16BE(4 + cookie.length, 9);
  return Buffer.concat([opt, numberBytes(COOKIE, 2), numberBytes(cookie.length, 2), cookie]);
}
