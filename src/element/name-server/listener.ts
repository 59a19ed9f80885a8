/**
 * The sockets of a name server: UDP and TCP at one address.
 */
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, isIPv6, type Server as TcpServer, type Socket } from 'node:net';
import type { Address } from '../../base/address.js';
import { CircuitError, type ErrorCode } from '../../base/error.js';
import {
  DNS_CONNECTIONS_MAX,
  DNS_CONNECTIONS_PER_SOURCE_MAX,
  DNS_PORTS_TRIED_MAX,
  DNS_QUESTIONS_WAITING_MAX,
  DNS_SEND_QUEUE_MAX_BYTES,
} from '../../base/limits.js';
import { serveConnection } from './connection.js';
import type { Transport } from './respond.js';
import { Turns } from './turns.js';

/** Answers one query of that address; undefined for none. */
export type Respond = (query: Buffer, transport: Transport, address: string) => Buffer | undefined;

/** What the system keeps of datagrams that have come while others were answered, in bytes, where it allows so much. */
const RECEIVE_BUFFER_BYTES = 1_048_576;

const CODES: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  EADDRINUSE: ['EBUSY', 'that port is in use'],
  EADDRNOTAVAIL: ['EINVAL', 'that is no address of this host'],
  EACCES: ['EACCES', "that port is the system's: it needs root"],
};

export class Listener {
  readonly address: Address;
  readonly #udp: UdpSocket;
  readonly #tcp: TcpServer;
  readonly #connections = new Set<Socket>();
  readonly #turns = new Turns();

  /** Listens at an IP address; with port 0 at one that is free. @throws CircuitError EBUSY, EACCES, EINVAL */
  static async open({ host, port }: Address, respond: Respond): Promise<Listener> {
    for (let tries = 1; ; tries++) {
      const tcp = await listen(host, port);
      const address = { host, port: boundPort(tcp) };
      try {
        return new Listener(address, await bind(address), tcp, respond);
      } catch (error) {
        tcp.close();
        if (port !== 0 || tries >= DNS_PORTS_TRIED_MAX || !(error instanceof CircuitError) || error.code !== 'EBUSY') throw error;
      }
    }
  }

  private constructor(address: Address, udp: UdpSocket, tcp: TcpServer, respond: Respond) {
    this.address = address;
    this.#udp = udp;
    this.#tcp = tcp;
    udp.on('message', (query, from) => {
      if (from.port === 0) return; // nobody can be answered there
      if (udp.getSendQueueSize() > DNS_SEND_QUEUE_MAX_BYTES) return; // as if the network had lost it
      if (this.#turns.waiting >= DNS_QUESTIONS_WAITING_MAX) return; // likewise
      this.#turns.add(() => {
        const reply = respond(query, 'udp', from.address);
        if (reply !== undefined) udp.send(reply, from.port, from.address); // without a callback: who is not reached is not told
      });
    });
    udp.on('error', () => undefined); // of one datagram
    tcp.on('connection', (socket) => {
      const { remoteAddress } = socket;
      const others = Array.from(this.#connections).filter((other) => other.remoteAddress === remoteAddress).length;
      if (others >= DNS_CONNECTIONS_PER_SOURCE_MAX) return void socket.destroy();
      this.#connections.add(socket);
      socket.on('close', () => this.#connections.delete(socket));
      serveConnection(socket, this.#turns, (query) => respond(query, 'tcp', remoteAddress ?? ''));
    });
  }

  /** Answers nothing more. */
  close(): void {
    this.#turns.clear();
    this.#udp.close();
    this.#tcp.close();
    for (const socket of this.#connections) socket.destroy();
  }
}

async function listen(host: string, port: number): Promise<TcpServer> {
  const tcp = createServer({ noDelay: true, allowHalfOpen: true });
  tcp.maxConnections = DNS_CONNECTIONS_MAX;
  tcp.listen({ host, port });
  await settled(tcp, { host, port });
  return tcp;
}

async function bind({ host, port }: Address): Promise<UdpSocket> {
  const family = isIPv6(host) ? 6 : 4;
  const udp = createSocket({
    type: `udp${family}`,
    recvBufferSize: RECEIVE_BUFFER_BYTES,
    lookup: (address, _options, found) => found(null, address, family), // both what is bound and who is answered are addresses
  });
  const bound = settled(udp, { host, port }); // before: without a look-up it happens at once
  udp.bind({ address: host, port });
  await bound;
  return udp;
}

/** @throws CircuitError for why it does not listen */
async function settled(socket: TcpServer | UdpSocket, { host, port }: Address): Promise<void> {
  try {
    await once(socket, 'listening');
  } catch (error) {
    socket.close();
    const [code, sentence] = CODES[(error as NodeJS.ErrnoException).code ?? ''] ?? ['EIO', (error as Error).message];
    throw new CircuitError(code, `cannot listen at ${host}, port ${port}: ${sentence}`, { cause: error });
  }
}

function boundPort(tcp: TcpServer): number {
  const address = tcp.address();
  if (address === null || typeof address === 'string') throw new CircuitError('EIO', 'no port was bound');
  return address.port;
}
