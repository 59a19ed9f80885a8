/**
 * The types of resource record: for each the fields of its data, in the order of the zone file, under the names that the wire library gives them.
 *
 * All types are there that the library encodes, but OPT, which no zone has, and NULL, which has no text (RFC 1035 section 3.3.10). Others can be set
 * in the form of RFC 3597: `TYPE65 \# 3 000100`.
 */
import dns, { type Question } from 'dns-packet';
import { CircuitError } from '../../base/error.js';
import * as is from './field.js';
import { type Field, field, formatHex, type Parsed, restField } from './field.js';
import type { Token } from './tokens.js';

export interface RecordType {
  /** As the wire library knows it. */
  readonly name: string;
  /** Its number on the wire. */
  readonly code: number;
  /** @throws CircuitError EINVAL that says which value is wrong, and what it must be */
  parse(tokens: readonly Token[]): Parsed;
}

/** Data of several fields. */
function fields(name: string, code: number, table: Readonly<Record<string, Field>>): RecordType {
  return {
    name,
    code,
    parse: (tokens) => {
      const all = parseFields(name, Object.values(table), tokens);
      const names = Object.keys(table);
      return {
        value: Object.fromEntries(all.map(({ value }, index) => [names[index], value])),
        text: all.map(({ text }) => text).join(' '),
      };
    },
  };
}

/** Data of one field, which the library takes without a name. */
function single(name: string, code: number, only: Field): RecordType {
  return { name, code, parse: (tokens) => parseFields(name, [only], tokens)[0] ?? refuse(name, 0, only) };
}

const protocol = field('3', (text) => (text === '3' ? 3 : undefined));
const covered = field('a type of record', libraryName, shownName);
const types = restField(
  'types of record',
  (tokens) => {
    const names = tokens.map(({ text }) => libraryName(text));
    return names.every((each) => each !== undefined) ? names : undefined;
  },
  (names) => names.map(shownName).join(' '),
);

const ROWS: readonly RecordType[] = [
  single('A', 1, is.ipv4),
  single('NS', 2, is.name),
  single('CNAME', 5, is.name),
  fields('SOA', 6, {
    mname: is.name,
    rname: is.mailbox,
    serial: is.u32,
    refresh: is.period,
    retry: is.period,
    expire: is.period,
    minimum: is.period,
  }),
  single('PTR', 12, is.name),
  fields('HINFO', 13, { cpu: is.string, os: is.string }),
  fields('MX', 15, { preference: is.u16, exchange: is.name }),
  single('TXT', 16, is.strings),
  fields('RP', 17, { mbox: is.mailbox, txt: is.name }),
  single('AAAA', 28, is.ipv6),
  fields('SRV', 33, { priority: is.u16, weight: is.u16, port: is.u16, target: is.name }),
  fields('NAPTR', 35, {
    order: is.u16,
    preference: is.u16,
    flags: is.string,
    services: is.string,
    regexp: is.string,
    replacement: is.name,
  }),
  single('DNAME', 39, is.name),
  fields('DS', 43, { keyTag: is.u16, algorithm: is.u8, digestType: is.u8, digest: is.hex }),
  fields('SSHFP', 44, { algorithm: is.u8, hash: is.u8, fingerprint: is.hexText }),
  fields('RRSIG', 46, {
    typeCovered: covered,
    algorithm: is.u8,
    labels: is.u8,
    originalTTL: is.u32,
    expiration: is.moment,
    inception: is.moment,
    keyTag: is.u16,
    signersName: is.name,
    signature: is.base64,
  }),
  fields('NSEC', 47, { nextDomain: is.name, rrtypes: types }),
  fields('DNSKEY', 48, { flags: is.u16, protocol, algorithm: is.u8, key: is.base64 }),
  fields('NSEC3', 50, {
    algorithm: is.u8,
    flags: is.u8,
    iterations: is.u16,
    salt: is.salt,
    nextDomain: is.hash,
    rrtypes: types,
  }),
  fields('TLSA', 52, { usage: is.u8, selector: is.u8, matchingType: is.u8, certificate: is.hex }),
  fields('CAA', 257, { flags: is.u8, tag: is.tag, value: is.string }),
];

const TYPES: ReadonlyMap<string, RecordType> = new Map(ROWS.map((row) => [row.name, row]));
const CODES: ReadonlySet<number> = new Set(ROWS.map(({ code }) => code));

/** Types that only questions and packets have (RFC 6895 section 3.1). */
const isMeta = (code: number): boolean => code === 0 || code === 41 || (code >= 128 && code <= 255);

/** @throws CircuitError EINVAL for a type that cannot be set */
export function typeOf(text: string): RecordType {
  const known = TYPES.get(text.toUpperCase());
  if (known !== undefined) return known;
  const name = libraryName(text);
  const code = name === undefined ? 0 : codeOf(name);
  if (name !== undefined && !isMeta(code) && !CODES.has(code)) return opaque(name, code);
  throw new CircuitError(
    'EINVAL',
    `"${text}" is no type of record that can be set here: known are ${Array.from(TYPES.keys()).join(' ')}, and for others TYPEn with \\# (RFC 3597)`,
  );
}

/** As zone files have it: by number where there is no name. */
export function shownName(name: string): string {
  return name.replace(/^UNKNOWN_/, 'TYPE');
}

/** As the wire library has it; undefined for what it does not know. */
function libraryName(text: string): string | undefined {
  const name = text.toUpperCase().replace(/^TYPE(?=\d{1,5}$)/, 'UNKNOWN_');
  return codeOf(name) > 0 ? name : undefined;
}

/** Its number on the wire, behind a header and the root; 0 for none. */
function codeOf(name: string): number {
  const code = Number(
    /^UNKNOWN_(\d+)$/.exec(name)?.[1] ?? dns.encode({ questions: [{ name: '.', type: name } as Question] }).readUInt16BE(13),
  );
  return code <= 0xffff ? code : 0;
}

/** A type whose data nobody here understands: `\# LENGTH HEX` (RFC 3597 section 5). */
function opaque(name: string, code: number): RecordType {
  return {
    name,
    code,
    parse: ([mark, length, ...rest]) => {
      const hex = rest.map(({ text }) => text).join('');
      if (mark?.text !== '\\#' || !/^(?:[\da-f]{2})*$/i.test(hex) || length?.text !== String(hex.length / 2))
        throw new CircuitError(
          'EINVAL',
          `${shownName(name)}: its data is \\#, a number of bytes, and these in hexadecimal, as in \\# 4 0A000001`,
        );
      const value = Buffer.from(hex, 'hex');
      return { value, text: `\\# ${value.length} ${formatHex(value)}`.trimEnd() };
    },
  };
}

function parseFields(type: string, fields: readonly Field[], tokens: readonly Token[]): readonly Parsed[] {
  const all = fields.map((each, index) => {
    const [first, ...more] = tokens.slice(index);
    return (first && each.parse(each.rest ? [first, ...more] : [first])) ?? refuse(type, index, each);
  });
  const extra = fields.at(-1)?.rest === true ? undefined : tokens[fields.length];
  if (extra !== undefined) throw new CircuitError('EINVAL', `${type}: "${extra.text}" is too much`);
  return all;
}

function refuse(type: string, index: number, { is: expected }: Field): never {
  throw new CircuitError('EINVAL', `${type}: value ${index + 1} must be ${expected}`);
}
