/**
 * Programs that write: a message to a channel, packets to one, bytes to the input of a process. They repeat an interrupted write, write something
 * else in its place, or give up, as real ones do.
 */
import type { ByteWriter } from '../../../src/base/bytes.js';
import type { CircuitError } from '../../../src/base/error.js';
import type { Random } from '../../lib/random.js';
import { Actor, type Place } from './actor.js';
import type { ChannelName } from './world.js';

/** What becomes of a message as its sender knows it. `gone`: it was told EINTR and gave up. */
export type Fate = 'under way' | 'sent' | 'never' | 'aborted' | 'gone' | 'refused';

/** One message, as its sender knows it. */
export interface Sent {
  readonly id: number;
  readonly pid: number;
  readonly channel: ChannelName;
  /** What its sender was told to be taken. */
  told: Buffer;
  /** What may have been taken beyond that. */
  maybe: Buffer;
  /** What may have been taken instead of that: other bytes, in the place of those that were not. */
  instead: Buffer;
  /** At least so much of that was. */
  least: number;
  fate: Fate;
  /** Its last write asked for the end, too: it may be complete. */
  ends: boolean;
}

const SIZES = [2, 10, 700, 1024, 5_000, 33_000, 70_000, 200_000] as const;

/** A byte of a message: the first one is its ID. `other`: of what is written in place of an interrupted write. */
export function byteAt(id: number, position: number, other: boolean): number {
  return position === 0 ? id : ((Math.imul(id * 7919 + position, 0x85ebca6b) >>> 24) ^ (other ? 0x55 : 0)) & 255;
}

function textOf(id: number, from: number, length: number, other: boolean): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let at = 0; at < length; at++) bytes[at] = byteAt(id, from + at, other);
  return bytes;
}

function newMessage(id: number, pid: number, channel: ChannelName): Sent {
  return {
    id,
    pid,
    channel,
    told: Buffer.alloc(0),
    maybe: Buffer.alloc(0),
    instead: Buffer.alloc(0),
    least: 0,
    fate: 'under way',
    ends: false,
  };
}

/** What all of them have in common: a writer that is opened, and an interrupted write. */
abstract class Writing extends Actor {
  protected writer: ByteWriter | undefined;
  /** What an interrupted call was to write. */
  protected interrupted: Buffer | undefined;
  protected other = false;

  protected open(random: Random, channel: string, file: 'send' | 'stdin', mode: { truncate: boolean; append: boolean }): void {
    const lazy = random(2) === 0;
    this.call(
      `open ${channel}${lazy ? ' lazily' : ''}`,
      (options) => this.tree.openWriter([channel], file, { ...mode, lazy }, this.credentials, options),
      (writer) => (this.writer = writer),
      ({ code }) => {
        if (code !== 'EINTR') this.faults.push(`open failed with ${code}`);
        this.neverOpened();
        this.finish('never opened');
      },
    );
  }

  protected abstract neverOpened(): void;
}

/** `echo`, `cat`, or a program that writes several times: one message. */
export class MessageWriter extends Writing {
  readonly message: Sent;
  readonly #size: number;
  readonly #withEnd: boolean;
  #closed = false;

  constructor(place: Place, id: number, channel: ChannelName) {
    super(place);
    this.message = newMessage(id, place.pid, channel);
    const { random } = place;
    this.#size = random(3) === 0 ? (SIZES[random(SIZES.length)] ?? 2) : 2 + random(3000);
    this.#withEnd = random(3) === 0;
  }

  get name(): string {
    return `sender ${this.message.id} of ${this.#size} bytes to ${this.message.channel}`;
  }

