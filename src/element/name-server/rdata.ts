/**
 * The types of resource record: for each the fields of its data, in the order of the zone file, which is that of the wire.
 *
 * Others can be set in the form of RFC 3597: `TYPE65280 \# 4 0A000001`.
 */
import { CircuitError } from '../../base/error.js';
import * as is from './field.js';
import { type Field, formatHex, type Parsed } from './field.js';
import { location } from './location.js';
import { serviceParameters } from './service-parameters.js';
import type { Token } from './tokens.js';
import { codeOf, nameOf, typeBitmap, typeNumber } from './type-names.js';

export interface RecordType {
  readonly name: string;
  /** Its number on the wire. */
  readonly code: number;
  /** @throws CircuitError EINVAL that says which value is wrong, and what it must be */
  parse(tokens: readonly Token[]): Parsed;
}

/** @param fields of its data @param optional whether the last of them, which takes the rest, may lack */
function row(
  name: string,
  fields: readonly Field[],
  { optional = false, check = (): string | undefined => undefined }: Extra = {},
): RecordType {
  const code = codeOf(name) ?? 0;
  return {
    name,
    code,
    parse: (tokens) => {
      if (GENERIC.has(name) && tokens[0]?.text === '\\#') return parseOpaque(name, tokens);
      const all = parseFields(name, optional && tokens.length < fields.length ? fields.slice(0, -1) : fields, tokens);
      const wrong = check(all.map(({ wire }) => wire));
      if (wrong !== undefined) throw new CircuitError('EINVAL', `${name}: ${wrong}`);
      return { wire: Buffer.concat(all.map(({ wire }) => wire)), text: all.map(({ text }) => text).join(' ') };
    },
  };
}

interface Extra {
  readonly optional?: boolean;
  /** What is wrong with the whole; undefined if nothing. */
  readonly check?: (wires: readonly Buffer[]) => string | undefined;
}

/** Types that can be set by their bytes as well, since they were before their text was known. */
const GENERIC: ReadonlySet<string> = new Set(['LOC', 'CERT', 'SMIMEA', 'OPENPGPKEY', 'SVCB', 'HTTPS', 'URI']);
/** RFC 4398 section 2.1. */
const CERTIFICATES = { PKIX: 1, SPKI: 2, PGP: 3, IPKIX: 4, ISPKI: 5, IPGP: 6, ACPKIX: 7, IACPKIX: 8, URI: 253, OID: 254 };
/** RFC 4034 appendix A.1 and later. */
const ALGORITHMS = { RSAMD5: 1, DH: 2, DSA: 3, RSASHA1: 5, RSASHA256: 8, RSASHA512: 10, ECDSAP256SHA256: 13, ECDSAP384SHA384: 14, ED25519: 15, ED448: 16 }; // prettier-ignore
/** Bytes of a fingerprint, by its kind (RFC 4255, RFC 6594). */
const FINGERPRINT_BYTES: Readonly<Record<number, number>> = { 1: 20, 2: 32 };

const protocol = is.field('3', (text) => (text === '3' ? 3 : undefined), (value) => Buffer.of(value)); // prettier-ignore
const covered = is.field('a type of record', typeNumber, (code) => is.numberBytes(code, 2), nameOf);
const types = is.restField(
  'types of record',
  (tokens) => {
    const codes = tokens.map(({ text }) => typeNumber(text));
    return codes.every((each) => each !== undefined) ? codes : undefined;
  },
  typeBitmap,
  (codes) => codes.map(nameOf).join(' '),
);
const certificateUse = [is.u8, is.u8, is.u8, is.hex];
const service: Extra = {
  optional: true,
  check: ([priority, , parameters]) =>
    priority?.readUInt16BE() === 0 && parameters !== undefined ? 'priority 0 makes it an alias, which has no parameters' : undefined,
};

