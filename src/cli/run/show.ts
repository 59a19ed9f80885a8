/**
 * Shows what the programs print: as it is, or whole lines with the host's name in front; stderr on stderr.
 */
import type { Console } from '../../console/console.js';
import { complain, print } from '../output.js';
import { TaggedLines } from './lines.js';
import type { Sink } from './remote.js';

/** Bytes as they come, for one host. */
export function plainSink(console: Console, host: string): Sink {
  return {
    take: async (file, bytes) => show(console, file, bytes),
    complain: (error) => void complain(console, error, `${host}: `),
  };
}

/** Whole lines. @param tag the host's name, or nothing */
export function lineSink(console: Console, host: string, tag: string): Sink {
  const lines = { stdout: new TaggedLines(tag), stderr: new TaggedLines(tag) };
  return {
    take: async (file, bytes) => {
      await show(console, file, bytes.length === 0 ? lines[file].finish() : lines[file].feed(bytes));
    },
    complain: (error) => void complain(console, error, `${host}: `),
  };
}

/** When nobody reads it any more, whoever watches the stream ends the programs; until then what they print is let go. */
async function show(console: Console, file: 'stdout' | 'stderr', bytes: Uint8Array): Promise<void> {
  if (bytes.length > 0) await print(console[file], bytes).catch(() => undefined);
}
