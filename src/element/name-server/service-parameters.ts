/**
 * The parameters of SVCB and HTTPS records: `alpn=h2,h3 port=8443` (RFC 9460 section 2.1), in ascending order of their numbers on the wire and in the
 * canonical form.
 */
import { isIPv4, SocketAddress } from 'node:net';
import { ipv6Bytes, isIPv6 } from '../../base/ip.js';
import { counted, numberBytes, parseBase64, restField } from './field.js';
import { quoted, type Token } from './tokens.js';

/** By their numbers (IANA, Service Parameter Keys; RFC 9461, RFC 9540). */
const KEYS = ['mandatory', 'alpn', 'no-default-alpn', 'port', 'ipv4hint', 'ech', 'ipv6hint', 'dohpath', 'ohttp'] as const;
/** Keys that are there or not, without a value. */
const BARE: ReadonlySet<number> = new Set([2, 8]);
const INVALID_KEY = 65_535;

interface Parameter {
  readonly key: number;
  readonly wire: Buffer;
  /** As it is shown, with its key. */
  readonly text: string;
}

export const serviceParameters = restField(
  'parameters as alpn=h2,h3 port=8443, each once',
  (tokens) => {
    const all = join(tokens).map(parameterOf);
    return all.every((each) => each !== undefined) && isWhole(all) ? all.sort((a, b) => a.key - b.key) : undefined;
  },
  (all) => Buffer.concat(all.flatMap(({ key, wire }) => [numberBytes(key, 2), numberBytes(wire.length, 2), wire])),
  (all) => all.map(({ text }) => text).join(' '),
);

/** A key and its value, which may be quoted: then they are two tokens without a space between them. */
function join(tokens: readonly Token[]): readonly (readonly [Token, Token | undefined])[] {
  const pairs: [Token, Token | undefined][] = [];
  for (const token of tokens) {
    const last = pairs.at(-1);
    if (token.isGlued && last?.[0].text.endsWith('=') === true && last[1] === undefined) last[1] = token;
    else pairs.push([token, undefined]);
  }
  return pairs;
}

/** Each key is there once, and all that are mandatory, which `mandatory` itself must not name (section 8). */
function isWhole(all: readonly Parameter[]): boolean {
  const keys = new Set(all.map(({ key }) => key));
  const { wire = Buffer.alloc(0) } = all.find(({ key }) => key === 0) ?? {};
  const mandatory = Array.from({ length: wire.length / 2 }, (_, at) => wire.readUInt16BE(2 * at));
  return keys.size === all.length && new Set(mandatory).size === mandatory.length && mandatory.every((key) => key > 0 && keys.has(key));
}

function keyOf(name: string): number | undefined {
  const known = KEYS.findIndex((key) => key === name.toLowerCase());
  if (known >= 0) return known;
  const number = /^key(0|[1-9]\d{0,4})$/i.exec(name)?.[1];
  return number === undefined || Number(number) >= INVALID_KEY ? undefined : Number(number);
}

function parameterOf([{ text, bytes }, glued]: readonly [Token, Token | undefined]): Parameter | undefined {
  const [, name = ''] = /^([a-z\d-]+)(?:=|$)/i.exec(text) ?? [];
  const key = keyOf(name);
  if (key === undefined) return undefined;
  const value = glued?.bytes ?? (text.length === name.length ? undefined : bytes.subarray(name.length + 1));
  const wire = valueOf(key, value);
  return wire && { key, wire, text: textOf(key, wire) };
}

function listOf(value: Buffer): readonly string[] {
  return value.toString('latin1').split(',');
}

/** undefined for what cannot be a value of that key. */
function valueOf(key: number, value: Buffer | undefined): Buffer | undefined {
  if (BARE.has(key)) return value === undefined || value.length === 0 ? Buffer.alloc(0) : undefined;
  if (key >= KEYS.length) return value ?? Buffer.alloc(0);
  if (value === undefined || value.length === 0) return undefined;
  const text = value.toString('latin1');
  switch (KEYS[key]) {
    case 'mandatory': {
      const keys = listOf(value).map(keyOf);
      return keys.every((each) => each !== undefined) ? Buffer.concat(keys.sort((a, b) => a - b).map((each) => numberBytes(each, 2))) : undefined; // prettier-ignore
    }
    case 'alpn': {
      // Within a list a comma of a value is \,, and a backslash \\ (appendix A.1).
      const all = (text.match(/(?:\\[^]|[^\\,])+/g) ?? []).map((each) => Buffer.from(each.replace(/\\([^])/g, '$1'), 'latin1'));
      return all.length > 0 && !/^,|,,|(?<!\\),$/.test(text) && all.every(({ length }) => length <= 255) ? Buffer.concat(all.map(counted)) : undefined; // prettier-ignore
    }
    case 'port':
      return /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? numberBytes(Number(text), 2) : undefined;
    case 'ipv4hint':
      return listOf(value).every(isIPv4) ? Buffer.from(listOf(value).flatMap((each) => each.split('.').map(Number))) : undefined;
    case 'ipv6hint':
      return listOf(value).every((each) => isIPv6(each) && !each.includes('%')) ? Buffer.concat(listOf(value).map(ipv6Bytes)) : undefined;
    case 'ech':
      return parseBase64(text);
    default:
      return value;
  }
}

function textOf(key: number, wire: Buffer): string {
  const name = KEYS[key] ?? `key${key}`;
  switch (KEYS[key]) {
    case 'mandatory':
      return `${name}=${Array.from({ length: wire.length / 2 }, (_, at) => KEYS[wire.readUInt16BE(2 * at)] ?? `key${wire.readUInt16BE(2 * at)}`).join()}`; // prettier-ignore
    case 'alpn': {
      const all: string[] = [];
      for (let at = 0; at < wire.length; at += 1 + (wire[at] ?? 0)) {
        all.push(wire.toString('latin1', at + 1, at + 1 + (wire[at] ?? 0)).replace(/[\\,]/g, '\\$&'));
      }
      return `${name}=${quoted(Buffer.from(all.join(), 'latin1'))}`;
    }
    case 'port':
      return `${name}=${wire.readUInt16BE()}`;
    case 'ipv4hint':
      return `${name}=${Array.from({ length: wire.length / 4 }, (_, at) => wire.subarray(4 * at, 4 * at + 4).join('.')).join()}`;
    case 'ipv6hint':
      return `${name}=${Array.from({ length: wire.length / 16 }, (_, at) => shownIpv6(wire.subarray(16 * at, 16 * at + 16))).join()}`;
    case 'ech':
      return `${name}=${wire.toString('base64')}`;
    default:
      return wire.length === 0 ? name : `${name}=${quoted(wire)}`;
  }
}

function shownIpv6(bytes: Buffer): string {
  const address = (bytes.toString('hex').match(/.{4}/g) ?? []).join(':');
  return new SocketAddress({ address, family: 'ipv6' }).address;
}
