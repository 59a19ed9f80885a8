/**
 * Standard input of a command, as bytes.
 */
import { CircuitError } from '../base/error.js';
import type { Console } from '../console/console.js';

/** @throws CircuitError EIO for what cannot be read, such as a directory; what it was destroyed with */
export async function* input({ stdin }: Pick<Console, 'stdin'>): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const chunk of stdin as AsyncIterable<Uint8Array>) yield chunk;
  } catch (error) {
    if (error instanceof CircuitError) throw error;
    throw new CircuitError('EIO', `standard input cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