const ROWS: readonly RecordType[] = [
  row('A', [is.ipv4]),
  row('NS', [is.name]),
  row('CNAME', [is.name]),
  row('SOA', [is.name, is.mailbox, is.u32, is.period, is.period, is.period, is.period]),
  row('PTR', [is.name]),
  row('HINFO', [is.string, is.string]),
  row('MX', [is.u16, is.name]),
  row('TXT', [is.strings]),
  row('RP', [is.mailbox, is.name]),
  row('AAAA', [is.ipv6]),
  row('LOC', [location]),
  row('SRV', [is.u16, is.u16, is.u16, is.name]),
  row('NAPTR', [is.u16, is.u16, is.string, is.string, is.string, is.name]),
  row('CERT', [is.named('a kind of certificate, as PKIX, or a number', 2, CERTIFICATES), is.u16, is.named('an algorithm, or its number', 1, ALGORITHMS), is.base64]), // prettier-ignore
  row('DNAME', [is.name]),
  row('DS', [is.u16, is.u8, is.u8, is.hex]),
  row('SSHFP', [is.u8, is.u8, is.hex], {
    check: ([, kind, { length } = Buffer.alloc(0)]) => {
      const bytes = FINGERPRINT_BYTES[kind?.[0] ?? 0] ?? length;
      return length === bytes ? undefined : `value 3 must be a fingerprint of ${bytes} bytes`;
    },
  }),
  row('RRSIG', [covered, is.u8, is.u8, is.u32, is.moment, is.moment, is.u16, is.name, is.base64]),
  row('NSEC', [is.name, types]),
  row('DNSKEY', [is.u16, protocol, is.u8, is.base64]),
  row('NSEC3', [is.u8, is.u8, is.u16, is.salt, is.hash, types]),
  row('TLSA', certificateUse),
  row('SMIMEA', certificateUse),
  row('OPENPGPKEY', [is.base64]),
  row('SVCB', [is.u16, is.name, serviceParameters], service),
  row('HTTPS', [is.u16, is.name, serviceParameters], service),
  row('URI', [is.u16, is.u16, is.bareText]),
  row('CAA', [is.u8, is.tag, is.bareText]),
];

const TYPES: ReadonlyMap<string, RecordType> = new Map(ROWS.map((each) => [each.name, each]));

/** Types that only questions and packets have (RFC 6895 section 3.1). */
const isMeta = (code: number): boolean => code === 0 || code === 41 || (code >= 128 && code <= 255);

/** @throws CircuitError EINVAL for a type that cannot be set */
export function typeOf(text: string): RecordType {
  const code = typeNumber(text);
  const name = code === undefined ? '' : nameOf(code);
  const known = TYPES.get(name);
  const isByNumber = text.toUpperCase() !== name;
  if (known !== undefined && !(isByNumber && !GENERIC.has(name))) return known;
  if (code !== undefined && !isMeta(code) && known === undefined) return { name, code, parse: (tokens) => parseOpaque(name, tokens) };
  throw new CircuitError(
    'EINVAL',
    `unknown record type "${text}": expected one of ${Array.from(TYPES.keys()).join(' ')}, or for others TYPEn with \\# (RFC 3597)`,
  );
}

/** Data that is not looked into: `\# LENGTH HEX` (RFC 3597 section 5). */
function parseOpaque(name: string, [mark, length, ...rest]: readonly Token[]): Parsed {
  const hex = rest.map(({ text }) => text).join('');
  if (mark?.text !== '\\#' || !/^(?:[\da-f]{2})*$/i.test(hex) || length?.text !== String(hex.length / 2))
    throw new CircuitError(
      'EINVAL',
      `${name}: invalid data: expected \\#, a number of bytes, and these in hexadecimal, as in \\# 4 0A000001`,
    );
  const wire = Buffer.from(hex, 'hex');
  return { wire, text: `\\# ${wire.length} ${formatHex(wire)}`.trimEnd() };
}

function parseFields(type: string, fields: readonly Field[], tokens: readonly Token[]): readonly Parsed[] {
  const all = fields.map((each, index) => {
    const [first, ...more] = tokens.slice(index);
    return (first && each.parse(each.rest ? [first, ...more] : [first])) ?? refuse(type, index, each);
  });
  const extra = fields.at(-1)?.rest === true ? undefined : tokens[fields.length];
  if (extra !== undefined) throw new CircuitError('EINVAL', `${type}: "${extra.text}" is one value too many; expected ${fields.length}`);
  return all;
}

function refuse(type: string, index: number, { is: expected }: Field): never {
  throw new CircuitError('EINVAL', `${type}: value ${index + 1} must be ${expected}`);
}
