/**
 * The kinds of field that the data of resource records is made of: how each is written in a zone file, and the value that goes over the wire.
 */
import { isIPv4, isIPv6, SocketAddress } from 'node:net';
import { decodeBase32, encodeBase32 } from './base32.js';
import { parseMailbox, parseName } from './domain-name.js';
import { quoted, type Token } from './tokens.js';

/** What a field, or all data of a record, says. */
export interface Parsed {
  /** As the wire library takes it. */
  readonly value: unknown;
  /** In canonical form, as `peek` shows it. */
  readonly text: string;
}

export interface Field {
  /** What must stand there, in a sentence: "the third value must be …". */
  readonly is: string;
  /** Whether it takes all tokens that are left, at least one. */
  readonly rest: boolean;
  /** undefined if that is none. @throws CircuitError EINVAL where more can be said */
  parse(tokens: Tokens): Parsed | undefined;
}

/** Only a field that takes the rest is given more than one. */
export type Tokens = readonly [Token, ...Token[]];

/** Longest character string, in bytes (RFC 1035 section 3.3). */
const STRING_MAX_BYTES = 255;
/** In seconds (RFC 2181 section 8). */
const PERIOD_MAX_S = 2 ** 31 - 1;
const UNITS_S: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** One token, and what it means: undefined if nothing. */
export function field<T>(is: string, read: (text: string, token: Token) => T | undefined, format: (value: T) => string = String): Field {
  return { is, rest: false, parse: ([token]) => parsed(read(token.text, token), format) };
}

/** All tokens that are left. */
export function restField<T>(is: string, read: (tokens: Tokens) => T | undefined, format: (value: T) => string): Field {
  return { is, rest: true, parse: (tokens) => parsed(read(tokens), format) };
}

function parsed<T>(value: T | undefined, format: (value: T) => string): Parsed | undefined {
  return value === undefined ? undefined : { value, text: format(value) };
}

function whole(max: number): Field {
  return field(`a whole number up to ${max}`, (text) => (/^\d{1,10}$/.test(text) && Number(text) <= max ? Number(text) : undefined));
}

export const u8 = whole(2 ** 8 - 1);
export const u16 = whole(2 ** 16 - 1);
export const u32 = whole(2 ** 32 - 1);

/** In seconds; undefined for what is none, or too long. */
export function parsePeriod(text: string): number | undefined {
  if (!/^(?:\d+|(?:\d+[smhdw])+)$/i.test(text)) return undefined;
  const parts = text.toLowerCase().matchAll(/(\d+)([smhdw]?)/g);
  const seconds = Array.from(parts, ([, count, unit = 's']) => Number(count) * (UNITS_S[unit] ?? 1)).reduce((sum, part) => sum + part, 0);
  return seconds <= PERIOD_MAX_S ? seconds : undefined;
}

export const period = field('a time in seconds, or as in 1h30m', parsePeriod);

/** `YYYYMMDDHHmmSS` in UTC, or seconds since 1970 (RFC 4034 section 3.2). */
export const moment = field(
  'a time as YYYYMMDDHHmmSS, in UTC',
  (text) => {
    const [, ...parts] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text) ?? [];
    const [year = 0, month = 1, day, hour, minute, second] = parts.map(Number);
    const seconds =
      parts.length > 0 ? Date.UTC(year, month - 1, day, hour, minute, second) / 1000 : /^\d{1,10}$/.test(text) ? Number(text) : -1;
    return seconds >= 0 && seconds < 2 ** 32 ? seconds : undefined;
  },
  (seconds) => new Date(seconds * 1000).toISOString().replace(/\D/g, '').slice(0, 14),
);

export const ipv4 = field('an IPv4 address', (text) => (isIPv4(text) ? text : undefined));

export const ipv6 = field('an IPv6 address', (text) =>
  isIPv6(text) && !text.includes('%') ? new SocketAddress({ address: text, family: 'ipv6' }).address : undefined,
);

export const name = field('a domain name', parseName);
export const mailbox = field('a mailbox as a domain name', parseMailbox);

/** A character string that the wire library takes as text. */
export const string = field(
  `a string of at most ${STRING_MAX_BYTES} characters of ASCII`,
  (_text, { bytes }) =>
    bytes.length <= STRING_MAX_BYTES && bytes.every((byte) => byte >= 0x20 && byte < 0x7f) ? bytes.toString('latin1') : undefined,
  (value) => quoted(Buffer.from(value, 'latin1')),
);

/** One or more character strings of any bytes. */
export const strings = restField(
  `strings of at most ${STRING_MAX_BYTES} bytes each; a longer text is several strings`,
  (tokens) => (tokens.every(({ bytes }) => bytes.length <= STRING_MAX_BYTES) ? tokens.map(({ bytes }) => bytes) : undefined),
  (all) => all.map(quoted).join(' '),
);

/** Of a property (RFC 8659 section 4.1). */
export const tag = field('a tag of letters and digits, as in issue', (text) => (/^[a-z\d]{1,15}$/i.test(text) ? text : undefined));

const isHex = (text: string): boolean => /^(?:[\da-f]{2})+$/i.test(text);
const joined = (tokens: readonly Token[]): string => tokens.map(({ text }) => text).join('');

export function formatHex(bytes: Buffer): string {
  return bytes.toString('hex').toUpperCase();
}

const HEX = 'bytes in hexadecimal';

export const hex = restField(HEX, (tokens) => (isHex(joined(tokens)) ? Buffer.from(joined(tokens), 'hex') : undefined), formatHex);

/** As `hex`, for where the wire library wants it as text. */
export const hexText = restField(HEX, (tokens) => (isHex(joined(tokens)) ? joined(tokens).toUpperCase() : undefined), String);

/** (RFC 5155 section 3.3.) */
export const salt = field(
  'a salt in hexadecimal, or - for none',
  (text) => (text === '-' ? Buffer.alloc(0) : isHex(text) && text.length <= 2 * STRING_MAX_BYTES ? Buffer.from(text, 'hex') : undefined),
  (bytes) => (bytes.length === 0 ? '-' : formatHex(bytes)),
);

export const base64 = restField(
  'bytes in Base64',
  (tokens) => {
    const bytes = Buffer.from(joined(tokens), 'base64');
    const bare = (text: string): string => text.replace(/=+$/, '');
    return bytes.length > 0 && bare(bytes.toString('base64')) === bare(joined(tokens)) ? bytes : undefined;
  },
  (bytes) => bytes.toString('base64'),
);

/** A hash of a name (RFC 5155 section 3.3). */
export const hash = field('a hash in Base32', (text) => decodeBase32(text), encodeBase32);
