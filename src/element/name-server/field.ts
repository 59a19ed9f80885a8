/**
 * The kinds of field that the data of resource records is made of: how each is written in a zone file, and the bytes that go over the wire.
 */
import { isIPv4, SocketAddress } from 'node:net';
import { ipv6Bytes, isIPv6 } from '../../base/ip.js';
import { decodeBase32, encodeBase32 } from './base32.js';
import { encodeName, parseMailbox, parseName } from './domain-name.js';
import { quoted, type Token } from './tokens.js';

/** What a field, or all data of a record, says. */
export interface Parsed {
  readonly wire: Buffer;
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
export function field<T>(
  is: string,
  read: (text: string, token: Token) => T | undefined,
  encode: (value: T) => Buffer,
  format: (value: T) => string = String,
): Field {
  return { is, rest: false, parse: ([token]) => parsed(read(token.text, token), encode, format) };
}

/** All tokens that are left. */
export function restField<T>(
  is: string,
  read: (tokens: Tokens) => T | undefined,
  encode: (value: T) => Buffer,
  format: (value: T) => string,
): Field {
  return { is, rest: true, parse: (tokens) => parsed(read(tokens), encode, format) };
}

function parsed<T>(value: T | undefined, encode: (value: T) => Buffer, format: (value: T) => string): Parsed | undefined {
  return value === undefined ? undefined : { wire: encode(value), text: format(value) };
}

/** A whole number of that many bytes, the highest first. */
export function numberBytes(value: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, 0, bytes);
  return buffer;
}

const u32Bytes = (value: number): Buffer => numberBytes(value, 4);

/** With its length in front, in one byte. */
export function counted(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
}

function whole(bytes: number): Field {
  const max = 2 ** (8 * bytes) - 1;
  const read = (text: string): number | undefined => (/^\d{1,10}$/.test(text) && Number(text) <= max ? Number(text) : undefined);
  return field(`a whole number up to ${max}`, read, (value) => numberBytes(value, bytes));
}

export const u8 = whole(1);
export const u16 = whole(2);
export const u32 = whole(4);

/** A number of one or two bytes for which there are names. */
export function named(is: string, bytes: 1 | 2, names: Readonly<Record<string, number>>): Field {
  const max = 2 ** (8 * bytes) - 1;
  const shown = new Map(Object.entries(names).map(([name, value]) => [value, name]));
  return field(
    is,
    (text) => names[text.toUpperCase()] ?? (/^\d{1,5}$/.test(text) && Number(text) <= max ? Number(text) : undefined),
    (value) => numberBytes(value, bytes),
    (value) => shown.get(value) ?? String(value),
  );
}

/** In seconds; undefined for what is none, or too long. */
export function parsePeriod(text: string): number | undefined {
  if (!/^(?:\d+|(?:\d+[smhdw])+)$/i.test(text)) return undefined;
  const parts = text.toLowerCase().matchAll(/(\d+)([smhdw]?)/g);
  const seconds = Array.from(parts, ([, count, unit = 's']) => Number(count) * (UNITS_S[unit] ?? 1)).reduce((sum, part) => sum + part, 0);
  return seconds <= PERIOD_MAX_S ? seconds : undefined;
}

export const period = field('a time in seconds, or as in 1h30m', parsePeriod, u32Bytes);

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
  u32Bytes,
  (seconds) => new Date(seconds * 1000).toISOString().replace(/\D/g, '').slice(0, 14),
);

const ipv4Bytes = (text: string): Buffer => Buffer.from(text.split('.').map(Number));

export const ipv4 = field('an IPv4 address', (text) => (isIPv4(text) ? text : undefined), ipv4Bytes);

export const ipv6 = field(
  'an IPv6 address',
  (text) => (isIPv6(text) && !text.includes('%') ? new SocketAddress({ address: text, family: 'ipv6' }).address : undefined),
  ipv6Bytes,
);

export const name = field('a domain name', parseName, encodeName);
export const mailbox = field('a mailbox as a domain name', parseMailbox, encodeName);

const ASCII = (bytes: Buffer): boolean => bytes.every((byte) => byte >= 0x20 && byte < 0x7f);

/** A character string of ASCII. */
export const string = field(
  `a string of at most ${STRING_MAX_BYTES} characters of ASCII`,
  (_text, { bytes }) => (bytes.length <= STRING_MAX_BYTES && ASCII(bytes) ? bytes : undefined),
  counted,
  quoted,
);

/** A text that goes over the wire without its length, since nothing is behind it. */
export const bareText = field(
  'a text of ASCII',
  (_text, { bytes }) => (bytes.length > 0 && ASCII(bytes) ? bytes : undefined),
  (bytes) => bytes,
  quoted,
);

/** One or more character strings of any bytes. */
export const strings = restField(
  `strings of at most ${STRING_MAX_BYTES} bytes each; a longer text is several strings`,
  (tokens) => (tokens.every(({ bytes }) => bytes.length <= STRING_MAX_BYTES) ? tokens.map(({ bytes }) => bytes) : undefined),
  (all) => Buffer.concat(all.map(counted)),
  (all) => all.map(quoted).join(' '),
);

/** Of a property (RFC 8659 section 4.1). */
export const tag = field(
  'a tag of letters and digits, as in issue',
  (text) => (/^[a-z\d]{1,15}$/i.test(text) ? text : undefined),
  (text) => counted(Buffer.from(text)),
);

const isHex = (text: string): boolean => /^(?:[\da-f]{2})+$/i.test(text);
const joined = (tokens: readonly Token[]): string => tokens.map(({ text }) => text).join('');

export function formatHex(bytes: Buffer): string {
  return bytes.toString('hex').toUpperCase();
}

const plain = (bytes: Buffer): Buffer => bytes;

export const hex = restField(
  'bytes in hexadecimal',
  (tokens) => (isHex(joined(tokens)) ? Buffer.from(joined(tokens), 'hex') : undefined),
  plain,
  formatHex,
);

/** (RFC 5155 section 3.3.) */
export const salt = field(
  'a salt in hexadecimal, or - for none',
  (text) => (text === '-' ? Buffer.alloc(0) : isHex(text) && text.length <= 2 * STRING_MAX_BYTES ? Buffer.from(text, 'hex') : undefined),
  counted,
  (bytes) => (bytes.length === 0 ? '-' : formatHex(bytes)),
);

/** undefined for what is none, or nothing. */
export function parseBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  const bare = (each: string): string => each.replace(/=+$/, '');
  return bytes.length > 0 && bare(bytes.toString('base64')) === bare(text) ? bytes : undefined;
}

export const base64 = restField(
  'bytes in Base64',
  (tokens) => parseBase64(joined(tokens)),
  plain,
  (bytes) => bytes.toString('base64'),
);

/** A hash of a name (RFC 5155 section 3.3). */
export const hash = field('a hash in Base32', decodeBase32, counted, encodeBase32);
