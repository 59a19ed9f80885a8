import dns from 'dns-packet';
import { expect } from 'chai';
import fc from 'fast-check';
import { parseRecord } from '../../../src/element/name-server/record.js';
import { ask, answersOf, recordsOf, refusal } from './fixture.js';

const shown = (text: string): string => parseRecord(text).text.replaceAll('\t', ' ');

/** One of each type, in canonical form. */
const CANONICAL = [
  'miek.nl. 3600 IN A 192.0.2.1',
  'miek.nl. 3600 IN AAAA 2001:db8::1',
  'miek.nl. 3600 IN NS ns.miek.nl.',
  'www.miek.nl. 60 IN CNAME miek.nl.',
  'old.miek.nl. 60 IN DNAME miek.nl.',
  '1.2.0.192.in-addr.arpa. 60 IN PTR miek.nl.',
  'miek.nl. 3600 IN MX 10 mx.miek.nl.',
  'none.nl. 3600 IN MX 0 .',
  'miek.nl. 3600 IN TXT "v=spf1 -all" "a \\"quoted\\" \\\\ and \\195\\164"',
  '_http._tcp.miek.nl. 5 IN SRV 1 2 8080 web-1.miek.nl.',
  'miek.nl. 3600 IN SOA ns.miek.nl. first\\.last.miek.nl. 2026112801 7200 900 604800 300',
  'miek.nl. 3600 IN CAA 128 issue "letsencrypt.org; validationmethods=dns-01"',
  'miek.nl. 3600 IN HINFO "PC" "Linux"',
  'miek.nl. 3600 IN RP hostmaster.miek.nl. .',
  'miek.nl. 3600 IN NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:info@example.com!" .',
  'miek.nl. 3600 IN SSHFP 4 2 AB12CD34EF56AB12CD34EF56AB12CD34EF56AB12CD34EF56AB12CD34EF56AB12',
  '_443._tcp.miek.nl. 3600 IN TLSA 3 1 1 0C72AC70B745AC19998811B131D662C9',
  'miek.nl. 3600 IN DS 60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118',
  'miek.nl. 3600 IN DNSKEY 257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==',
  'miek.nl. 3600 IN RRSIG A 13 2 300 20301231235959 20260101000000 34505 miek.nl. oJB1W6WNGv+ldvQ3WDG0',
  'miek.nl. 3600 IN NSEC www.miek.nl. A MX RRSIG NSEC TYPE1234',
  'h.miek.nl. 3600 IN NSEC3 1 1 12 AABBCCDD 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR A RRSIG',
  'h.miek.nl. 3600 IN NSEC3 1 0 0 - 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR A',
  'miek.nl. 3600 IN TYPE65280 \\# 4 0A000001',
  'miek.nl. 3600 IN LOC \\# 2 0001',
  'miek.nl. 3600 IN LOC 42 21 54.000 N 71 6 18.000 W -24.00m 30m 10000m 10m',
  'miek.nl. 3600 IN CERT PGP 0 0 AQIDBA==',
  'miek.nl. 3600 IN SMIMEA 3 1 1 0C72AC70B745AC19998811B131D662C9',
  'miek.nl. 3600 IN OPENPGPKEY AQIDBA==',
  'miek.nl. 3600 IN URI 10 1 "ftp://ftp1.example.com/public"',
  'miek.nl. 3600 IN HTTPS 0 svc.miek.nl.',
  'miek.nl. 3600 IN HTTPS 1 . alpn="h2,h3" no-default-alpn port=8443 ipv4hint=192.0.2.1 ech=AQIDBA== ipv6hint=2001:db8::1',
  'miek.nl. 3600 IN SVCB 16 foo.miek.nl. mandatory=alpn,ipv4hint alpn="h2,h3-19" ipv4hint=192.0.2.1',
  'miek.nl. 3600 IN SVCB 1 foo.miek.nl. alpn="f\\\\\\\\oo\\\\,bar,h2"',
  'miek.nl. 3600 IN SVCB 1 foo.miek.nl. key667="hello\\210qoo"',
  'two\\.in\\032one.miek.nl. 3600 IN CNAME \\000\\\\\\".miek.nl.',
];

