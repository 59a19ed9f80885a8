/**
 * A UDP socket that has joined a group on one interface: datagrams go out on it, with TTL 1, and come in from it. Several programs on one machine share
 * the port.
 */
import { createSocket, type Socket } from 'node:dgram';
import { DISCOVERY_DATAGRAM_MAX_BYTES } from '../../base/limits.js';
import type { Group } from './group.js';
import type { LocalInterface } from './interfaces.js';

export interface GroupSocketEvents {
  /** A datagram of allowed length that was sent on this interface's network; `source` is an IP address. */
  readonly heard: (datagram: Buffer, source: string) => void;
  /** Sending or receiving has failed; the socket may still be good for more. */
  readonly failed: (error: Error) => void;
}

export class GroupSocket {
  readonly #socket: Socket;
  readonly #group: Group;
  readonly #address: string;
  readonly #failed: (error: Error) => void;
  #open = true;

  private constructor(socket: Socket, group: Group, local: LocalInterface, { heard, failed }: GroupSocketEvents) {
    this.#socket = socket;
    this.#group = group;
    this.#address = local.address;
    this.#failed = failed;
    socket.on('error', failed);
    socket.on('message', (datagram, { address }) => {
      if (this.#open && datagram.length <= DISCOVERY_DATAGRAM_MAX_BYTES && local.reaches(address)) heard(datagram, address);
    });
  }

  /** @throws the system's error: EADDRINUSE, ENODEV, EACCES … */
  static async open(group: Group, local: LocalInterface, events: GroupSocketEvents): Promise<GroupSocket> {
    const socket = createSocket({ type: 'udp4', reuseAddr: true });
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject);
        // Bound to the group's own address, it hears what was sent to the group and nothing else.
        socket.bind({ address: group.group, port: group.port, exclusive: true }, () => {
          socket.off('error', reject);
          resolve();
        });
      });
      socket.addMembership(group.group, local.address);
      socket.setMulticastInterface(local.address);
      socket.setMulticastTTL(1);
      socket.setMulticastLoopback(true);
      return new GroupSocket(socket, group, local, events);
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  send(datagram: Buffer): void {
    if (!this.#open) return;
    this.#socket.send(datagram, this.#group.port, this.#group.group, (error) => {
      if (error !== null && this.#open) this.#failed(error);
    });
  }

  /**
   * Joins the group again if the interface has been taken away and has come back since: the kernel forgets the membership then, without a word.
   * @throws the system's error: ENODEV while the interface is away
   */
  rejoin(): void {
    try {
      this.#socket.addMembership(this.#group.group, this.#address);
    } catch (error) {
      if (codeOf(error) !== 'EADDRINUSE') throw error;
      return; // still joined, the usual case
    }
    this.#socket.setMulticastInterface(this.#address);
  }

  /** Resolves when it is closed; idempotent. */
  close(): Promise<void> {
    if (!this.#open) return Promise.resolve();
    this.#open = false;
    return new Promise((resolve) => void this.#socket.close(resolve));
  }
}

/** The system's code of an error, `ENODEV` and so on. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
