/**
 * Records and questions put into words.
 */
import dns, { type Answer, type DecodedPacket, type OptAnswer, type Packet, type RecordType } from 'dns-packet';
import { CircuitError } from '../../../src/base/error.js';
import { parseRecord } from '../../../src/element/name-server/record.js';
import { Records } from '../../../src/element/name-server/records.js';
import { respond, type Transport } from '../../../src/element/name-server/respond.js';

export function recordsOf(...texts: readonly string[]): Records {
  const records = new Records();
  for (const text of texts) records.set(parseRecord(text));
  return records;
}

export interface Asked {
  readonly type?: RecordType;
  readonly name?: string;
  readonly transport?: Transport;
  /** The EDNS payload size of the asker; none without. */
  readonly edns?: number;
  readonly packet?: Packet;
}

/** An answer with its result code, of which the library's types know nothing. */
export interface Told extends DecodedPacket {
  readonly rcode: string;
  readonly bytes: number;
}

/** An OPT record as an asker has it. */
export function opt(fields: Partial<OptAnswer> = {}): OptAnswer {
  return {
    type: 'OPT',
    name: '.',
    udpPayloadSize: 1232,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [],
    ...fields,
  };
}

export function queryOf({ type = 'A', name = 'miek.nl', edns, packet }: Asked): Buffer {
  return dns.encode({
    type: 'query',
    id: 4711,
    flags: dns.RECURSION_DESIRED,
    questions: [{ type, name, class: 'IN' }],
    additionals: edns === undefined ? [] : [opt({ udpPayloadSize: edns })],
    ...packet,
  });
}

/** What is answered; undefined if nothing is. */
export function ask(records: Records, asked: Asked): Told | undefined {
  const answer = respond(queryOf(asked), asked.transport ?? 'udp', records);
  return answer && told(answer);
}

export function told(answer: Buffer): Told {
  return { ...(dns.decode(answer) as Told), bytes: answer.length };
}

/** Owner, type and data of each answer. */
export function answersOf(answer: Told | undefined, section: 'answers' | 'authorities' = 'answers'): readonly unknown[] {
  return (answer?.[section] ?? []).map((record: Answer) => [record.name, record.type, 'data' in record ? record.data : undefined]);
}

/** What a record is refused with: code and sentence. */
export function refusal(text: string): string {
  try {
    parseRecord(text);
  } catch (error) {
    if (error instanceof CircuitError) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'taken';
}
