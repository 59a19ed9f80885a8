/**
 * Programs that read: a message from a channel, packets from one, the output of a process. They repeat an interrupted read, or give up.
 */
import type { ByteReader, TransferOptions } from '../../../src/base/bytes.js';
import type { ControlFile } from '../../../src/base/name.js';
import type { Random } from '../../lib/random.js';
import { Actor, type Place } from './actor.js';
import { printedAt } from './stream.js';
import type { ChannelName } from './world.js';

/** One message as its receiver knows it. `left`: the receiver went before the end. */
export interface Received {
  readonly channel: ChannelName;
  readonly by: string;
  readonly bytes: Buffer;
  readonly end: 'end' | 'EPIPE' | 'left';
}

abstract class Reading extends Actor {
  protected reader: ByteReader | undefined;

  protected open(random: Random, path: string, file: ControlFile, unacked: boolean): void {
    const lazy = random(2) === 0;
    this.call(
      `open ${path}${lazy ? ' lazily' : ''}`,
      (options) => this.tree.openReader([path], file, this.credentials, { unacked, lazy }, options),
      (reader) => (this.reader = reader),
      ({ code }) => {
        if (code !== 'EINTR') this.faults.push(`open failed with ${code}`);
        this.finish('never opened');
      },
    );
  }

  protected close(how: string): void {
    this.reader?.close();
    this.finish(how);
  }
}

/** Receives messages: one, or packets. */
export class Receiver extends Reading {
  readonly channel: ChannelName;
  readonly received: Received[] = [];
  readonly #packet: boolean;
  /** It acknowledges by itself, and may have what it has read requeued. */
  readonly #unacked: boolean;
  readonly #steady: boolean;
  #parts: Buffer[] = [];
  #left: number;

  constructor(place: Place, channel: ChannelName) {
    super(place);
    const { random, steady } = place;
    this.channel = channel;
    this.#steady = steady;
    this.#packet = channel === 'packets' && random(2) === 0;
    this.#unacked = !this.#packet && random(5) === 0;
    this.#left = 1 + random(4);
  }

  get name(): string {
    return `receiver ${this.pid} of ${this.#packet ? 'packets' : 'a message'} from ${this.channel}`;
  }

  protected next(random: Random, steady: boolean): void {
    const { reader } = this;
    if (reader === undefined) return this.open(random, this.channel, 'recv', this.#unacked);
    const isBegun = this.#parts.length > 0;
    if (isBegun && !steady && !this.#steady && random(12) === 0) return this.#leave('left');
    if (this.#packet && this.#left <= 0) return this.close('closed');
    this.#read(reader, random, steady);
  }

  #read(reader: ByteReader, random: Random, steady: boolean): void {
    const max = this.#packet ? 65_536 : ([1, 100, 4096, 65_536, 65_536, 65_536][steady ? 5 : random(6)] ?? 1);
    const nonblock = random(12) === 0;
    const options: TransferOptions = { packet: this.#packet, nonblock };
    this.call(
      `read ${max}${nonblock ? ' now' : ''}`,
      ({ signal }) => reader.read(max, { ...options, signal }),
      (bytes) => this.#got(reader, Buffer.from(bytes), random),
      ({ code }) => {
        if (code === 'EAGAIN' && nonblock) return;
        if (code === 'EPIPE' && !this.#packet) return this.#end('EPIPE');
        if (code !== 'EINTR') this.faults.push(`read failed with ${code}`);
        const isOver = this.killed || (!this.#steady && !steady && random(4) === 0);
        if (isOver || code !== 'EINTR') this.#leave('gave up');
      },
    );
  }

  #got(reader: ByteReader, bytes: Buffer, random: Random): void {
    if (this.#packet) {
      this.#left--;
      this.received.push({ channel: this.channel, by: this.name, bytes, end: 'end' });
      return;
    }
    if (this.#unacked && this.#parts.length === 0 && bytes.length > 0 && random(3) === 0) {
      this.story.push('requeue');
      reader.requeue();
      return;
    }
    if (this.#unacked) reader.ack(bytes.length);
    if (bytes.length === 0) this.#end('end');
    else this.#parts.push(bytes);
  }

  #leave(how: string): void {
    if (this.#parts.length > 0) this.#end('left');
    else this.close(how);
  }

  #end(end: Received['end']): void {
    this.received.push({ channel: this.channel, by: this.name, bytes: Buffer.concat(this.#parts), end });
    this.close(end);
  }
}

/** `cat stdout`. */
export class OutputReader extends Reading {
  position = 0;
  ended = false;

  readonly name = 'reader of the output';

  protected next(random: Random, steady: boolean): void {
    const { reader } = this;
    if (reader === undefined) return this.open(random, 'stream', 'stdout', false);
    if (!steady && random(30) === 0) return this.close('left');
    this.call(
      'read',
      ({ signal }) => reader.read(random(3) === 0 ? 1 + random(1000) : 131_072, { signal, nonblock: random(12) === 0 }),
      (bytes) => this.#got(Buffer.from(bytes)),
      ({ code }) => {
        if (code === 'EAGAIN') return;
        if (code !== 'EINTR') this.faults.push(`read failed with ${code}`);
        if (code !== 'EINTR' || this.killed) this.close(code);
      },
    );
  }

  #got(bytes: Buffer): void {
    for (const byte of bytes) {
      if (byte === printedAt(this.position)) this.position++;
      else {
        this.faults.push(`byte ${this.position} of the output is wrong`);
        this.close('wrong');
        return;
      }
    }
    if (bytes.length > 0) return;
    this.ended = true;
    this.close('end');
  }
}