const UNKNOWN_TO_LIBRARY: Readonly<Record<string, string>> = { SMIMEA: 'UNKNOWN_53', OPENPGPKEY: 'UNKNOWN_61', SVCB: 'UNKNOWN_64', HTTPS: 'UNKNOWN_65', URI: 'UNKNOWN_256' }; // prettier-ignore

/** What RFC 9460 (appendix D.2) and RFC 1876 say that these are on the wire. */
const VECTORS: readonly (readonly [string, string])[] = [
  ['a. HTTPS 0 foo.example.com.', '000003666f6f076578616d706c6503636f6d00'],
  ['a. SVCB 1 .', '000100'],
  ['a. SVCB 16 foo.example.com. port=53', '001003666f6f076578616d706c6503636f6d00000300020035'],
  ['a. SVCB 1 foo.example.com. key667=hello', '000103666f6f076578616d706c6503636f6d00029b000568656c6c6f'],
  ['a. SVCB 1 foo.example.com. key667="hello\\210qoo"', '000103666f6f076578616d706c6503636f6d00029b000968656c6c6fd2716f6f'],
  ['a. SVCB 1 foo.example.com. ipv6hint="2001:db8::1,2001:db8::53:1"', '000103666f6f076578616d706c6503636f6d000006002020010db800000000000000000000000120010db8000000000000000000530001'], // prettier-ignore
  ['a. SVCB 16 foo.example.org. (alpn=h2,h3-19 mandatory=ipv4hint,alpn ipv4hint=192.0.2.1)', '001003666f6f076578616d706c65036f7267000000000400010004000100090268320568332d313900040004c0000201'], // prettier-ignore
  ['a. SVCB 16 foo.example.org. alpn="f\\\\\\\\oo\\\\,bar,h2"', '001003666f6f076578616d706c65036f7267000001000c08665c6f6f2c626172026832'], // prettier-ignore
  ['a. LOC 42 21 54 N 71 06 18 W -24m 30m', '0033161389172dd070be15f000988d20'],
  ['a. NSEC host.example. A MX RRSIG NSEC TYPE1234', '04686f7374076578616d706c65000006400100000003041b000000000000000000000000000000000000000000000000000020'], // prettier-ignore
  ['a\\.b. TXT x', '0178'],
];

