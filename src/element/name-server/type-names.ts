/**
 * The names and numbers of types of resource record (IANA, DNS Parameters), also of those whose data has no text here.
 */

const CODES: Readonly<Record<string, number>> = {
  A: 1, NS: 2, CNAME: 5, SOA: 6, NULL: 10, PTR: 12, HINFO: 13, MX: 15, TXT: 16, RP: 17, AFSDB: 18, SIG: 24, KEY: 25, AAAA: 28, LOC: 29, SRV: 33,
  NAPTR: 35, KX: 36, CERT: 37, DNAME: 39, OPT: 41, APL: 42, DS: 43, SSHFP: 44, IPSECKEY: 45, RRSIG: 46, NSEC: 47, DNSKEY: 48, DHCID: 49, NSEC3: 50,
  NSEC3PARAM: 51, TLSA: 52, SMIMEA: 53, HIP: 55, CDS: 59, CDNSKEY: 60, OPENPGPKEY: 61, CSYNC: 62, ZONEMD: 63, SVCB: 64, HTTPS: 65, SPF: 99,
  EUI48: 108, EUI64: 109, TKEY: 249, TSIG: 250, IXFR: 251, AXFR: 252, ANY: 255, URI: 256, CAA: 257, TA: 32_768, DLV: 32_769,
}; // prettier-ignore
const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(CODES).map(([name, code]) => [code, name]));
/** A type has 16 bits (RFC 1035 section 3.2.1). */
const CODE_MAX = 65_535;

/** undefined for a name that is not known. */
export function codeOf(name: string): number | undefined {
  return Object.hasOwn(CODES, name) ? CODES[name] : undefined;
}

/** By name or as `TYPE65280` (RFC 3597 section 5); undefined for what is neither. */
export function typeNumber(text: string): number | undefined {
  const name = text.toUpperCase();
  const number = /^TYPE(\d{1,5})$/.exec(name)?.[1];
  if (number === undefined) return codeOf(name);
  return Number(number) <= CODE_MAX ? Number(number) : undefined;
}

/** As zone files have it: by number where there is no name. */
export function nameOf(code: number): string {
  return NAMES.get(code) ?? `TYPE${code}`;
}

/** Encodes a set of types: for each block of 256 types with a member, the block's number, the length of its bitmap, and the bitmap (RFC 4034 section 4.1.2). */
export function typeBitmap(codes: readonly number[]): Buffer {
  const blocks = new Map<number, Buffer>();
  for (const code of [...codes].sort((a, b) => a - b)) {
    const bits = blocks.get(code >> 8) ?? Buffer.alloc(32);
    const at = (code & 255) >> 3;
    bits[at] = (bits[at] ?? 0) | (0x80 >> (code & 7));
    blocks.set(code >> 8, bits);
  }
  const parts = Array.from(blocks, ([block, bits]) => {
    const length = bits.findLastIndex((byte) => byte !== 0) + 1;
    return Buffer.concat([Buffer.of(block, length), bits.subarray(0, length)]);
  });
  return Buffer.concat(parts);
}
