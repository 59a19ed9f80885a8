/**
 * Bytes that are not UTF-8: a program that got other bytes than were typed would act on another file. Node replaces them, so they are refused.
 */
import { CircuitError } from '../../base/error.js';
import { textOf } from '../../command/word.js';

const REPLACED = '\ufffd';

/** @throws CircuitError EINVAL for an argument whose bytes were replaced when this program was started */
export function checkArguments(args: readonly string[], asGiven: () => readonly Buffer[]): void {
  if (!args.some((arg) => arg.includes(REPLACED))) return;
  for (const bytes of asGiven().slice(-args.length)) textOf({ bytes });
}

/** All text of standard input. @throws CircuitError EINVAL if it is not UTF-8 */
export async function readInput(input: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of input) chunks.push(chunk);
  try {
    return textOf({ bytes: Buffer.concat(chunks) });
  } catch (error) {
    throw new CircuitError('EINVAL', 'invalid standard input: expected UTF-8', { cause: error });
  }
}
