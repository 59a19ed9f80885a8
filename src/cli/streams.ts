/**
 * The commands that carry bytes: `send` and `stdin` take standard input, `recv`, `stdout` and `stderr` print. Nothing is held in memory, and a command
 * that is interrupted in the middle of a message says so: its receiver gets an error, not a part.
 */
import type { Command } from 'commander';
import type { ByteReader, ByteWriter } from '../base/bytes.js';
import type { ControlFile } from '../base/name.js';
import { writeAll } from '../api/streams.js';
import type { Console } from '../console/console.js';
import { at, clientCommand, type CommandMaker, EXAMPLE_ANCHOR, type Located, locate } from './client-command.js';
import { type DialGiven, withCircuit } from './options/dialling.js';
import { input } from './input.js';
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
    help: "print a topic's messages: what is held, and then each that comes",
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

export function streamCommands(console: Console): readonly CommandMaker[] {
  return [
    ['send', () => writing(console, 'send')],
    ['pub', () => writing(console, 'pub')],
    ['stdin', () => writing(console, 'stdin').option('--more', 'do not end the input: more may come')],
    ['recv', () => reading(console, 'recv')],
    ['sub', () => reading(console, 'sub')],
    ['next', () => reading(console, 'next')],
    ['last', () => reading(console, 'last')],
    ['stdout', () => reading(console, 'stdout')],
    ['stderr', () => reading(console, 'stderr')],
  ];
}

/** Prints what a file gives, up to its end. @throws CircuitError of the file, EPIPE, the signal's reason */
export async function pour(console: Console, located: Located, file: ControlFile, signal: AbortSignal): Promise<void> {
  await at(located, async ({ tree, path, asker }) => {
    // A message is acknowledged once it has been printed.
    const reader = await tree.openReader(path, file, asker, { unacked: true });
    try {
      await printAll(console, reader, signal);
    } finally {
      reader.close();
    }
  });
}

async function printAll(console: Console, reader: ByteReader, signal: AbortSignal): Promise<void> {
  for (;;) {
    const bytes = await reader.read(CHUNK_BYTES, { signal });
    if (bytes.length > 0) await print(console.stdout, bytes);
    reader.ack(bytes.length);
    if (bytes.length === 0) return;
  }
}

function reading(console: Console, name: keyof typeof READ): Command {
  const { help, example } = READ[name];
  return clientCommand({ name, arguments: '<ANCHOR>', help, examples: [example] }).action((anchor: string, given: DialGiven) =>
    withCircuit(console, given, async (circuit, signal) => {
      const located = locate(circuit, anchor);
      await pour(console, located, await fileFor(name, located, signal), signal);
    }),
  );
}

function writing(console: Console, name: keyof typeof WRITTEN): Command {
  const { help, example } = WRITTEN[name];
  return clientCommand({ name, arguments: '<ANCHOR>', help, examples: [example] }).action(
    (anchor: string, { more = false, ...given }: DialGiven & { readonly more?: boolean }) =>
      withCircuit(console, given, async (circuit, signal) => {
        const located = locate(circuit, anchor);
        await fill(console, located, await fileFor(name, located, signal), more, signal);
      }),
  );
}

async function fill(console: Console, located: Located, file: ControlFile, more: boolean, signal: AbortSignal): Promise<void> {
  await at(located, async ({ tree, path, asker }) => {
    const writer = await tree.openWriter(path, file, { truncate: !more, append: more }, asker);
    try {
      await writeInput(console, writer, signal);
      writer.close();
      await writer.finished?.({ signal });
    } catch (error) {
      writer.abort();
      throw error;
    }
  });
}

async function writeInput(console: Console, writer: ByteWriter, signal: AbortSignal): Promise<void> {
  const leave = (): void => void console.stdin.destroy(signal.reason as Error);
  signal.addEventListener('abort', leave, { once: true });
  for await (const chunk of input(console)) {
    await writeAll(writer, chunk, { signal });
  }
  signal.removeEventListener('abort', leave);
  signal.throwIfAborted();
}