  protected next(random: Random, steady: boolean): void {
    const { writer, message, interrupted } = this;
    if (writer === undefined) this.open(random, message.channel, 'send', { truncate: random(2) === 0, append: false });
    else if (this.#closed) this.#await(writer);
    else if (interrupted !== undefined) this.#afterInterrupt(writer, interrupted, random, steady);
    else if (message.told.length >= this.#size) this.#close(writer);
    else if (!steady && random(20) === 0) this.#abort(writer);
    else this.#write(writer, textOf(message.id, message.told.length, this.#nextLength(random), this.other), random);
  }

  protected neverOpened(): void {
    this.message.fate = 'never';
  }

  #nextLength(random: Random): number {
    const left = this.#size - this.message.told.length;
    return random(2) === 0 ? left : Math.min(left, 2 + random(left));
  }

  #write(writer: ByteWriter, bytes: Buffer, random: Random): void {
    const { message } = this;
    const isLast = message.told.length + bytes.length >= this.#size;
    const nonblock = random(10) === 0;
    const ends = isLast && this.#withEnd && !nonblock && writer.end !== undefined;
    message.ends ||= ends;
    this.interrupted = undefined;
    const what = `${ends ? 'end' : nonblock ? 'write now' : 'write'} ${bytes.length}${this.other ? ' others' : ''}`;
    this.call(
      what,
      (options) => (ends ? writer.end?.(bytes, options) : undefined) ?? writer.write(bytes, { ...options, nonblock }),
      (count) => {
        message.told = Buffer.concat([message.told, bytes.subarray(0, count)]);
        if (count < 1 || count > bytes.length) this.faults.push(`${what} took ${count} bytes`);
        if (ends && count === bytes.length) this.#closed = true;
      },
      (error) => this.#failed(writer, error, bytes),
    );
  }

  #failed(writer: ByteWriter, { code }: CircuitError, bytes: Buffer): void {
    const { message } = this;
    if (code === 'EAGAIN') return;
    if (code === 'EINTR') {
      this.interrupted = bytes;
      if (this.killed) this.#giveUp(writer, bytes);
    } else if (code === 'EIO' && this.other && message.maybe.length > 0) {
      // The first bytes were delivered after all, and are the end of the message.
      message.least = 1;
      this.#close(writer);
    } else {
      message.fate = 'refused';
      if (code !== 'EPIPE') this.faults.push(`write failed with ${code}`);
      writer.close();
      this.finish(code);
    }
  }

  #afterInterrupt(writer: ByteWriter, bytes: Buffer, random: Random, steady: boolean): void {
    const choice = steady ? 0 : random(6);
    if (choice === 5) this.#giveUp(writer, bytes);
    else if (choice === 4 && bytes.length > 1) {
      // Only of one write it is not known whether it was taken: a second choice would be one too many for this program.
      if (this.other) return this.#giveUp(writer, bytes);
      this.message.maybe = bytes;
      this.other = true;
      this.#write(writer, textOf(this.message.id, this.message.told.length, bytes.length, true), random);
    } else this.#write(writer, bytes, random);
  }

  #giveUp(writer: ByteWriter, bytes: Buffer): void {
    if (this.other) this.message.instead = bytes;
    else this.message.maybe = bytes;
    this.message.fate = 'gone';
    writer.close();
    this.finish('gave up');
  }

  #abort(writer: ByteWriter): void {
    this.message.fate = 'aborted';
    writer.abort();
    this.finish('abort');
  }

  #close(writer: ByteWriter): void {
    writer.close();
    this.#closed = true;
    this.#await(writer);
  }

  /** Until all has been taken. */
  #await(writer: ByteWriter): void {
    this.call(
      'finished',
      (options) => {
        writer.close();
        return writer.finished?.(options);
      },
      () => {
        this.message.fate = 'sent';
        this.finish('sent');
      },
      ({ code }) => {
        if (code === 'EINTR') return;
        this.message.fate = 'refused';
        if (code !== 'EPIPE') this.faults.push(`the rest failed with ${code}`);
        this.finish(code);
      },
    );
  }
}

/** `: > send`. */
export class EmptyWriter extends Writing {
  readonly channel: ChannelName;
  sent = false;

  constructor(place: Place, channel: ChannelName) {
    super(place);
    this.channel = channel;
  }

  get name(): string {
    return `sender of nothing to ${this.channel}`;
  }

  protected next(random: Random): void {
    if (this.writer === undefined) return this.open(random, this.channel, 'send', { truncate: true, append: false });
    this.writer.close();
    this.sent = true;
    this.finish('sent');
  }

  protected neverOpened(): void {
    this.sent = false;
  }
}

