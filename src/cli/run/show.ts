/**
 * Shows what the programs print: as it is, or whole lines with the host's name in front; stderr on stderr.
 */
import { CircuitError } from '../../base/error.js';
import { escapeControls } from '../../base/quote.js';
import { print } from '../output.js';
import { TaggedLines } from './lines.js';
import type { Sink } from './remote.js';

const STREAMS = { stdout: process.stdout, stderr: process.stderr } as const;

/** Bytes as they come, for one host. */
export function plainSink(host: string): Sink {
  return {
    take: async (file, bytes) => show(file, bytes),
    complain: (error) => complainOf(host, error),
  };
}

/** Whole lines. @param tag the host's name, or nothing */
export function lineSink(host: string, tag: string): Sink {
  const lines = { stdout: new TaggedLines(tag), stderr: new TaggedLines(tag) };
  return {
    take: async (file, bytes) => {
      await show(file, bytes.length === 0 ? lines[file].finish() : lines[file].feed(bytes));
    },
    complain: (error) => complainOf(host, error),
  };
}

/** When nobody reads it any more, whoever watches the stream ends the programs; until then what they print is let go. */
async function show(file: 'stdout' | 'stderr', bytes: Uint8Array): Promise<void> {
  if (bytes.length > 0) await print(bytes, STREAMS[file]).catch(() => undefined);
}

function complainOf(host: string, error: unknown): void {
  process.stderr.write(`circuit: ${host}: ${escapeControls(CircuitError.from(error).message)}\n`);
}
