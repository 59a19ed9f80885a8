/**
 * Answers one DNS query (RFC 1035 section 4.1, RFC 6891, RFC 8906).
 *
 * Pure. What is no query gets no answer; what cannot be understood FORMERR; another opcode than QUERY NOTIMP; another class than IN, and transfers,
 * REFUSED; a later EDNS BADVERS. An answer that is too long for its way is empty and says TC, so that it is asked for over TCP.
 */
import { DNS_UDP_MAX_BYTES } from '../../base/limits.js';
import { encodeName } from './domain-name.js';
import { type Edns, type Header, HEADER_BYTES, isRefused, type Question, readEdns, readHeader, readQuestion } from './query.js';
import { forAbsence, TYPE } from './record.js';
import type { AnswerRecord, Records } from './records.js';

export type Transport = 'udp' | 'tcp';

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
/** A name that is that of the question: a pointer to it, right behind the header (RFC 1035 section 4.1.4). */
const SAME_NAME = Buffer.of(0xc0, HEADER_BYTES);

/** Records are two pieces each: owner, and the rest. */
interface Reply {
  readonly rcode: number;
  readonly flags?: number;
  readonly question?: Question | undefined;
  readonly edns?: Edns | undefined;
  readonly answers?: readonly Buffer[];
  readonly authorities?: readonly Buffer[];
}

/** @returns undefined for what must not be answered */
export function respond(query: Buffer, transport: Transport, records: Records): Buffer | undefined {
  const header = readHeader(query);
  if (header === undefined) return undefined;
  const full = reply(query, header, records);
  const bytes = encode(header, full);
  return bytes.length <= room(transport, full.edns) ? bytes : encode(header, { ...full, flags: AA | TC, answers: [], authorities: [] });
}

function reply(query: Buffer, header: Header, records: Records): Reply {
  if (header.opcode !== 0) return { rcode: RCODE.NOTIMP };
  const question = header.counts[0] === 1 ? readQuestion(query) : undefined;
  if (question === undefined) return { rcode: RCODE.FORMERR };
  let edns;
  try {
    edns = readEdns(query, header);
  } catch {
    return { rcode: RCODE.FORMERR, question };
  }
  if (edns !== undefined && edns.version > 0) return { rcode: RCODE.BADVERS, question, edns };
  if ((question.klass !== CLASS_IN && question.klass !== CLASS_ANY) || isRefused(question.type))
    return { rcode: RCODE.REFUSED, question, edns };
  return fromRecords(question, edns, records);
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

function encode({ id, kept }: Header, { rcode, flags = 0, question, edns, answers = [], authorities = [] }: Reply): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(QR | kept | flags | (rcode & 0xf), 2);
  header.writeUInt16BE(question ? 1 : 0, 4);
  header.writeUInt16BE(answers.length / 2, 6);
  header.writeUInt16BE(authorities.length / 2, 8);
  header.writeUInt16BE(edns ? 1 : 0, 10);
  return Buffer.concat([header, ...(question ? [question.wire] : []), ...answers, ...authorities, ...(edns ? [optOf(rcode, edns)] : [])]);
}

/** RFC 6891 section 6.1.2; the upper bits of the result are in it. */
function optOf(rcode: number, { dnssecOk }: Edns): Buffer {
  const opt = Buffer.alloc(11);
  opt.writeUInt16BE(TYPE.OPT, 1);
  opt.writeUInt16BE(DNS_UDP_MAX_BYTES, 3);
  opt.writeUInt8(rcode >> 4, 5);
  opt.writeUInt16BE(dnssecOk ? 0x8000 : 0, 7);
  return opt;
}
