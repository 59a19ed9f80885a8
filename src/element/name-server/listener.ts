/**
 * The sockets of a name server: UDP and TCP at one address.
 */
import { once } from 'node:events';
import { createServer, type Server as TcpServer, type Socket } from 'node:net';
import type { Address } from '../../base/address.js';
import { CircuitError, type ErrorCode } from '../../base/error.js';
import { DNS_CONNECTIONS_MAX, DNS_CONNECTIONS_PER_SOURCE_MAX, DNS_PORTS_TRIED_MAX } from '../../base/limits.js';
import { serveConnection } from './connection.js';
import type { Transport } from './respond.js';
import { Turns } from './turns.js';
import { openUdp, type OpenUdp, type UdpServer } from './udp.js';

/** Answers one query of that address; undefined for none. */
export type Respond = (query: Buffer, transport: Transport, address: string) => Buffer | undefined;

const CODES: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  EADDRINUSE: ['EBUSY', 'that port is in use'],
  EADDRNOTAVAIL: ['EINVAL', 'expected an address of this host'],
  EACCES: ['EACCES', "that port is the system's: it needs root"],
};

export class Listener {
  readonly address: Address;
  readonly #udp: UdpServer;
  readonly #tcp: TcpServer;
  readonly #connections = new Set<Socket>();
  readonly #turns: Turns;

  /** Listens at an IP address; with port 0 at one that is free. @throws CircuitError EBUSY, EACCES, EINVAL */
  static async open({ host, port }: Address, respond: Respond, open: OpenUdp = openUdp): Promise<Listener> {
    for (let tries = 1; ; tries++) {
      const tcp = await listen(host, port);
      const address = { host, port: boundPort(tcp) };
      try {
        const turns = new Turns();
        return new Listener(address, await bind(address, respond, turns, open), tcp, respond, turns);
      } catch (error) {
        tcp.close();
        if (port !== 0 || tries >= DNS_PORTS_TRIED_MAX || !(error instanceof CircuitError) || error.code !== 'EBUSY') throw error;
      }
    }
  }

  private constructor(address: Address, udp: UdpServer, tcp: TcpServer, respond: Respond, turns: Turns) {
    this.address = address;
    this.#udp = udp;
    this.#tcp = tcp;
    this.#turns = turns;
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
  try {
    await once(tcp, 'listening');
  } catch (error) {
    tcp.close();
    throw explained(error, { host, port });
  }
  return tcp;
}

/** @throws CircuitError for why it does not listen */
async function bind(address: Address, respond: Respond, turns: Turns, open: OpenUdp): Promise<UdpServer> {
  try {
    return await open(address, (query, asker) => respond(query, 'udp', asker), turns);
  } catch (error) {
    throw explained(error, address);
  }
}

function explained(error: unknown, { host, port }: Address): CircuitError {
  const [code, sentence] = CODES[(error as NodeJS.ErrnoException).code ?? ''] ?? ['EIO', (error as Error).message];
  return new CircuitError(code, `cannot listen at ${host}, port ${port}: ${sentence}`, { cause: error });
}

function boundPort(tcp: TcpServer): number {
  const address = tcp.address();
  if (address === null || typeof address === 'string') throw new CircuitError('EIO', 'no port was bound');
  return address.port;
}
