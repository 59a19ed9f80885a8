/**
 * What the sockets of a name server do with askers who make it hard.
 */
import { execFileSync } from 'node:child_process';
import { createSocket, Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { DNS_SEND_QUEUE_MAX_BYTES } from '../../../src/base/limits.js';
import { Listener } from '../../../src/element/name-server/listener.js';
import { needs } from '../../lib/machine.js';

/** Sends one datagram to a port of 127.0.0.1 from port 0, as only one who forges it can. */
const FROM_PORT_0 = `
import socket, struct, sys
port, data = int(sys.argv[1]), sys.argv[2].encode()
with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP) as raw:
    raw.sendto(struct.pack('>HHHH', 0, port, 8 + len(data), 0) + data, ('127.0.0.1', 0))
`;

describe('the sockets of a name server', () => {
  let listener: Listener;
  /** Questions, in the order in which they were answered. */
  let asked: string[];
  beforeEach(async () => {
    asked = [];
    listener = await Listener.open({ host: '127.0.0.1', port: 0 }, (query) => {
      asked.push(query.toString());
      return query;
    });
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

  it('pass over questions while too many answers wait for a slow network', async () => {
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
