/**
 * A UDP socket that has joined a multicast group on one interface: sends with TTL 1 and receives on that interface only. Several programs on one
 * machine can share the port.
 */
import { createSocket, type Socket } from 'node:dgram';
import { DISCOVERY_DATAGRAM_MAX_BYTES } from '../../base/limits.js';
import { familyOf, type Group } from './group.js';
import type { LocalInterface } from './interfaces.js';

/** What the system keeps of datagrams until they are looked at, where it allows so much: junk in front of a beacon must not push it out. */
const RECEIVE_BUFFER_BYTES = 1_048_576;

export interface GroupSocketEvents {
  /** A datagram within the size limit arrived from this interface's network; `source` is an IP address. */
  readonly heard: (datagram: Buffer, source: string) => void;
  /** Sending or receiving failed; the socket may still work. */
  readonly failed: (error: Error) => void;
}

export class GroupSocket {
  readonly #socket: Socket;
  readonly #group: Group;
  /** As the system wants the interface and, for sending and binding, the group. */
  readonly #interface: string;
  readonly #target: string;
  readonly #failed: (error: Error) => void;
  #open = true;

  private constructor(socket: Socket, group: Group, local: LocalInterface, { heard, failed }: GroupSocketEvents) {
    this.#socket = socket;
    this.#group = group;
    this.#interface = interfaceOf(group, local);
    this.#target = targetOf(group, local);
    this.#failed = failed;
    socket.on('error', failed);
    socket.on('message', (datagram, { address }) => {
      if (this.#open && datagram.length <= DISCOVERY_DATAGRAM_MAX_BYTES && local.reaches(address)) heard(datagram, address);
    });
  }

  /** @throws the system's error: EADDRINUSE, ENODEV, EACCES … */
  static async open(group: Group, local: LocalInterface, events: GroupSocketEvents): Promise<GroupSocket> {
    const socket = createSocket({
      ...(familyOf(group.group) === 6 ? { type: 'udp6' as const, ipv6Only: true } : { type: 'udp4' as const }),
      reuseAddr: true,
      recvBufferSize: RECEIVE_BUFFER_BYTES,
    });
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject);
        // Bound to the group's address, the socket receives only what is sent to the group.
        socket.bind({ address: targetOf(group, local), port: group.port, exclusive: true }, () => {
          socket.off('error', reject);
          resolve();
        });
      });
      socket.addMembership(group.group, interfaceOf(group, local));
      socket.setMulticastInterface(interfaceOf(group, local));
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
    this.#socket.send(datagram, this.#group.port, this.#target, (error) => {
      if (error !== null && this.#open) this.#failed(error);
    });
  }

  /**
   * Joins the group again if the interface went away and came back: the kernel silently drops the membership then.
   * @throws the system's error: ENODEV while the interface is away
   */
  rejoin(): void {
    try {
      this.#socket.addMembership(this.#group.group, this.#interface);
    } catch (error) {
      if (codeOf(error) !== 'EADDRINUSE') throw error;
      return; // still a member, the usual case
    }
    this.#socket.setMulticastInterface(this.#interface);
  }

  /** Resolves once the socket is closed; idempotent. */
  close(): Promise<void> {
    if (!this.#open) return Promise.resolve();
    this.#open = false;
    return new Promise((resolve) => void this.#socket.close(resolve));
  }
}

/** An interface is named by its address in IPv4, by its name in IPv6. */
function interfaceOf({ group }: Group, { name, address }: LocalInterface): string {
  return familyOf(group) === 6 ? `::%${name}` : address;
}

/** A group of a link or an interface (RFC 4291 section 2.7) means nothing without the interface. */
function targetOf({ group }: Group, { name }: LocalInterface): string {
  return /^ff.[12]:/i.test(group) ? `${group}%${name}` : group;
}

/** The system's code of an error, e.g. `ENODEV`. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
