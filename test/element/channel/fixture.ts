/**
 * A channel to test, and calls on it put into words.
 */
import type { Credentials, ByteReader, ByteWriter, WriterMode } from '../../../src/base/bytes.js';
import { CircuitError } from '../../../src/base/error.js';
import type { ControlFile } from '../../../src/base/name.js';
import { type Channel, makeChannel } from '../../../src/element/channel/channel.js';

export interface Opener {
  reader(file: ControlFile, pid?: number): ByteReader;
  /** One that reads for a remote receiver, and acknowledges. */
  unacked(file: ControlFile, pid?: number): ByteReader;
  writer(file: ControlFile, how?: Partial<WriterMode>, pid?: number): ByteWriter;
}

export function fixture(capacity: number): { channel: Channel; open: Opener; events: { changes: number } } {
  const events = {
    changes: 0,
    changed(): void {
      this.changes++;
    },
    happened(): void {
      throw new Error('a channel does nothing by itself');
    },
    gone(): void {
      throw new Error('a channel never ends by itself');
    },
  };
  const channel = makeChannel({ capacity }, events);
  const credentials = (pid: number): Credentials => ({ uid: 0, gid: 0, pid });
  const open: Opener = {
    reader: (file, pid = 1) => channel.openReader(file, credentials(pid)),
    unacked: (file, pid = 1) => channel.openReader(file, credentials(pid), { unacked: true }),
    writer: (file, how, pid = 1) => channel.openWriter(file, { truncate: false, append: false, ...how }, credentials(pid)),
  };
  return { channel, open, events };
}

/** As `echo -n text > send`. */
export async function message(open: Opener, text: string, pid?: number): Promise<void> {
  const sender = open.writer('send', { truncate: true }, pid);
  try {
    await sender.write(Buffer.from(text));
  } finally {
    sender.close();
  }
}

/** As `cat recv`: the whole message, or the code of the error. */
export async function received(reader: ByteReader): Promise<string> {
  const parts: Uint8Array[] = [];
  try {
    for (let part = await reader.read(65_536); part.length > 0; part = await reader.read(65_536)) parts.push(Buffer.from(part));
    return Buffer.concat(parts).toString();
  } catch (error) {
    return told(error);
  }
}

type Call = Uint8Array | number | undefined | Promise<Uint8Array | number | undefined> | Promise<void>;

/** What a call comes to: its bytes, its count, or its error, be it at once or later. */
export async function outcome(call: Call | (() => Call)): Promise<string> {
  try {
    const answer = await (typeof call === 'function' ? call() : call);
    return answer instanceof Uint8Array ? Buffer.from(answer).toString() : String(answer);
  } catch (error) {
    return told(error);
  }
}

/** The code of the error that a call fails with at once. */
export function codeOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return told(error);
  }
  return 'no error';
}

function told(error: unknown): string {
  return error instanceof CircuitError ? error.code : String(error);
}
