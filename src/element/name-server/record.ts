/**
 * One resource record: from a line of a zone file to what is put into answers.
 */
import { CircuitError } from '../../base/error.js';
import { keyOf, parseName } from './domain-name.js';
import { numberBytes, parsePeriod } from './field.js';
import { typeOf } from './rdata.js';
import { type Token, tokensOf } from './tokens.js';

export interface ResourceRecord {
  /** Owner, as a key. */
  readonly key: string;
  /** Number of its type. */
  readonly type: number;
  /** In canonical form, as `peek` shows it: owner, TTL, class, type and data, with tabs between them. */
  readonly text: string;
  /** Everything behind the owner, as it goes over the wire. */
  readonly wire: Buffer;
  /** Where a CNAME leads. */
  readonly target?: string;
}

/** Numbers of the types that mean something to whoever answers. */
export const TYPE = { CNAME: 5, SOA: 6, OPT: 41, IXFR: 251, AXFR: 252, MAILB: 253, MAILA: 254, ANY: 255 } as const;

/** Where the TTL stands in `wire`, and the data begins, behind its length. */
const TTL_OFFSET = 4;
const DATA_OFFSET = 10;
/** RDLENGTH has 16 bits (RFC 1035 section 3.2.1). */
const DATA_MAX_BYTES = 65_535;
const CLASS_IN = Buffer.of(0, 1);
const DEFAULT_TTL_S = 3600;
const FORM = 'expected NAME [TTL] [IN] TYPE DATA, as in "miek.nl. 3600 IN MX 10 mx.miek.nl."';

/** @throws CircuitError EINVAL that says what is wrong, and what would be right */
export function parseRecord(text: string): ResourceRecord {
  const [owner, ...rest] = tokensOf(text);
  if (owner === undefined) throw new CircuitError('EINVAL', `a record is missing: ${FORM}`);
  const name = parseName(owner.text);
  const { ttl_s, type: typeText, data: tokens } = parseMiddle(rest);
  const type = typeOf(typeText);
  const { wire, text: data } = type.parse(tokens);
  if (wire.length > DATA_MAX_BYTES)
    throw new CircuitError('EINVAL', `${type.name}: its data is too long; expected at most ${DATA_MAX_BYTES} bytes`);
  return {
    key: keyOf(name),
    type: type.code,
    text: [name, ttl_s, 'IN', type.name, data].join('\t'),
    wire: Buffer.concat([numberBytes(type.code, 2), CLASS_IN, numberBytes(ttl_s, 4), numberBytes(wire.length, 2), wire]),
    ...(type.code === TYPE.CNAME && { target: data }),
  };
}

/** Whether two records of one name say the same, be it for another time. */
export function sameData(one: ResourceRecord, other: ResourceRecord): boolean {
  return one.type === other.type && one.wire.subarray(DATA_OFFSET).equals(other.wire.subarray(DATA_OFFSET));
}

/** How long a SOA lets it be remembered that there is nothing: its TTL or its last field, whichever is less (RFC 2308 section 5). */
export function forAbsence({ wire }: ResourceRecord): Buffer {
  const limited = Buffer.from(wire);
  limited.writeUInt32BE(Math.min(wire.readUInt32BE(TTL_OFFSET), wire.readUInt32BE(wire.length - 4)), TTL_OFFSET);
  return limited;
}

/** TTL and class, in either order, either of which may lack (RFC 1035 section 5.1); then the type. */
function parseMiddle(tokens: readonly Token[]): { readonly ttl_s: number; readonly type: string; readonly data: readonly Token[] } {
  let ttl_s: number | undefined;
  let classes = 0;
  for (const [index, { text }] of tokens.entries()) {
    if (/^(?:IN|CH|CS|HS)$/i.test(text) && classes++ === 0) {
      if (text.toUpperCase() !== 'IN') throw new CircuitError('EINVAL', `class ${text} is not served: expected IN`);
    } else if (/^\d/.test(text) && ttl_s === undefined) {
      ttl_s = parsePeriod(text);
      if (ttl_s === undefined)
        throw new CircuitError('EINVAL', `invalid TTL "${text}": expected seconds, at most 2^31 - 1, or as in 1h30m`);
    } else return { ttl_s: ttl_s ?? DEFAULT_TTL_S, type: text, data: tokens.slice(index + 1) };
  }
  throw new CircuitError('EINVAL', `the type of the record is missing: ${FORM}`);
}
