/**
 * What an anchor's file `error` says of an operation that failed: of a command, or of a read or write of an open file.
 */
import type { Anchor } from './anchor.js';
import type { Awaitable, ByteReader, ByteWriter, TransferOptions, WaitOptions } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import { ERROR_COMMAND_MAX, SENTENCE_MAX } from '../base/limits.js';
import { escapeControls } from '../base/quote.js';

/** Makes a failure the anchor's last error, unless it is that the caller was interrupted. */
export function blame(anchor: Anchor, operation: string, reason: unknown): void {
  const error = CircuitError.from(reason);
  if (error.code !== 'EINTR') setLastError(anchor, operation, error);
}

type Report = (error: unknown) => void;

/** Has the failures of an open file reported on their way to its caller. It remains the same object, so that nothing that it can is lost. */
export function reportRead<R extends ByteReader>(reader: R, report: Report): R {
  reader.read = reported(reader.read.bind(reader), report);
  return reader;
}

/** As `reportRead`. */
export function reportWrite<W extends ByteWriter>(writer: W, report: Report): W {
  writer.write = reported(writer.write.bind(writer), report);
  if (writer.end !== undefined) writer.end = reported(writer.end.bind(writer), report);
  return writer;
}

type Transfer<What, Answer> = (what: What, options?: TransferOptions) => Awaitable<Answer>;

/** The call, whose failure is reported, unless it is that the caller no longer wants an answer. */
function reported<What, Answer>(call: Transfer<What, Answer>, report: Report): Transfer<What, Answer> {
  return (what, options) => {
    try {
      const answer = call(what, options);
      if (!(answer instanceof Promise)) return answer;
      // It has waited, so the signal is there already: looking at it costs nothing.
      return answer.catch((error: unknown) => {
        if (!isRefusal(error, options) && options?.signal?.aborted !== true) report(error);
        throw error;
      });
    } catch (error) {
      if (!isRefusal(error, options)) report(error);
      throw error;
    }
  };
}

/** Being told to come again is no failure for a caller that asked not to wait. */
function isRefusal(error: unknown, options: WaitOptions | undefined): boolean {
  return options?.nonblock === true && error instanceof CircuitError && error.code === 'EAGAIN';
}

/** One sentence with time and command. */
export function setLastError(anchor: Anchor, operation: string, { code, message }: CircuitError): void {
  const what = `${operation.trim().slice(0, ERROR_COMMAND_MAX)}: ${message.slice(0, SENTENCE_MAX)}`;
  anchor.lastError = escapeControls(`${new Date().toISOString()} ${what} (${code})`);
}

/** An operation in words, as it may be repeated to all who may read `error`. */
export function told(operation: string, args: unknown): string {
  if (args === undefined) return operation;
  return `${operation} ${isWords(args) ? args.join(' ') : JSON.stringify(args)}`;
}

function isWords(args: unknown): args is readonly string[] {
  return Array.isArray(args) && args.every((word) => typeof word === 'string');
}
