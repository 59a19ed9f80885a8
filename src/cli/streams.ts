/**
 * The commands that carry bytes: `send` and `stdin` take standard input, `recv`, `stdout` and `stderr` print. Nothing is held in memory, and a command
 * that is interrupted in the middle of a message says so: its receiver gets an error, not a part.
 */
import type { Command } from 'commander';
import type { ByteReader, ByteWriter } from '../base/bytes.js';
import type { ControlFile } from '../base/name.js';
import { writeAll } from '../api/streams.js';
import { ASKER, at, clientCommand, EXAMPLE_ANCHOR, type Located, locate } from './client-command.js';
import { type DialGiven, withCircuit } from './options/dialling.js';
import { print } from './output.js';
import { fileFor } from './won.js';

/** One read, in bytes. */
const CHUNK_BYTES = 256 * 1024;

const WRITTEN = {
  send: {
    help: 'send standard input as one message, when there is room or a receiver; through a selection when such a clause has won',
    example: `circuit send ${EXAMPLE_ANCHOR} < some_file`,
  },
  pub: {
    help: 'publish standard input as one message of a topic',
    example: `echo blue | circuit pub ${EXAMPLE_ANCHOR}`,
  },
  stdin: {
    help: "give standard input to an element's program, and then end its input",
    example: `circuit stdin ${EXAMPLE_ANCHOR} < /dev/null`,
  },
} as const;

const READ = {
  recv: {
    help: 'receive one message, when there is one; of a selection, what has won',
    example: `circuit recv ${EXAMPLE_ANCHOR}`,
  },
  sub: {
    help: "print a topic's messages: those that are held, and then each that comes",
    example: `circuit sub ${EXAMPLE_ANCHOR}`,
  },
  next: { help: 'wait for a newer message of a topic, and print it', example: `circuit next ${EXAMPLE_ANCHOR}` },
  last: { help: 'print the newest message of a topic, if there is one', example: `circuit last ${EXAMPLE_ANCHOR}` },
  stdout: { help: "print what an element's program has printed, and on until it ends", example: `circuit stdout ${EXAMPLE_ANCHOR}` },
  stderr: {
    help: "print what an element's program has written to its standard error, and on until it ends",
    example: `circuit stderr ${EXAMPLE_ANCHOR}`,
  },
} as const;

export function streamCommands(): readonly Command[] {
  const stdin = writing('stdin').option('--more', 'do not end the input: more may come');
  return [writing('send'), reading('recv'), writing('pub'), reading('sub'), reading('next'), reading('last'), stdin, reading('stdout'), reading('stderr')]; // prettier-ignore
}

/** Prints what a file gives, up to its end. @throws CircuitError of the file, EPIPE, the signal's reason */
export async function pour(located: Located, file: ControlFile, signal: AbortSignal): Promise<void> {
  await at(located, async ({ tree, path }) => {
    // A message is acknowledged once it has been printed.
    const reader = await tree.openReader(path, file, ASKER, { unacked: true });
    try {
      await printAll(reader, signal);
    } finally {
      reader.close();
    }
  });
}

async function printAll(reader: ByteReader, signal: AbortSignal): Promise<void> {
  for (;;) {
    const bytes = await reader.read(CHUNK_BYTES, { signal });
    if (bytes.length > 0) await print(bytes);
    reader.ack(bytes.length);
    if (bytes.length === 0) return;
  }
}

function reading(name: keyof typeof READ): Command {
  const { help, example } = READ[name];
  return clientCommand({ name, arguments: '<ANCHOR>', help, examples: [example] }).action((anchor: string, given: DialGiven) =>
    withCircuit(given, async (circuit, signal) => {
      const located = locate(circuit, anchor);
      await pour(located, await fileFor(name, located, signal), signal);
    }),
  );
}

function writing(name: keyof typeof WRITTEN): Command {
  const { help, example } = WRITTEN[name];
  return clientCommand({ name, arguments: '<ANCHOR>', help, examples: [example] }).action(
    (anchor: string, { more = false, ...given }: DialGiven & { readonly more?: boolean }) =>
      withCircuit(given, async (circuit, signal) => {
        const located = locate(circuit, anchor);
        await fill(located, await fileFor(name, located, signal), more, signal);
      }),
  );
}

async function fill(located: Located, file: ControlFile, more: boolean, signal: AbortSignal): Promise<void> {
  await at(located, async ({ tree, path }) => {
    const writer = await tree.openWriter(path, file, { truncate: !more, append: more }, ASKER);
    try {
      await writeInput(writer, signal);
      writer.close();
      await writer.finished?.({ signal });
    } catch (error) {
      writer.abort();
      throw error;
    }
  });
}

async function writeInput(writer: ByteWriter, signal: AbortSignal): Promise<void> {
  const leave = (): void => void process.stdin.destroy(signal.reason as Error);
  signal.addEventListener('abort', leave, { once: true });
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    await writeAll(writer, chunk, { signal });
  }
  signal.removeEventListener('abort', leave);
  signal.throwIfAborted();
}
