/**
 * What a command prints: on its way when the promise resolves, so that the program may end then and a slow reader holds it back.
 */
import { CircuitError } from '../base/error.js';
import { escapeControls } from '../base/quote.js';

/** @throws CircuitError EPIPE when nobody reads it any more, EIO with what the system says */
export async function print(text: string | Uint8Array, stream: NodeJS.WritableStream = process.stdout): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    stream.write(text, (error) => {
      if (error === null || error === undefined) resolve();
      else reject(unprintable(error));
    });
  });
}

/** Says on stderr what went wrong, in one line that no terminal acts on. */
export function complain(error: unknown): void {
  process.stderr.write(`circuit: ${escapeControls(CircuitError.from(error).message)}\n`);
}

function unprintable(error: NodeJS.ErrnoException): CircuitError {
  const code = error.code === 'EPIPE' ? 'EPIPE' : 'EIO';
  return new CircuitError(code, `the output cannot be written: ${error.message}`, { cause: error });
}
