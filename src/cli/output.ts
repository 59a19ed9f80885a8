/**
 * What a command prints: on its way when the promise resolves, so that the program may end then and a slow reader holds it back.
 */
import { constants } from 'node:os';
import { CircuitError } from '../base/error.js';
import { escapeControls } from '../base/quote.js';
import type { ConsoleOutput, Console } from '../console/console.js';

/** Output that cannot be written. */
export class OutputError extends CircuitError {
  /** Its reader has gone away, as `head` does: no news. A full disk is. */
  readonly isUnread: boolean;
  /** The exit status of a command that ends by this. */
  readonly status: number;

  constructor(cause: NodeJS.ErrnoException) {
    const isUnread = cause.code === 'EPIPE';
    super(isUnread ? 'EPIPE' : 'EIO', `the output cannot be written: ${cause.message}`, { cause });
    this.isUnread = isUnread;
    this.status = isUnread ? 128 + constants.signals.SIGPIPE : 1;
  }
}

/** @throws OutputError when nobody reads it any more, or the system does not take it */
export async function print(stream: ConsoleOutput, text: string | Uint8Array): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    stream.write(text, (error) => {
      if (error === null || error === undefined) resolve();
      else reject(new OutputError(error));
    });
  });
}

/** Says on stderr what went wrong, in one line that no terminal acts on. Resolves when it is written, or cannot be; never rejects. */
export async function complain({ stderr }: Pick<Console, 'stderr'>, error: unknown, about = ''): Promise<void> {
  const line = `circuit: ${about}${escapeControls(CircuitError.from(error).message)}\n`;
  await print(stderr, line).catch(() => undefined);
}
