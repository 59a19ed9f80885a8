/**
 * Standard input for several programs at once: each gets all of it, and the slowest one holds it back. One that reads no more is left out.
 */
import type { ByteWriter } from '../../base/bytes.js';
import { writeAll } from '../../api/streams.js';

/** Resolves when the input has ended, or nobody reads it any more, or the signal is aborted; then every writer is closed. */
export async function broadcast(input: AsyncIterable<Uint8Array>, writers: readonly ByteWriter[], signal: AbortSignal): Promise<void> {
  const open = new Set(writers);
  try {
    if (open.size === 0) return;
    for await (const chunk of input) {
      await Promise.all([...open].map(async (writer) => writeAll(writer, chunk, { signal }).catch(() => open.delete(writer))));
      if (open.size === 0 || signal.aborted) return;
    }
  } finally {
    for (const writer of writers) writer.close();
  }
}
