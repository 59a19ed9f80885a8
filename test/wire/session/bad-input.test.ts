import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { expect } from 'chai';
import type { Address } from '../../../src/base/address.js';
import { HANDSHAKES_PER_SOURCE_MAX } from '../../../src/base/limits.js';
import { encode } from '../../../src/wire/cbor.js';
import { VERSIONS } from '../../../src/wire/transport/connection.js';
import { HELLO_HEADER } from '../../../src/wire/transport/greeting.js';
import { BOB, closing, type Ear, Ends, EVE, everything, type Keys, newKeys, upgrade } from './ends.js';

const KEYS = newKeys();
const hello = (data: unknown): string => Buffer.from(encode(data)).toString('base64url');
/** A WebSocket frame from a client, masked with zeros; `length` may lie. */
function frame(opcode: number, payload: Buffer, { fin = true, length = payload.length, masked = true } = {}): Buffer {
  const head = Buffer.alloc(length < 126 ? 2 : 10);
  head[0] = (fin ? 0x80 : 0) | opcode;
  head[1] = (masked ? 0x80 : 0) | (length < 126 ? length : 127);
  if (length >= 126) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, Buffer.alloc(masked ? 4 : 0), payload]);
}

const TEXT = 1;
const BINARY = 2;
const PING = 9;

for (const [how, keys] of [
  ['with a key', (): typeof KEYS => KEYS],
  ['with --insecure', (): undefined => undefined],
] as const satisfies readonly (readonly [string, Keys])[]) {
  describe(`a listener ${how}`, () => {
    let ends: Ends;
    beforeEach(() => {
      ends = new Ends();
    });
    afterEach(() => ends.close());

    it('closes on random bytes, says so once, and serves others meanwhile', async () => {
      const { address } = await ends.listen(keys);
      const noisy = await Promise.all(Array.from({ length: 30 }, () => ends.tcp(address)));
      for (const [i, socket] of noisy.entries()) socket.write(randomBytes(1 + i * 20).fill(0xff, 0, 1));
      expect(await ends.serves(address, keys)).to.equal(true);
      for (const socket of noisy) socket.end();
      await Promise.all(noisy.map(everything));
      expect(await ends.serves(address, keys)).to.equal(true);
      expect(ends.log.length).to.be.within(1, 4); // one for each kind of noise
      expect(new Set(ends.log.map((line) => line.replace(/:\d+: /, ' '))).size).to.equal(ends.log.length);
    });

    it('serves others while 1,000 connections say nothing, of which it keeps few', async () => {
      const { address } = await ends.listen(keys);
      const silent: Socket[] = [];
      for (let i = 0; i < 1_000; i += 50) {
        silent.push(...(await Promise.all(Array.from({ length: 50 }, () => ends.tcp(address)))));
        if (i % 250 === 0) expect(await ends.serves(address, keys)).to.equal(true);
      }
      for (const socket of silent) socket.resume();
      expect(await ends.serves(address, keys)).to.equal(true);
      const open = (): number => silent.filter((socket) => !socket.closed).length;
      await ends.until(() => open() <= HANDSHAKES_PER_SOURCE_MAX);
      expect(open()).to.be.within(1, HANDSHAKES_PER_SOURCE_MAX);
      expect(ends.log).to.have.length(1);
      expect(ends.log[0]).to.match(/: too many handshakes at once$/);
    });

    it('gives a handshake a limited time, however slowly it trickles', async () => {
      const { address } = await ends.listen(keys, { handshake_ms: 50 });
      const [silent, slow, half] = [await ends.tcp(address), await ends.tcp(address), await ends.tcp(address)];
      slow.write(keys() === undefined ? 'GET / HTTP' : Buffer.from([0x16, 0x03, 0x01]));
      half.end(); // half-open: it may still be spoken to
      expect((await Promise.all([silent, slow, half].map(everything))).map(({ length }) => length)).to.deep.equal([0, 0, 0]);
      expect(ends.accepted).to.deep.equal([]);
      await ends.until(() => ends.log.length > 0);
      expect(ends.log.filter((line) => line.endsWith('no handshake in time'))).to.have.length(1);
    });
  });
}

