/**
 * What a failed call to the Docker engine means to a user: a code for programs, and the engine's own sentence or what to do.
 */
import { CircuitError, type ErrorCode } from '../../base/error.js';

/** Why the engine refused, by what its sentence says. It has no codes for these: runc's words come through. */
const SENTENCES: readonly (readonly [RegExp, ErrorCode])[] = [
  [/no such file or directory|executable file not found|not a directory/i, 'ENOENT'],
  [/permission denied/i, 'EACCES'],
];
const STATUSES: Readonly<Record<number, ErrorCode>> = { 400: 'EINVAL', 404: 'ENOENT', 409: 'EEXIST' };

/** The HTTP status that the engine answered with; undefined if it did not answer. */
export function statusOf(error: unknown): number | undefined {
  return typeof error === 'object' && error !== null && 'statusCode' in error && typeof error.statusCode === 'number'
    ? error.statusCode
    : undefined;
}

/** Whether the call came to nothing because there was no engine to answer it. */
export function isAway(error: unknown): boolean {
  return !(error instanceof CircuitError) && statusOf(error) === undefined;
}

/** Whether a call that failed may have been carried out all the same: it was sent, and not answered. */
export function isInDoubt(error: unknown): boolean {
  if (!(error instanceof CircuitError) || error.code !== 'EIO' || !isAway(error.cause)) return false;
  return (error.cause as NodeJS.ErrnoException | undefined)?.syscall !== 'connect';
}

/** @param engine where it is, for the sentence */
export function engineError(error: unknown, engine: string): CircuitError {
  if (error instanceof CircuitError) return error;
  const status = statusOf(error);
  if (status === undefined) return awayError(error, engine);
  const sentence = sentenceOf(error);
  const code = SENTENCES.find(([pattern]) => pattern.test(sentence))?.[1] ?? STATUSES[status] ?? 'EIO';
  return new CircuitError(code, `Docker: ${sentence}`, { cause: error });
}

function awayError(error: unknown, engine: string): CircuitError {
  const { code = 'no answer', name } = error as NodeJS.ErrnoException;
  const options = { cause: error };
  if (code === 'EACCES') return new CircuitError('EACCES', `this server may not use the Docker engine at ${engine}`, options);
  if (name === 'AbortError') return new CircuitError('EIO', `the Docker engine at ${engine} does not answer`, options);
  return new CircuitError('EIO', `the Docker engine at ${engine} cannot be reached (${code}): is it running?`, options);
}

/** The engine's own words, without what the client put around them. */
function sentenceOf(error: unknown): string {
  const { json, message } = error as { readonly json?: unknown; readonly message?: string };
  if (typeof json === 'object' && json !== null && 'message' in json && typeof json.message === 'string') return json.message.trim();
  return (message ?? 'it failed').trim();
}
