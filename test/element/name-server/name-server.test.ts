/**
 * The element with its sockets: asked by dig, by bare sockets and by many at once.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect } from 'chai';
import { CircuitError } from '../../../src/base/error.js';
import { DNS_CONNECTIONS_MAX, DNS_QUERY_MAX_BYTES } from '../../../src/base/limits.js';
import { makeNameServer, type NameServer } from '../../../src/element/name-server/name-server.js';
import { needs } from '../../lib/machine.js';
import { dig, digShort } from './dig.js';
import { queryOf, told } from './fixture.js';

describe('a name server, from outside', () => {
  let server: NameServer;
  let changes = 0;
  const events = {
    changed: (): void => {
      changes++;
    },
    happened: (): void => undefined,
    gone: (): void => undefined,
  };
  const set = (...texts: readonly string[]): void => {
    for (const text of texts) server.perform('set', [text]);
  };
  const make = async (address?: string): Promise<NameServer> => makeNameServer(address === undefined ? {} : { address }, events);
  const refusal = async (making: Promise<NameServer>): Promise<string> => {
    try {
      (await making).scrub();
      return 'made';
    } catch (error) {
      return error instanceof CircuitError ? `${error.code} ${error.message}` : String(error);
    }
  };

  beforeEach(async () => {
    changes = 0;
    server = await make();
  });
  afterEach(() => server.scrub());

  describe('asked by dig', () => {
    before(function () {
      needs(this, 'dig');
    });

    it('gives records of all the usual types', async () => {
      set(
        'miek.nl. A 192.0.2.1',
        'miek.nl. AAAA 2001:db8::1',
        'miek.nl. MX 10 mx.miek.nl.',
        'miek.nl. NS ns.miek.nl.',
        'miek.nl. TXT "v=spf1 -all" "two"',
        'miek.nl. CAA 0 issue "letsencrypt.org"',
        'miek.nl. SOA ns.miek.nl. host.miek.nl. 1 7200 900 604800 300',
        'www.miek.nl. CNAME miek.nl.',
        '_http._tcp.miek.nl. SRV 1 2 8080 www.miek.nl.',
        '1.2.0.192.in-addr.arpa. PTR miek.nl.',
      );
      const { address } = server;
      expect(await digShort(address, 'miek.nl A')).to.deep.equal(['192.0.2.1']);
      expect(await digShort(address, 'miek.nl AAAA')).to.deep.equal(['2001:db8::1']);
      expect(await digShort(address, 'miek.nl MX')).to.deep.equal(['10 mx.miek.nl.']);
      expect(await digShort(address, 'miek.nl NS')).to.deep.equal(['ns.miek.nl.']);
      expect(await digShort(address, 'miek.nl TXT')).to.deep.equal(['"v=spf1 -all" "two"']);
      expect(await digShort(address, 'miek.nl CAA')).to.deep.equal(['0 issue "letsencrypt.org"']);
      expect(await digShort(address, 'miek.nl SOA')).to.deep.equal(['ns.miek.nl. host.miek.nl. 1 7200 900 604800 300']);
      expect(await digShort(address, 'WWW.miek.NL A')).to.deep.equal(['miek.nl.', '192.0.2.1']);
      expect(await digShort(address, '_http._tcp.miek.nl SRV')).to.deep.equal(['1 2 8080 www.miek.nl.']);
      expect(await digShort(address, '-x 192.0.2.1')).to.deep.equal(['miek.nl.']);
    });

    it('gives what dig reads as it was set, for records of rarer types', async () => {
      const texts = [
        'r.nl. 3600 IN NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:info@example.com!" .',
        'r.nl. 3600 IN HINFO "PC" "Linux"',
        'r.nl. 3600 IN RP first\\.last.r.nl. .',
        'r.nl. 3600 IN SSHFP 4 1 AB12CD34EF56AB12CD34EF56AB12CD34EF56AB12',
        'r.nl. 3600 IN TLSA 3 1 1 0C72AC70B745AC19998811B131D662C9',
        'r.nl. 3600 IN DS 60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118',
        'r.nl. 3600 IN NSEC www.r.nl. A MX RRSIG NSEC TYPE1234',
        '2T7B4G4VSA5SMI47K61MV5BV1A22BOJR.r.nl. 3600 IN NSEC3 1 1 12 AABBCCDD 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR A RRSIG',
        'r.nl. 3600 IN LOC 52 22 23.000 N 4 53 32.000 E -2.00m 1m 10000m 10m',
        'r.nl. 3600 IN CERT PKIX 12345 RSASHA256 AQIDBA==',
        'r.nl. 3600 IN SMIMEA 3 0 1 AB12CD34',
        'r.nl. 3600 IN OPENPGPKEY AQIDBA==',
        'r.nl. 3600 IN URI 10 1 "https://r.nl/a;b"',
        'r.nl. 3600 IN HTTPS 1 . alpn="h2,h3" port=8443 ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=2001:db8::1,2001:db8::2',
        'r.nl. 3600 IN SVCB 16 web.r.nl. mandatory=alpn,port alpn="a\\\\,b,c" port=53 ech=AQIDBA== key667="x\\200"',
        'a\\.b\\032c.r.nl. 3600 IN MX 10 x\\.y\\001.r.nl.',
        'r.nl. 3600 IN TYPE65280 \\# 4 0A000001',
      ];
      set(...texts);
      for (const text of texts) {
        const [owner = '', , , type = ''] = text.split(' ');
        expect((await dig(server.address, `+noall +answer +nosplit ${owner} ${type}`)).replace(/[\t ]+/g, ' ')).to.equal(`${text}\n`);
      }
    });

    it('says that a name does not exist, or has no such records', async () => {
      set('miek.nl. SOA ns.miek.nl. host.miek.nl. 1 2 3 4 60');
      expect(await dig(server.address, 'nope.miek.nl')).to.match(/status: NXDOMAIN[^]*flags: qr aa rd;[^]*AUTHORITY: 1[^]*\t60\tIN\tSOA\t/);
      expect(await dig(server.address, 'miek.nl TXT')).to.match(/status: NOERROR[^]*ANSWER: 0, AUTHORITY: 1/);
    });

    it('truncates, and gives all to dig when it comes back over TCP', async () => {
      set(...Array.from({ length: 200 }, (_, at) => `miek.nl. A 10.0.0.${at}`));
      const { address } = server;
      expect(await dig(address, '+ignore +noedns miek.nl')).to.match(/flags: qr aa tc rd;[^]*ANSWER: 0/);
      expect(await dig(address, '+ignore +bufsize=4096 miek.nl')).to.match(/flags: qr aa tc rd;/);
      expect(await digShort(address, 'miek.nl')).to.have.lengthOf(200);
      expect(await dig(address, 'miek.nl'))
        .to.include('Truncated, retrying in TCP mode')
        .and.include('(TCP)');
    });

    it('gives as much over UDP as dig says that it takes', async () => {
      set(...Array.from({ length: 40 }, (_, at) => `miek.nl. A 10.0.0.${at}`));
      expect(await dig(server.address, '+noedns miek.nl')).to.include('Truncated, retrying in TCP mode');
      expect(await dig(server.address, '+bufsize=730 miek.nl')).to.match(/ANSWER: 40[^]*udp: 1232[^]*\(UDP\)/);
    });

    it('answers at an IPv6 address too', async () => {
      const other = await make('[::1]:0');
      try {
        other.perform('set', ['miek.nl. A 192.0.2.1']);
        expect(other.peek().Address).to.match(/^\[::1\]:\d+$/);
        expect(await digShort(other.address, 'miek.nl')).to.deep.equal(['192.0.2.1']);
      } finally {
        other.scrub();
      }
    });
  });

  describe('its address', () => {
    it('is 127.0.0.1 and a free port, or the one that it was told', async () => {
      const { Address } = server.peek();
      expect(Address).to.match(/^127\.0\.0\.1:[1-9]\d+$/);
      server.scrub();
      server = await make(Address.replace('127.0.0.1', '127.0.0.2'));
      expect(server.peek().Address).to.equal(Address.replace('127.0.0.1', '127.0.0.2'));
    });

    it('is refused with what is wrong', async () => {
      expect(await refusal(make('localhost:53'))).to.match(/^EINVAL mkdns: invalid IP address "localhost": expected ADDRESS:PORT/);
      expect(await refusal(make('127.0.0.1'))).to.match(/^EINVAL invalid address "127.0.0.1"/);
      expect(await refusal(make('127.0.0.1:70000'))).to.match(/^EINVAL /);
      expect(await refusal(make('192.0.2.1:0'))).to.match(/^EINVAL cannot listen at 192.0.2.1, port 0: expected an address of this host/);
      expect(await refusal(makeNameServer({ address: 53 }, events))).to.match(/^EINVAL mkdns: "address" must be a string/);
      expect(await refusal(make(server.peek().Address))).to.match(/^EBUSY cannot listen at 127.0.0.1, port \d+: that port is in use/);
    });

    it('is refused where only one of UDP and TCP is free, and neither is kept', async () => {
      const udp = createSocket('udp4').bind(0, '127.0.0.1');
      await once(udp, 'listening');
      const { port } = udp.address();
      expect(await refusal(make(`127.0.0.1:${port}`))).to.match(/^EBUSY/);
      udp.close();
      const tcp = createServer().listen(port, '127.0.0.1');
      await once(tcp, 'listening');
      tcp.close();
    });
  });

  it('shows its records by name, and tells of each change', () => {
    set('Miek.nl MX 10 mx.miek.nl.', 'miek.nl. MX 20 mx2.miek.nl.', 'www.miek.nl. A 192.0.2.1');
    server.perform('unset', ['WWW.miek.nl']);
    expect(server.peek().Records).to.deep.equal({
      'miek.nl.': ['Miek.nl.\t3600\tIN\tMX\t10 mx.miek.nl.', 'miek.nl.\t3600\tIN\tMX\t20 mx2.miek.nl.'],
    });
    expect(changes).to.equal(4);
    expect(() => set('')).to.throw(/a record is missing/);
    expect(() => server.perform('unset', [''])).to.throw(/invalid domain name/);
    expect(() => server.perform('close', [])).to.throw(/invalid command of a name server, close/);
    expect(changes).to.equal(4);
  });

  it('answers nothing more when it was scrubbed, and ends connections', async () => {
    const { host, port } = server.address;
    const socket = connect(port, host);
    await once(socket, 'connect');
    socket.write(framed(queryOf({})));
    await once(socket, 'data');
    const closed = once(socket, 'close');
    server.scrub();
    await closed;
    const [error] = (await once(connect(port, host), 'error')) as [NodeJS.ErrnoException];
    expect(error.code).to.equal('ECONNREFUSED');
    server = await make();
  });

  it('answers every one of many questions', async () => {
    set('*.miek.nl. A 192.0.2.1');
    const client = createSocket('udp4');
    const answered = new Set<number>();
    const all = new Promise<void>((done) => {
      client.on('message', (message) => {
        const answer = told(message);
        if (answer.answers?.[0]?.name === `n${answer.id ?? 0}.miek.nl`) answered.add(answer.id ?? 0);
        if (answered.size % 100 === 0) ask(answered.size, answered.size + 100);
        if (answered.size === 5000) done();
      });
    });
    const ask = (from: number, to: number): void => {
      for (let id = from; id < Math.min(to, 5000); id++)
        client.send(queryOf({ name: `n${id}.miek.nl`, packet: { id } }), server.address.port, server.address.host);
    };
    ask(0, 100);
    await all;
    client.close();
  });

  describe('over TCP', () => {
    let socket: Socket;
    beforeEach(async () => {
      set('miek.nl. A 192.0.2.1');
      socket = connect(server.address.port, server.address.host);
      await once(socket, 'connect');
    });
    afterEach(() => socket.destroy());

    it('answers questions that come in pieces, and several that come at once, in their order', async () => {
      const questions = [1, 2, 3].map((id) => framed(queryOf({ packet: { id } })));
      const answers = received(socket, 4);
      for (const byte of framed(queryOf({ packet: { id: 0 } }))) socket.write(Buffer.of(byte));
      socket.write(Buffer.concat(questions));
      expect((await answers).map(({ id }) => id)).to.deep.equal([0, 1, 2, 3]);
    });

    it('answers all that was asked before the asker closed its side', async () => {
      const ids = Array.from({ length: 3000 }, (_, id) => id);
      const answers = received(socket, ids.length);
      socket.end(Buffer.concat(ids.map((id) => framed(queryOf({ packet: { id } })))));
      const closed = once(socket, 'close');
      expect((await answers).map(({ id }) => id)).to.deep.equal(ids);
      await closed;
    });

    it('goes on after a malformed question, and cuts off who sends what is none', async () => {
      const answers = received(socket, 2);
      socket.write(framed(queryOf({}).subarray(0, 14)));
      socket.write(framed(queryOf({})));
      expect((await answers).map(({ rcode }) => rcode)).to.deep.equal(['FORMERR', 'NOERROR']);
      const closed = once(socket, 'close');
      socket.write(Buffer.of((DNS_QUERY_MAX_BYTES + 1) >> 8, (DNS_QUERY_MAX_BYTES + 1) & 0xff));
      await closed;
    });

    it('is there for others however many connections one address has', async () => {
      const { port, host } = server.address;
      const many = Array.from({ length: DNS_CONNECTIONS_MAX }, () => connect({ port, host, localAddress: '127.0.0.3' }));
      const closed = many.map((one) => once(one, 'close'));
      await Promise.all(many.map((one) => once(one, 'connect')));
      await Promise.race(closed); // the first of those that are too many
      const answer = received(socket, 1);
      socket.write(framed(queryOf({})));
      const other = connect({ port, host, localAddress: '127.0.0.4' });
      const another = received(other, 1);
      other.write(framed(queryOf({})));
      expect((await Promise.all([answer, another])).flat()).to.have.lengthOf(2);
      for (const one of [...many, other]) one.destroy();
      await Promise.all(closed);
    });

    it('waits for who asks and does not read, and serves others meanwhile', async () => {
      const COUNT = 1000;
      set(`long.nl. TXT ${`"${'x'.repeat(255)}" `.repeat(200)}`);
      socket.pause();
      const before = process.memoryUsage().arrayBuffers;
      const ids = Array.from({ length: COUNT }, (_, id) => id);
      socket.write(Buffer.concat(ids.map((id) => framed(queryOf({ name: 'long.nl', type: 'TXT', packet: { id } })))));
      const other = connect(server.address.port, server.address.host);
      const answer = received(other, 1);
      other.write(framed(queryOf({})));
      expect(await answer).to.have.lengthOf(1);
      other.destroy();
      expect(process.memoryUsage().arrayBuffers - before).to.be.lessThan((COUNT * 51_200) / 4);
      const answers = received(socket, COUNT);
      socket.resume();
      expect((await answers).map(({ id }) => id)).to.deep.equal(ids);
    });
  });
});

function framed(query: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(query.length);
  return Buffer.concat([length, query]);
}

/** The next answers of a connection. */
async function received(socket: Socket, count: number): Promise<readonly ReturnType<typeof told>[]> {
  const answers: ReturnType<typeof told>[] = [];
  let pending: Buffer = Buffer.alloc(0);
  for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const end = 2 + pending.readUInt16BE(0);
      answers.push(told(pending.subarray(2, end)));
      pending = pending.subarray(end);
    }
    if (answers.length === count) break;
  }
  return answers;
}