describe('a listener', () => {
  let ends: Ends;
  let address: Address;
  const keys: Keys = () => undefined;
  beforeEach(async () => {
    ends = new Ends();
    ({ address } = await ends.listen(keys, { answer: false }));
  });
  afterEach(() => ends.close());

  const refusals: readonly (readonly [what: string, headers: Readonly<Record<string, string>>, line: RegExp])[] = [
    ['no hello', { [HELLO_HEADER]: '' }, /a hello that cannot be understood: it is not base64url/],
    ['no CBOR', { [HELLO_HEADER]: Buffer.from('hello').toString('base64url') }, /not plain data/],
    ['a hello nested too deep', { [HELLO_HEADER]: Buffer.alloc(10_000, 0x81).toString('base64url') }, /nested deeper/],
    ['a hello of an old or a future version', { [HELLO_HEADER]: hello({ versions: [99] }) }, /no common version: .* 2, the other one 99/],
    [
      'a lie about who it is',
      { [HELLO_HEADER]: hello({ versions: VERSIONS, id: BOB, role: 'client', purpose: 'link' }) },
      /role and ID disagree/,
    ],
    ['an upgrade that is none', { 'sec-websocket-key': 'short' }, /an upgrade that is none/],
  ];
  for (const [what, headers, line] of refusals) {
    it(`refuses ${what}, with one line in the log`, async () => {
      for (let i = 0; i < 3; i++) {
        const socket = await ends.tcp(address);
        socket.write(upgrade(headers));
        socket.once('data', () => socket.end());
        expect((await everything(socket)).toString()).to.match(/^HTTP\/1\.1 403 Forbidden\r\n/);
      }
      expect(ends.accepted).to.deep.equal([]);
      await ends.until(() => ends.log.length >= 1);
      expect(ends.log).to.have.length(1);
      expect(ends.log[0]).to.match(line);
    });
  }

  it('refuses one that says it is this server, or means another', async () => {
    for (const what of [
      { id: BOB, role: 'server' },
      { id: EVE, role: 'client', to: 'Xcccccccccccccccc' },
    ]) {
      const socket = await ends.tcp(address);
      socket.write(upgrade({ [HELLO_HEADER]: hello({ versions: VERSIONS, purpose: 'session', ...what }) }));
      socket.once('data', () => socket.end());
      expect((await everything(socket)).toString()).to.match(/^HTTP\/1\.1 403 /);
    }
    expect(ends.accepted).to.deep.equal([]);
  });

  it('closes on headers without end, and on HTTP that wants something else', async () => {
    const endless = await ends.tcp(address);
    endless.write(`GET / HTTP/1.1\r\nx: ${'x'.repeat(200_000)}`);
    await everything(endless);
    const other = await ends.tcp(address);
    other.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    expect((await everything(other)).toString()).to.match(/^HTTP\/1\.1 426 .*server of a circuit/s);
    await ends.until(() => ends.log.length >= 2);
    expect(ends.log.join('\n')).to.match(/HPE_HEADER_OVERFLOW[^]*HTTP, but no hello/);
  });

  /** One who is in, and goes on without `ws`. */
  const insider = async (): Promise<readonly [Socket, Ear]> => {
    const arrival = ends.arrival();
    const socket = await ends.tcp(address);
    socket.write(upgrade());
    const ear = await arrival;
    return [socket, ear];
  };

  const frames: readonly (readonly [what: string, bytes: () => Buffer, reason: RegExp])[] = [
    ['a frame that claims to be huge', () => frame(BINARY, Buffer.alloc(0), { length: 2 ** 40 }), /Max payload size exceeded/],
    [
      'a frame that claims more than there are bytes',
      () => frame(BINARY, Buffer.alloc(0), { length: 2 ** 60 }),
      /Unsupported WebSocket frame/,
    ],
    ['a message in too many pieces', () => Buffer.concat(pieces(17)), /Too many message fragments/],
    ['a message in huge pieces', () => Buffer.concat(hugePieces()), /Max payload size exceeded/],
    ['text', () => frame(TEXT, Buffer.from('hello')), /a message that was text/],
    ['a frame without a mask', () => frame(BINARY, Buffer.from('x'), { masked: false }), /MASK must be set/],
    ['random bytes in place of frames', () => Buffer.alloc(1_000, 0xff), /Invalid WebSocket frame/],
    [
      'compressed frames, which were not agreed on',
      () => Buffer.concat([Buffer.from([0xc2, 0x80]), Buffer.alloc(4)]),
      /RSV1 must be clear/,
    ],
  ];
  const pieces = (count: number): Buffer[] =>
    Array.from({ length: count }, (_, i) => frame(i === 0 ? BINARY : 0, Buffer.from('x'), { fin: false }));
  const hugePieces = (): Buffer[] => [0, 1].map((i) => frame(i === 0 ? BINARY : 0, Buffer.alloc(3_000_000), { fin: false }));
  for (const [what, bytes, reason] of frames) {
    it(`ends a connection on ${what}, says so once, and serves others`, async () => {
      for (let i = 0; i < 2; i++) {
        const [socket, ear] = await insider();
        socket.resume().write(bytes());
        expect(await ear.closed).to.match(reason);
        expect(ear.messages).to.deep.equal([]);
      }
      await ends.until(() => ends.log.length >= 1);
      expect(ends.log).to.have.length(1);
      const other = await ends.dial(address, keys);
      const arrived = ends.accepted.at(-1);
      other.send(Buffer.from('me too'));
      expect((await arrived?.heard(1))?.toString()).to.equal('me too');
    });
  }

  it('ends a connection whose peer disappears in mid-frame, and gives nothing of that message', async () => {
    const [socket, ear] = await insider();
    socket.write(frame(BINARY, Buffer.alloc(1_000), { length: 1_000_000 }), () => socket.destroy());
    expect(await ear.closed).to.be.a('string').that.is.not.empty;
    expect(ear.messages).to.deep.equal([]);
  });

  it('answers no pings, whose answers would pile up for one who does not read', async () => {
    const [socket, ear] = await insider();
    const ping = frame(PING, Buffer.alloc(125));
    socket.write(Buffer.concat([...Array.from({ length: 1_000 }, () => ping), frame(BINARY, Buffer.from('done'))]));
    await ear.heard(1);
    expect(ear.connection.queued_bytes).to.equal(0);
    const rest = everything(socket);
    ear.connection.destroy();
    expect((await rest).toString('latin1').split('\r\n\r\n')[1]).to.equal('');
  });

  it('holds back one that floods while nobody wants its messages, in bounded memory, and serves others meanwhile', async () => {
    const [socket, ear] = await insider();
    ear.connection.pause();
    const flood = Buffer.concat(Array.from({ length: 10_000 }, (_, i) => frame(BINARY, Buffer.from(`${i}`))));
    let taken = 0;
    let blocked = false;
    while (!blocked) blocked = !socket.write(flood, () => taken++) && socket.writableLength > 16 * 1_048_576;
    expect(await ends.dial(address, keys)).to.have.property('dialled', true);
    expect(ear.messages).to.deep.equal([]);
    expect(socket.writableLength).to.be.above(1_048_576); // it is the flooding end that has to keep it
    ear.connection.destroy();
    await closing(socket.resume());
    expect(taken).to.be.below(1_000);
  });
});