describe('a resource record', () => {
  for (const [text, data] of VECTORS)
    it(`goes over the wire as its standard says: ${text}`, () => {
      expect(parseRecord(text).wire.toString('hex', 10)).to.equal(data);
    });

  for (const text of CANONICAL)
    it(`of the type ${text.split(' ')[3] ?? ''} is shown as it is written, and goes over the wire: ${text}`, () => {
      expect(shown(text)).to.equal(text);
      const { wire } = parseRecord(text);
      expect(wire.readUInt32BE(4)).to.equal(Number(text.split(' ')[1]));
      expect(wire.readUInt16BE(8)).to.equal(wire.length - 10);
      const [answer] = dns.decode(Buffer.concat([Buffer.from('000081000000000100000000', 'hex'), Buffer.of(0), wire])).answers ?? [];
      const type = text.split(' ')[3] ?? '';
      expect(answer?.type).to.equal(UNKNOWN_TO_LIBRARY[type] ?? type.replace('TYPE', 'UNKNOWN_'));
    });

  it("has the original's form", () => {
    expect(parseRecord('miek.nl. 3600 IN MX 10 mx.miek.nl.').text).to.equal('miek.nl.\t3600\tIN\tMX\t10 mx.miek.nl.');
  });

  it('may lack its TTL, its class and final dots, and have them in either order', () => {
    const full = 'miek.nl. 3600 IN MX 10 mx.miek.nl.';
    for (const text of [
      'miek.nl MX 10 mx.miek.nl',
      'miek.nl. IN MX 10 mx.miek.nl.',
      'miek.nl. IN 1h mx 10 mx.miek.nl.',
      'miek.nl. 60m in MX 10 mx.miek.nl',
    ])
      expect(shown(text)).to.equal(full);
  });

  it('may have comments, and go over several lines in parentheses', () => {
    const soa = 'miek.nl. SOA ns.miek.nl. host.miek.nl. ( ; the primary\n  7 ; serial\n  2h 15m 1w 5m )';
    expect(shown(soa)).to.equal('miek.nl. 3600 IN SOA ns.miek.nl. host.miek.nl. 7 7200 900 604800 300');
  });

  it('takes a character behind a backslash as it is, whatever it is', () => {
    expect(shown('t.nl. TXT "\\a\\"\\\\\\' + '\u{1f600}"')).to.equal('t.nl. 3600 IN TXT "a\\"\\\\\\240\\159\\152\\128"');
  });

  it('keeps how its name is spelt, and has its addresses in one form', () => {
    expect(shown('Web.Miek.nl AAAA 2001:DB8:0:0:0:0:0:1')).to.equal('Web.Miek.nl. 3600 IN AAAA 2001:db8::1');
  });

  const refused: readonly (readonly [string, RegExp])[] = [
    ['', /^EINVAL a record is missing: expected NAME \[TTL\] \[IN\] TYPE DATA/],
    ['miek.nl.', /^EINVAL the type of the record is missing/],
    ['miek.nl. 3600 IN', /^EINVAL the type of the record is missing/],
    ['miek.nl. 3600 CH A 192.0.2.1', /^EINVAL class CH is not served: expected IN/],
    ['miek.nl. 99999999999 A 192.0.2.1', /^EINVAL invalid TTL "99999999999"/],
    ['miek.nl. NONE 1', /^EINVAL unknown record type "NONE": expected one of A NS CNAME/],
    ['miek.nl. OPT \\# 0', /^EINVAL unknown record type "OPT"/],
    ['miek.nl. TYPE1 \\# 4 C0000201', /^EINVAL unknown record type "TYPE1"/],
    ['miek.nl. TYPE65536 \\# 0', /^EINVAL unknown record type "TYPE65536"/],
    ['miek.nl. TYPE999 \\# 3 0102', /^EINVAL TYPE999: invalid data: expected \\#, a number of bytes/],
    ['miek.nl. A 192.0.2', /^EINVAL A: value 1 must be an IPv4 address/],
    ['miek.nl. A', /^EINVAL A: value 1 must be an IPv4 address/],
    ['miek.nl. A 192.0.2.1 192.0.2.2', /^EINVAL A: "192.0.2.2" is one value too many; expected 1/],
    ['miek.nl. AAAA fe80::1%eth0', /^EINVAL AAAA: value 1 must be an IPv6 address/],
    ['miek.nl. MX mx.miek.nl.', /^EINVAL MX: value 1 must be a whole number up to 65535/],
    ['miek.nl. MX 65536 mx.miek.nl.', /^EINVAL MX: value 1/],
    ['miek.nl. MX 1 mx..nl', /^EINVAL invalid domain name "mx..nl": a label is empty/],
    [`${'a'.repeat(64)}.nl. A 192.0.2.1`, /^EINVAL .* a label is too long; expected at most 63 bytes/],
    [`${'a.'.repeat(127)}a. A 192.0.2.1`, /^EINVAL .* it is too long; expected at most 255 bytes/],
    ['mïek.nl. A 192.0.2.1', /^EINVAL .* a label is not printable ASCII; expected others as Punycode/],
    ['miek.nl. SOA ns. host@miek.nl. 1 2 3 4 5', /^EINVAL invalid mailbox "host@miek.nl.": expected a dot instead of the @/],
    [`miek.nl. TXT "${'x'.repeat(256)}"`, /^EINVAL TXT: value 1 must be strings of at most 255 bytes each/],
    ['miek.nl. TXT "open', /^EINVAL unfinished: " is not closed/],
    ['miek.nl. TXT ( open', /^EINVAL unfinished: \( is not closed/],
    ['miek.nl. TXT closed )', /^EINVAL a \) closes nothing/],
    ['miek.nl. TXT foo\\03bar', /^EINVAL invalid escape \\03: expected three digits, as in \\003/],
    ['mi\\32ek.nl. A 192.0.2.1', /^EINVAL invalid escape \\32/],
    ['mi ek.nl. A 192.0.2.1', /^EINVAL unknown record type "ek.nl."/],
    ['"mi ek.nl." A 192.0.2.1', /^EINVAL .* a label is not printable ASCII/],
    ['miek.nl. HTTPS 0 . port=1', /^EINVAL HTTPS: priority 0 makes it an alias/],
    ['miek.nl. HTTPS 1 . port=1 port=2', /^EINVAL HTTPS: value 3 must be parameters/],
    ['miek.nl. HTTPS 1 . mandatory=port', /^EINVAL HTTPS: value 3/],
    ['miek.nl. HTTPS 1 . no-default-alpn=x', /^EINVAL HTTPS: value 3/],
    ['miek.nl. HTTPS 1 . alpn=a,,b', /^EINVAL HTTPS: value 3/],
    ['miek.nl. HTTPS 1 . ipv4hint=1.2.3', /^EINVAL HTTPS: value 3/],
    ['miek.nl. HTTPS 1 . key65535=x', /^EINVAL HTTPS: value 3/],
    ['miek.nl. LOC 91 N 0 E 0m', /^EINVAL LOC: value 1 must be a place/],
    ['miek.nl. LOC 1 60 N 0 E 0m', /^EINVAL LOC: value 1 must be a place/],
    ['miek.nl. TXT "\\256"', /^EINVAL invalid escape \\256/],
    ['miek.nl. A 192.0.2.1\nmiek.nl. A 192.0.2.2', /^EINVAL one record is set at a time/],
    ['miek.nl. SSHFP 4 2 1234', /^EINVAL SSHFP: value 3 must be a fingerprint of 32 bytes/],
    ['miek.nl. RRSIG A 13 2 300 20301331000000x 1 1 miek.nl. AAAA', /^EINVAL RRSIG: value 5 must be a time as YYYYMMDDHHmmSS/],
    ['miek.nl. DNSKEY 257 2 13 AAAA', /^EINVAL DNSKEY: value 2 must be 3/],
    ['miek.nl. CAA 0 is-sue "x"', /^EINVAL CAA: value 2 must be a tag/],
  ];
  for (const [text, why] of refused)
    it(`is refused with what is wrong: ${text.length > 60 ? `${text.slice(0, 57)}…` : text || 'nothing'}`, () => {
      expect(refusal(text)).to.match(why);
    });

  it('keeps any bytes of a text, through its shown form and over the wire', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 255 }), { minLength: 1, maxLength: 5 }), (strings) => {
        const escaped = strings.map((bytes) => `"${Array.from(bytes, (byte) => `\\${String(byte).padStart(3, '0')}`).join('')}"`);
        const once = shown(`t.nl. TXT ${escaped.join(' ')}`);
        expect(shown(once)).to.equal(once);
        const [answer] = answersOf(ask(recordsOf(once), { name: 't.nl', type: 'TXT', transport: 'tcp' }));
        expect((answer as [string, string, Buffer[]])[2].map((bytes) => Array.from(bytes))).to.deep.equal(
          strings.map((bytes) => Array.from(bytes)),
        );
      }),
    );
  });

  it('is taken or refused with EINVAL, and nothing else, whatever the text is', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom(...CANONICAL.flatMap((text) => text.split(' ')), '(', ')', '"', ';', '\\', '\\#', '\n', '{', '-1', '0x10', '..'),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), (words) => {
        const outcome = refusal(words.join(' '));
        if (outcome !== 'taken') expect(outcome).to.match(/^EINVAL .{3}/s);
        else expect(shown(shown(words.join(' ')))).to.equal(shown(words.join(' ')));
      }),
      { numRuns: 2000 },
    );
  });
});
