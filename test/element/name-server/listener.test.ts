/**
 * What the sockets of a name server do with askers who make it hard.
 */
import { execFileSync, spawn } from 'node:child_process';
import { createSocket, Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { constants } from 'node:os';
import { connect, type Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { DNS_SEND_QUEUE_MAX_BYTES } from '../../../src/base/limits.js';
import { Listener } from '../../../src/element/name-server/listener.js';
import { BatchedUdp } from '../../../src/element/name-server/batched-udp.js';
import { Turns } from '../../../src/element/name-server/turns.js';
import { openDgram, openUdp } from '../../../src/element/name-server/udp.js';
import { native } from '../../../native/index.js';
import { codeOf } from '../../lib/mount/calls.js';
import { needs } from '../../lib/machine.js';

/** Sends one datagram to a port of 127.0.0.1 from port 0, as only one who forges it can. */
const FROM_PORT_0 = `
import socket, struct, sys
port, data = int(sys.argv[1]), sys.argv[2].encode()
with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP) as raw:
    raw.sendto(struct.pack('>HHHH', 0, port, 8 + len(data), 0) + data, ('127.0.0.1', 0))
`;

/** Questions to an address without a pause, for some seconds or until it is killed. */
const FLOOD = `
import itertools, socket, sys, time
end = time.monotonic() + 6
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
    udp.connect((sys.argv[1], int(sys.argv[2])))
    udp.setblocking(False)
    for count in itertools.count():
        if time.monotonic() > end: break
        try:
            udp.send(b'flood')
        except OSError:
            pass
        if count == 1000: print('begun', flush=True)
`;

for (const [way, open] of [
  ['batches', openUdp],
  ['node:dgram', openDgram],
] as const)
  describe(`the sockets of a name server, with ${way}`, () => {
    let listener: Listener;
    /** Questions, in the order in which they were answered. */
    let asked: string[];
    /** How long it takes to answer one. */
    let answer_ms: number;
    beforeEach(async () => {
      asked = [];
      answer_ms = 0;
      listener = await Listener.open(
        { host: '127.0.0.1', port: 0 },
        (query) => {
          asked.push(query.toString());
          for (const end_ms = performance.now() + answer_ms; performance.now() < end_ms;) continue;
          return Buffer.from(query);
        },
        open,
      );
    });
    afterEach(() => listener.close());

    const answerOverUdp = async (question: string): Promise<string> => {
      const { host, port } = listener.address;
      const client = createSocket('udp4');
      client.send(question, port, host);
      const [answer] = (await once(client, 'message')) as [Buffer];
      client.close();
      return answer.toString();
    };

    it('pass over a question from port 0, where nobody can be answered', async function () {
      needs(this, 'linux', 'root', 'python3');
      execFileSync('python3', ['-c', FROM_PORT_0, String(listener.address.port), 'forged']);
      expect(await answerOverUdp('true')).to.equal('true');
      expect(asked).to.deep.equal(['true']);
    });

    const passesOver = async (): Promise<void> => {
      const real = Object.getOwnPropertyDescriptor(UdpSocket.prototype, 'getSendQueueSize') ?? {};
      UdpSocket.prototype.getSendQueueSize = () => (asked.length === 0 ? DNS_SEND_QUEUE_MAX_BYTES + 1 : 0);
      const { host, port } = listener.address;
      const client = createSocket('udp4');
      try {
        await new Promise((sent) => client.send('lost', port, host, sent));
        const other = connect(port, host);
        other.write(framed('over TCP'));
        await once(other, 'data'); // what came over UDP before was looked at before
        other.destroy();
        expect(await answerOverUdp('again')).to.equal('again');
        expect(asked).to.deep.equal(['over TCP', 'again']);
      } finally {
        Object.defineProperty(UdpSocket.prototype, 'getSendQueueSize', real);
        client.close();
      }
    };
    // Of the other the kernel drops them.
    if (open !== openUdp) it('pass over questions while too many answers wait for a slow network', passesOver);

    it('leave the rest of the server its turns in a flood of questions, and answer again behind it', async function () {
      this.timeout(20_000);
      const { host, port } = listener.address;
      answer_ms = 0.1; // questions come faster
      const flood = spawn('python3', ['-c', FLOOD, host, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
      const closed = once(flood, 'close');
      try {
        await once(flood.stdout, 'data');
        let turns = 0;
        const spent_ms: number[] = [];
        for (let began = performance.now(); turns < 100; turns++) {
          await nextTurn();
          spent_ms.push(performance.now() - began);
          began = performance.now();
        }
        expect(Math.max(...spent_ms), 'a turn of the event loop').to.be.below(2000);
        expect(asked.length).to.be.greaterThan(100);
        const other = connect(port, host);
        other.write(framed('over TCP'));
        await once(other, 'data');
        other.destroy();
      } finally {
        flood.kill('SIGKILL');
        await closed;
        answer_ms = 0;
      }
      // What the kernel has kept.
      for (let before = -1; asked.length !== before;) {
        before = asked.length;
        await delay(50);
      }
      expect(await answerOverUdp('behind it')).to.equal('behind it');
    });

    it('answer many at once, each to its own asker', async () => {
      const { host, port } = listener.address;
      const clients = Array.from({ length: 100 }, () => createSocket('udp4'));
      const answers = clients.map(async (client) => ((await once(client, 'message')) as [Buffer])[0].toString());
      clients.forEach((client, index) => client.send(`client ${index}`, port, host));
      expect(await Promise.all(answers)).to.deep.equal(clients.map((_, index) => `client ${index}`));
      for (const client of clients) client.close();
    });

    it('answer over IPv6, and tell the asker from others', async () => {
      const askers: string[] = [];
      const six = await Listener.open(
        { host: '::1', port: 0 },
        (query, _transport, asker) => {
          askers.push(asker);
          return Buffer.from(query);
        },
        open,
      );
      const client = createSocket('udp6');
      try {
        client.send('six', six.address.port, '::1');
        const [answer] = (await once(client, 'message')) as [Buffer];
        expect(answer.toString()).to.equal('six');
        expect(askers).to.deep.equal(['::1']);
      } finally {
        client.close();
        six.close();
      }
    });

    it('answer IPv4 at an address of IPv6 for both, which is told from a forged one', async () => {
      const askers: string[] = [];
      const both = await Listener.open(
        { host: '::', port: 0 },
        (query, _transport, asker) => {
          askers.push(asker);
          return Buffer.from(query);
        },
        open,
      );
      const client = createSocket('udp4');
      try {
        client.send('four', both.address.port, '127.0.0.1');
        await once(client, 'message');
        expect(askers).to.deep.equal(['::ffff:127.0.0.1']);
      } finally {
        client.close();
        both.close();
      }
    });

    it('say why they cannot listen', async () => {
      const { host, port } = listener.address;
      for (const [address, code] of [
        [{ host, port }, 'EBUSY'],
        [{ host: '192.0.2.1', port: 0 }, 'EINVAL'],
      ] as const)
        expect(await codeOf(() => Listener.open(address, () => undefined, open))).to.equal(code);
      const udp = createSocket('udp4').bind({ address: host });
      await once(udp, 'listening');
      expect(await codeOf(() => Listener.open({ host, port: udp.address().port }, () => undefined, open))).to.equal('EBUSY');
      udp.close();
    });

    it('answer who asks much at once in turns, between which others have theirs', async () => {
      const COUNT = 2000;
      const [greedy, other] = [await connected(), await connected()];
      const answered = once(other, 'data');
      // Both are there before the server looks at either.
      greedy.write(Buffer.concat(Array.from({ length: COUNT }, (_, number) => framed(`greedy ${number}`))));
      other.write(framed('other'));
      await answered;
      expect(asked.indexOf('other')).to.be.within(0, COUNT / 4);
      for (const socket of [greedy, other]) socket.destroy();
    });

    /** A connection whose first question has been answered. */
    async function connected(): Promise<Socket> {
      const socket = connect(listener.address.port, listener.address.host);
      socket.write(framed('first'));
      await once(socket, 'data');
      return socket;
    }
  });

function framed(question: string): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(Buffer.byteLength(question));
  return Buffer.concat([length, Buffer.from(question)]);
}

describe('a name server without batches of datagrams', () => {
  it("takes Node's own sockets where the system forbids them", async () => {
    const real = Object.getOwnPropertyDescriptor(native, 'sendBatch') ?? {};
    const tried: string[] = [];
    Object.assign(native, {
      sendBatch: () => {
        tried.push('batch');
        return -constants.errno.ENOSYS;
      },
    });
    try {
      const udp = await openUdp({ host: '127.0.0.1', port: 0 }, () => undefined, new Turns());
      expect(tried).to.deep.equal(['batch']);
      expect(udp).not.to.be.instanceOf(BatchedUdp);
      udp.close();
    } finally {
      Object.defineProperty(native, 'sendBatch', real);
    }
  });
});