/** A program that keeps `send` open in packet mode. */
export class PacketWriter extends Writing {
  readonly messages: Sent[] = [];
  readonly #ids: () => number;
  readonly #channel: ChannelName;
  #left: number;

  constructor(place: Place, channel: ChannelName, ids: () => number) {
    super(place);
    this.#channel = channel;
    this.#ids = ids;
    this.#left = 1 + place.random(4);
  }

  get name(): string {
    return `sender of packets ${this.messages.map(({ id }) => id).join()} to ${this.#channel}`;
  }

  protected next(random: Random, steady: boolean): void {
    const { writer } = this;
    if (writer === undefined) return this.open(random, this.#channel, 'send', { truncate: false, append: false });
    const last = this.messages.at(-1);
    if (last?.fate === 'under way') {
      if (steady || random(5) > 0) this.#write(writer, last);
      else this.#giveUp(writer, last);
    } else if (this.#left-- > 0) {
      const message = newMessage(this.#ids(), this.pid, this.#channel);
      const size = random(4) === 0 ? 1024 + random(20_000) : 2 + random(500);
      message.maybe = textOf(message.id, 0, size, false);
      this.messages.push(message);
      this.#write(writer, message);
    } else {
      writer.close();
      this.finish('closed');
    }
  }

  protected neverOpened(): void {
    this.#left = 0;
  }

  #write(writer: ByteWriter, message: Sent): void {
    this.call(
      `packet ${message.id} of ${message.maybe.length}`,
      (options) => writer.write(message.maybe, { ...options, packet: true }),
      (count) => {
        if (count !== message.maybe.length) this.faults.push(`${count} bytes of a packet were taken`);
        message.told = message.maybe;
        message.maybe = Buffer.alloc(0);
        message.fate = 'sent';
      },
      ({ code }) => {
        if (code !== 'EINTR') this.faults.push(`packet failed with ${code}`);
        if (code !== 'EINTR' || this.killed) this.#giveUp(writer, message);
      },
    );
  }

  #giveUp(writer: ByteWriter, message: Sent): void {
    message.fate = 'gone';
    message.ends = true;
    writer.close();
    this.finish('gave up');
  }
}

/** A program that writes to the input of another one, of which there may be several. Its bytes tell its index and their order. */
export class InputWriter extends Writing {
  readonly index: number;
  fate: Fate = 'under way';
  told = 0;
  maybe = 0;
  #left: number;

  /** @param index below 8 */
  constructor(place: Place, index: number) {
    super(place);
    this.index = index;
    this.#left = 1 + place.random(4);
  }

  get name(): string {
    return `writer ${this.index} to the input`;
  }

  protected next(random: Random, steady: boolean): void {
    const { writer, interrupted } = this;
    if (writer === undefined) return this.open(random, 'stream', 'stdin', { truncate: false, append: true });
    if (interrupted !== undefined) {
      if (steady || random(4) > 0) this.#write(writer, interrupted);
      else this.#giveUp(writer);
    } else if (this.#left-- > 0) {
      const size = random(3) === 0 ? 1024 + random(20_000) : 1 + random(500);
      this.#write(writer, Buffer.from(Array.from({ length: size }, (_, at) => (this.index << 5) | ((this.told + at) & 31))));
    } else if (!steady && random(6) === 0) {
      this.fate = 'aborted';
      writer.abort();
      this.finish('abort');
    } else {
      writer.close();
      this.fate = 'sent';
      this.finish('closed');
    }
  }

  protected neverOpened(): void {
    this.fate = 'never';
  }

  #write(writer: ByteWriter, bytes: Buffer): void {
    this.interrupted = undefined;
    this.call(
      `write ${bytes.length}`,
      (options) => writer.write(bytes, options),
      (count) => {
        this.told += count;
        if (count < bytes.length) this.interrupted = bytes.subarray(count);
      },
      ({ code }) => {
        this.interrupted = bytes;
        if (code !== 'EINTR') this.faults.push(`write failed with ${code}`);
        if (code !== 'EINTR' || this.killed) this.#giveUp(writer);
      },
    );
  }

  #giveUp(writer: ByteWriter): void {
    this.maybe = this.interrupted?.length ?? 0;
    this.fate = 'gone';
    writer.close();
    this.finish('gave up');
  }
}
