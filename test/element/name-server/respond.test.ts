import dns from 'dns-packet';
import { expect } from 'chai';
import fc from 'fast-check';
import { DNS_NAME_MAX_BYTES, DNS_RECORDS_MAX_BYTES } from '../../../src/base/limits.js';
import { parseRecord } from '../../../src/element/name-server/record.js';
import { type Records } from '../../../src/element/name-server/records.js';
import { respond } from '../../../src/element/name-server/respond.js';
import { answersOf, ask, opt, queryOf, recordsOf, told } from './fixture.js';

const many = (count: number): Records => recordsOf(...Array.from({ length: count }, (_, at) => `miek.nl. A 10.0.${at >> 8}.${at & 0xff}`));

describe('a name server', () => {
  describe('answering', () => {
    it('answers with all records of that name and type, and says that it is the authority', () => {
      const answer = ask(recordsOf('miek.nl. A 192.0.2.1', 'miek.nl. TXT hello', 'miek.nl. A 192.0.2.2', 'nl. A 192.0.2.3'), {});
      expect(answer).to.include({
        id: 4711,
        type: 'response',
        rcode: 'NOERROR',
        flag_aa: true,
        flag_rd: true,
        flag_ra: false,
        flag_tc: false,
      });
      expect(answersOf(answer)).to.deep.equal([['miek.nl', 'A', '192.0.2.1'], ['miek.nl', 'A', '192.0.2.2']]); // prettier-ignore
    });

    it('compares names without case, and repeats the question as it was spelt', () => {
      const answer = ask(recordsOf('Miek.NL. A 192.0.2.1'), { name: 'mIEk.nl' });
      expect(answer?.questions).to.deep.equal([{ name: 'mIEk.nl', type: 'A', class: 'IN' }]);
      expect(answersOf(answer)).to.deep.equal([['mIEk.nl', 'A', '192.0.2.1']]);
    });

    it('tells a name that does not exist from one without such records, and for how long', () => {
      const records = recordsOf(
        'miek.nl. 900 SOA ns.miek.nl. host.miek.nl. 1 2 3 4 60',
        'a.b.miek.nl. A 192.0.2.1',
        'else.org. A 192.0.2.2',
      );
      const soa = [
        ['miek.nl', 'SOA', { mname: 'ns.miek.nl', rname: 'host.miek.nl', serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 60 }],
      ];
      for (const [name, rcode] of [
        ['nope.miek.nl', 'NXDOMAIN'],
        ['a.b.miek.nl', 'NOERROR'],
        ['b.miek.nl', 'NOERROR'],
      ] as const) {
        // prettier-ignore
        const answer = ask(records, { name, type: 'MX' });
        expect(answer, name).to.include({ rcode, flag_aa: true });
        expect(answersOf(answer)).to.deep.equal([]);
        expect(answersOf(answer, 'authorities')).to.deep.equal(soa);
        expect(answer?.authorities?.[0]).to.have.property('ttl', 60);
      }
      expect(ask(records, { name: 'nope.org' })).to.deep.include({ rcode: 'NXDOMAIN', authorities: [] });
      expect(ask(recordsOf(), {})).to.include({ rcode: 'NXDOMAIN' });
    });

    it('follows CNAMEs as far as it knows, and no further', () => {
      const records = recordsOf(
        'www.miek.nl. CNAME Web.miek.nl.',
        'web.miek.nl. CNAME a.miek.nl.',
        'a.miek.nl. A 192.0.2.1',
        'out.miek.nl. CNAME www.example.com.',
        'round.miek.nl. CNAME turn.miek.nl.',
        'turn.miek.nl. CNAME round.miek.nl.',
      );
      expect(answersOf(ask(records, { name: 'www.miek.nl' }))).to.deep.equal([
        ['www.miek.nl', 'CNAME', 'Web.miek.nl'],
        ['Web.miek.nl', 'CNAME', 'a.miek.nl'],
        ['a.miek.nl', 'A', '192.0.2.1'],
      ]);
      expect(answersOf(ask(records, { name: 'www.miek.nl', type: 'CNAME' }))).to.have.lengthOf(1);
      const outside = ask(records, { name: 'out.miek.nl' });
      expect(outside).to.include({ rcode: 'NOERROR' });
      expect(answersOf(outside)).to.have.lengthOf(1);
      expect(answersOf(ask(records, { name: 'round.miek.nl' }))).to.have.lengthOf(2);
    });

    it('follows eight CNAMEs for one question, and no more', () => {
      const chain = Array.from({ length: 12 }, (_, at) => `n${at}.miek.nl. CNAME n${at + 1}.miek.nl.`);
      expect(answersOf(ask(recordsOf(...chain, 'n12.miek.nl. A 192.0.2.1'), { name: 'n0.miek.nl' }))).to.have.lengthOf(8);
    });

    it('says of a CNAME into its own zone whether that name is there (RFC 6604)', () => {
      const records = recordsOf('miek.nl. SOA ns.miek.nl. host.miek.nl. 1 2 3 4 60', 'www.miek.nl. CNAME gone.miek.nl.');
      const answer = ask(records, { name: 'www.miek.nl' });
      expect(answer).to.include({ rcode: 'NXDOMAIN' });
      expect([answersOf(answer).length, answersOf(answer, 'authorities').length]).to.deep.equal([1, 1]);
    });

    it('has wildcards stand for names that are not there, and for nothing that is (RFC 4592)', () => {
      const records = recordsOf('*.miek.nl. A 192.0.2.1', 'host.miek.nl. TXT there', 'x.deep.miek.nl. A 192.0.2.2');
      expect(answersOf(ask(records, { name: 'Any.miek.nl' }))).to.deep.equal([['Any.miek.nl', 'A', '192.0.2.1']]);
      expect(answersOf(ask(records, { name: 'a.b.c.miek.nl' }))).to.have.lengthOf(1);
      for (const name of ['host.miek.nl', 'deep.miek.nl'])
        expect(ask(records, { name })).to.deep.include({ rcode: 'NOERROR', answers: [] });
      expect(ask(records, { name: 'y.deep.miek.nl' })).to.include({ rcode: 'NXDOMAIN' });
      expect(ask(records, { name: 'miek.org' })).to.include({ rcode: 'NXDOMAIN' });
    });

    it('has a wildcard without records stand for names, if there are names below it (RFC 4592 section 3.3.1)', () => {
      const records = recordsOf('example.com. SOA ns. host. 1 2 3 4 5', 'f.*.e.example.com. A 192.0.2.1', 't.e.example.com. A 192.0.2.2');
      for (const name of ['something.e.example.com', 'a.b.e.example.com', '*.e.example.com']) {
        const answer = ask(records, { name });
        expect(answer, name).to.deep.include({ rcode: 'NOERROR', answers: [] });
        expect(answersOf(answer, 'authorities')).to.have.lengthOf(1);
      }
      expect(ask(records, { name: 'x.t.e.example.com' })).to.include({ rcode: 'NXDOMAIN' });
      expect(answersOf(ask(records, { name: 'f.*.e.example.com' }))).to.have.lengthOf(1);
    });

    it('finds a name with a dot or a space in a label, and no other', () => {
      const records = recordsOf('a\\.b.nl. A 192.0.2.1', 'my\\032printer.nl. A 192.0.2.2', 'w.nl. CNAME A\\.b.nl.');
      expect(ask(records, { name: 'a.b.nl' })).to.include({ rcode: 'NXDOMAIN' });
      const raw = (label: string): Buffer =>
        Buffer.concat([queryOf({}).subarray(0, 12), Buffer.of(label.length), Buffer.from(label), Buffer.from('026e6c0000010001', 'hex')]);
      for (const label of ['a.b', 'A.B', 'my printer', 'w']) {
        const answer = respond(raw(label), 'udp', records) ?? Buffer.alloc(0);
        expect(answer.readUInt16BE(6), label).to.equal(label === 'w' ? 2 : 1);
      }
    });

    it('gives one set of records to who asks for any, since all would be a gift to who forges sources (RFC 8482)', () => {
      const records = recordsOf('miek.nl. A 192.0.2.1', 'miek.nl. MX 1 mx.miek.nl.', 'miek.nl. A 192.0.2.2', 'www.miek.nl. CNAME miek.nl.');
      const any = (name: string): readonly unknown[] => answersOf(ask(records, { packet: { questions: [{ name, type: 'ANY' as 'A' }] } }));
      expect(any('miek.nl')).to.deep.equal([['miek.nl', 'A', '192.0.2.1'], ['miek.nl', 'A', '192.0.2.2']]); // prettier-ignore
      expect(any('www.miek.nl')).to.have.lengthOf(1);
    });
  });

  describe('its records', () => {
    it('replaces one that says the same, and keeps the order', () => {
      const records = recordsOf('miek.nl. 10 A 192.0.2.1', 'miek.nl. 10 A 192.0.2.2', 'MIEK.nl. 20 A 192.0.2.1');
      expect(records.texts()).to.deep.equal({ 'miek.nl.': ['MIEK.nl.\t20\tIN\tA\t192.0.2.1', 'miek.nl.\t10\tIN\tA\t192.0.2.2'] });
    });

    it('forgets all of a name, and that it was there', () => {
      const records = recordsOf('a.miek.nl. A 192.0.2.1', 'a.miek.nl. A 192.0.2.2', 'miek.nl. A 192.0.2.3');
      records.unset('A.miek.nl.');
      records.unset('nobody.nl.');
      expect(ask(records, { name: 'a.miek.nl' })).to.include({ rcode: 'NXDOMAIN' });
      expect(Object.keys(records.texts())).to.deep.equal(['miek.nl.']);
    });

    it('lets nothing stand beside a CNAME', () => {
      const records = recordsOf('www.miek.nl. CNAME miek.nl.', 'a.miek.nl. A 192.0.2.1');
      const set = (text: string) => () => records.set(parseRecord(text));
      expect(set('www.miek.nl. A 192.0.2.1')).to.throw(
        /a CNAME stands alone, but www.miek.nl. has "www.miek.nl. 3600 IN CNAME miek.nl.": unset it first/,
      );
      expect(set('www.miek.nl. CNAME other.nl.')).to.throw(/stands alone/);
      expect(set('a.miek.nl. CNAME miek.nl.')).to.throw(/stands alone/);
      set('www.miek.nl. 60 CNAME miek.nl.')();
      set('www.miek.nl. RRSIG CNAME 13 3 60 20301231235959 20260101000000 1 miek.nl. AAAA')();
    });

    it('holds no more than an answer can give, and than it can show', () => {
      const long = `"${'x'.repeat(255)}" `.repeat(200);
      const records = recordsOf(`miek.nl. TXT ${long}`);
      expect(() => records.set(parseRecord(`miek.nl. TXT 2 ${long}`)))
        .to.throw(new RegExp(`at most ${DNS_NAME_MAX_BYTES} bytes`))
        .with.property('code', 'EINVAL');
      expect(ask(records, { type: 'TXT', transport: 'tcp' })?.bytes).to.be.greaterThan(51_000);
      const fill = (): void => {
        for (let at = 0; at * 51_000 < 2 * DNS_RECORDS_MAX_BYTES; at++) records.set(parseRecord(`n${at}.miek.nl. TXT ${long}`));
      };
      expect(fill)
        .to.throw(/at most 786432 bytes/)
        .with.property('code', 'EAGAIN');
      for (const key of Object.keys(records.texts())) records.unset(key);
      records.set(parseRecord(`miek.nl. TXT ${long}`)); // all was given back
    });
  });

  describe('the length of an answer', () => {
    const lengths = [
      { edns: undefined, most: 512 },
      { edns: 100, most: 512 },
      { edns: 800, most: 800 },
      { edns: 65_535, most: 1232 },
    ] as const;
    for (const { edns, most } of lengths)
      it(`is at most ${most} over UDP ${edns === undefined ? 'without EDNS' : `for who would take ${edns}`}: else it is empty and says so`, () => {
        const asked = edns === undefined ? {} : { edns };
        let longest = 0;
        let shortest = Infinity;
        for (let count = 1; count < 90; count++) {
          const answer = ask(many(count), asked);
          expect(answer?.bytes).to.be.at.most(most);
          if (answer?.flag_tc === true) shortest = Math.min(shortest, count);
          else longest = Math.max(longest, count);
          expect(answer?.answers).to.have.lengthOf(answer?.flag_tc === true ? 0 : count);
          expect(answer?.additionals?.length).to.equal(edns === undefined ? 0 : 1);
        }
        expect(shortest).to.equal(longest + 1); // not one record too early
      });

    it('is whatever it takes over TCP', () => {
      expect(answersOf(ask(many(1000), { transport: 'tcp' }))).to.have.lengthOf(1000);
    });
  });

  describe('trusts nothing', () => {
    const records = recordsOf('miek.nl. A 192.0.2.1');
    const rcodeOf = (query: Buffer): string | undefined => {
      const answer = respond(query, 'udp', records);
      return answer && told(answer).rcode;
    };

    it('says nothing to answers, nor to what is no message', () => {
      expect(rcodeOf(queryOf({ packet: { type: 'response' } }))).to.equal(undefined);
      for (let length = 0; length < 12; length++) expect(rcodeOf(Buffer.alloc(length))).to.equal(undefined);
    });

    it('answers FORMERR to a header without its question, to two questions and to one that is cut off', () => {
      const query = queryOf({});
      for (let length = 12; length < query.length; length++) expect(rcodeOf(query.subarray(0, length)), String(length)).to.equal('FORMERR');
      expect(rcodeOf(queryOf({ packet: { questions: [] } }))).to.equal('FORMERR');
      expect(rcodeOf(queryOf({ packet: { questions: [{ name: 'a', type: 'A' }, { name: 'b', type: 'A' }] } }))).to.equal('FORMERR'); // prettier-ignore
    });

    it('answers FORMERR to names that point anywhere, are too long, or have labels that there are not', () => {
      const name = (...bytes: number[]): Buffer =>
        Buffer.concat([queryOf({}).subarray(0, 12), Buffer.of(...bytes), Buffer.from('00010001', 'hex')]);
      expect(rcodeOf(name(1, 0x61, 0))).to.equal('NXDOMAIN');
      expect(rcodeOf(name(0xc0, 12))).to.equal('FORMERR');
      expect(rcodeOf(name(0xc0, 0))).to.equal('FORMERR');
      expect(rcodeOf(name(0x40, 0x61, 0))).to.equal('FORMERR');
      expect(rcodeOf(name(64, ...Buffer.alloc(64, 'a'), 0))).to.equal('FORMERR');
      expect(rcodeOf(name(...Array.from({ length: 127 }, () => [1, 0x61]).flat(), 0))).to.equal('NXDOMAIN');
      expect(rcodeOf(name(...Array.from({ length: 128 }, () => [1, 0x61]).flat(), 0))).to.equal('FORMERR');
    });

    it('takes a dot, a zero or a letter beyond ASCII in a label for nothing else', () => {
      const odd = recordsOf('a.nl. A 192.0.2.1', '*.w.nl. A 192.0.2.2');
      const asked = (label: string): Buffer => {
        const bytes = Buffer.from(label, 'latin1');
        return Buffer.concat([queryOf({}).subarray(0, 12), Buffer.of(bytes.length), bytes, Buffer.from('026e6c0000010001', 'hex')]);
      };
      expect(told(respond(asked('a'), 'udp', odd) ?? Buffer.alloc(0)).answers).to.have.lengthOf(1);
      for (const label of ['x.a', 'a\0', 'á', 'a.nl', '\\97']) {
        const answer = respond(asked(label), 'udp', odd) ?? Buffer.alloc(0);
        expect(answer.subarray(3, 4)).to.deep.equal(Buffer.of(3), label); // NXDOMAIN
        expect(answer.subarray(12)).to.deep.equal(asked(label).subarray(12), 'the question as it came');
      }
    });

    it('refuses other classes and transfers, knows no other opcode and no later EDNS', () => {
      expect(ask(records, { packet: { questions: [{ name: 'version.bind', type: 'TXT', class: 'CH' }] } })).to.include({
        rcode: 'REFUSED',
      });
      for (const type of ['AXFR', 'IXFR'] as const) expect(ask(records, { type })).to.include({ rcode: 'REFUSED' });
      // RFC 1995 section 3: what the asker has is a SOA record in the authority section.
      const soa = { mname: 'a', rname: 'b', serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5 };
      const transfer = ask(records, { type: 'IXFR', edns: 1232, packet: { authorities: [{ type: 'SOA', name: 'miek.nl', data: soa }] } });
      expect(transfer).to.include({ rcode: 'REFUSED' });
      expect(transfer?.additionals).to.have.lengthOf(1);
      const update = queryOf({ edns: 1232 });
      update.writeUInt16BE(5 << 11, 2);
      expect(rcodeOf(update)).to.equal('NOTIMP');
      expect(told(respond(update, 'udp', records) ?? Buffer.alloc(0)).additionals?.[0]).to.include({ type: 'OPT' });
      const later = ask(records, { packet: { additionals: [opt({ ednsVersion: 1 })] } });
      expect(later?.additionals?.[0]).to.include({ extendedRcode: 1, ednsVersion: 0 });
      expect(later?.answers).to.deep.equal([]);
    });

    it('answers FORMERR to two OPT records, and to what no question has', () => {
      expect(rcodeOf(queryOf({ packet: { additionals: [opt(), opt()] } }))).to.equal('FORMERR');
      expect(rcodeOf(queryOf({ packet: { answers: [{ type: 'A', name: 'a', data: '192.0.2.1' }] } }))).to.equal('FORMERR');
      const claims = queryOf({ edns: 1232 });
      claims.writeUInt16BE(0xffff, 10);
      expect(rcodeOf(claims)).to.equal('FORMERR');
      expect(rcodeOf(queryOf({ edns: 1232 }).subarray(0, -1))).to.equal('FORMERR');
    });

    it('repeats that DNSSEC would be understood, and options that it does not know disturb nobody', () => {
      const options = [{ code: 10 as 11, data: Buffer.alloc(8) }];
      const answer = ask(records, { packet: { additionals: [opt({ flags: dns.DNSSEC_OK, options })] } });
      expect(answersOf(answer)).to.have.lengthOf(1);
      expect(answer?.additionals?.[0]).to.include({ type: 'OPT', flag_do: true, udpPayloadSize: 1232 });
    });

    it('lives on whatever bytes come, with an answer that can be read or none', () => {
      const valid = queryOf({ edns: 1232 });
      const bytes = fc.oneof(
        fc.uint8Array({ maxLength: 600 }).map((array) => Buffer.from(array)),
        fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }).map((changes) => {
          const changed = Buffer.from(valid);
          for (const [at, byte] of changes) changed[at] = byte;
          return changed;
        }),
      );
      fc.assert(
        fc.property(bytes, fc.constantFrom('udp', 'tcp'), (query, transport) => {
          const answer = respond(query, transport, records);
          if (answer !== undefined) expect(told(answer)).to.include({ type: 'response', id: query.readUInt16BE(0) });
        }),
        { numRuns: 5000 },
      );
    });
  });
});
