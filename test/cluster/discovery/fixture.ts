/**
 * What the tests of discovery share: keys, a clock that the test moves, a clock that hurries, a group of one's own.
 */
import { createHash } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type Clock, SYSTEM_CLOCK } from '../../../src/base/clock.js';
import type { Group } from '../../../src/cluster/discovery/group.js';
import type { LocalInterface } from '../../../src/cluster/discovery/interfaces.js';
import type { SealKey, Keys } from '../../../src/cluster/discovery/seal.js';

/** The same key for the same name. */
export function keyOf(name: string): SealKey {
  const secret = createHash('sha256').update(name).digest();
  return { identity: createHash('sha256').update(secret).digest('hex').slice(0, 16), secret };
}

/** Speaks with the first, accepts all. */
export function keysOf(first: string, ...others: readonly string[]): Keys {
  return { speak: keyOf(first), all: [first, ...others].map(keyOf) };
}

/** A digest of which every byte is that number. */
export function digestOf(byte: number): Uint8Array {
  return new Uint8Array(8).fill(byte);
}

export function idOf(number: number): string {
  return `X${number.toString(16).padStart(16, '0')}`;
}

/** Uniform in [0, 1), the same numbers for the same seed (a linear congruential generator, Numerical Recipes). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}

export const LOOPBACK: LocalInterface = {
  name: 'lo',
  address: '127.0.0.1',
  loopback: true,
  reaches: (source) => source.startsWith('127.'),
};
export const ETHERNET: LocalInterface = {
  name: 'eth0',
  address: '10.0.0.1',
  loopback: false,
  reaches: (source) => source.startsWith('10.'),
};

/** Moves only when the test says so. */
export class VirtualClock implements Clock {
  #now_ms = 0;
  readonly #timers = new Map<number, { readonly at_ms: number; readonly fire: () => void }>();
  #next = 0;

  /** How many timers wait. */
  get timers(): number {
    return this.#timers.size;
  }

  now_ms(): number {
    return this.#now_ms;
  }

  after(delay_ms: number, fire: () => void): () => void {
    const id = this.#next++;
    this.#timers.set(id, { at_ms: this.#now_ms + Math.max(0, delay_ms), fire });
    return () => void this.#timers.delete(id);
  }

  soon(fire: () => void): void {
    setImmediate(fire);
  }

  /** Goes on to the next timer and fires it; lets what follows from it happen. */
  async next(): Promise<void> {
    const first = [...this.#timers].reduce((a, b) => (b[1].at_ms < a[1].at_ms ? b : a));
    this.#timers.delete(first[0]);
    this.#now_ms = Math.max(this.#now_ms, first[1].at_ms);
    first[1].fire();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** The machine's clock, so many times faster: for real sockets. */
export function hurried(factor: number): Clock {
  return {
    now_ms: () => SYSTEM_CLOCK.now_ms() * factor,
    after: (delay_ms, fire) => SYSTEM_CLOCK.after(delay_ms / factor, fire),
    soon: (fire) => SYSTEM_CLOCK.soon(fire),
  };
}

/** A group that nobody else on this machine uses. */
export async function freeGroup(): Promise<Group> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  await closed(socket);
  return { group: '239.255.77.7', port };
}

/** A socket that speaks to a group on the loopback interface, and hears it, as somebody else. */
export async function stranger({ group, port }: Group): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  socket.bind({ address: group, port, exclusive: true });
  await once(socket, 'listening');
  socket.addMembership(group, '127.0.0.1');
  socket.setMulticastInterface('127.0.0.1');
  return socket;
}

export function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => void socket.close(resolve));
}

/** Sends, and lets those who listen in this process read: a send ends within the turn, and what the kernel cannot hold is lost. */
export async function send(socket: Socket, datagram: Uint8Array, { group, port }: Group): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    socket.send(datagram, port, group, (error) => (error === null ? resolve() : reject(error)));
  });
  await new Promise((resolve) => setImmediate(resolve));
}

/** A list that can be waited for. */
export class Collected<T> {
  readonly items: T[] = [];
  readonly #waiting = new Set<() => void>();

  add(item: T): void {
    this.items.push(item);
    for (const look of this.#waiting) look();
  }

  /** The first that fits, be it there or to come. */
  when(fits: (item: T) => boolean): Promise<T> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = this.items.find(fits);
        if (found === undefined) return;
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }
}
