/**
 * A change of another server's tree. If it cannot be known whether it was carried out, since its caller was interrupted or its server gave no sign of
 * life, its caller is told so, and so is the file `error` of the anchor, as soon as its server is there again.
 */
import type { Credentials, WaitOptions } from '../base/bytes.js';
import { deferred } from '../base/deferred.js';
import { CircuitError, InterruptedError, isCircuitError } from '../base/error.js';
import { ERROR_COMMAND_MAX, SENTENCE_MAX } from '../base/limits.js';
import type { AnchorPath } from '../tree/server-tree.js';
import type { Caller, CallOptions } from '../wire/session/session-handler.js';
import { ask, type CallArguments, credentialsOf } from './calls.js';

/** How long a change, or a question of a look-up, waits for a server that gives no sign of life, in ms: the kernel holds the directory's lock. */
const SILENCE_MS = 5000;
/** Ends the message of a change that failed and may have been carried out. The server through which a client asks may have added it already. */
const DOUBT = '; it is not known whether it was carried out';

/** Changes that the tree shows. */
export type Change = 'mkdir' | 'rmdir' | 'make' | 'scrub' | 'perform';

/** A change as the file `error` tells of it. */
export interface About {
  /** Of the server that is asked. */
  readonly server: string;
  /** The anchor whose file it is. */
  readonly path: AnchorPath;
  readonly operation: string;
  readonly credentials: Credentials;
}

/** Of a question or a change: a server that gives no sign of life is not waited for. */
export function briefly(options?: WaitOptions): CallOptions {
  return { signal: options?.signal, silence_ms: SILENCE_MS };
}

/** @param settled called when the server has answered, also after the caller has left. @throws CircuitError what the change fails with */
export async function makeChange<C extends Change>(
  caller: Caller,
  name: C,
  args: CallArguments<C>,
  about: About,
  settled: () => void,
  options?: WaitOptions,
): Promise<void> {
  try {
    const left = deferred<never>();
    left.promise.catch(() => undefined); // it may be left when nobody waits any more
    const unsettled = (): void => {
      reportUncertain(caller, about, new InterruptedError(`interrupted${DOUBT}`));
      left.reject(options?.signal?.reason);
    };
    const fate = ask(caller, name, args, { ...briefly(options), unsettled }).finally(settled);
    await Promise.race([fate, left.promise]);
  } catch (error) {
    if (!isCircuitError(error, 'EHOSTDOWN') || error.message.endsWith(DOUBT)) throw error;
    const uncertain = new CircuitError('EHOSTDOWN', error.message + DOUBT, { cause: error });
    reportUncertain(caller, about, uncertain);
    throw uncertain;
  }
}

/** In the same session, behind the change itself: it gets there if the server goes on, and the anchor is still there. */
function reportUncertain(caller: Caller, { server, path, operation, credentials }: About, { code, message }: CircuitError): void {
  const told = operation.slice(0, ERROR_COMMAND_MAX);
  ask(caller, 'report', [server, [...path], told, code, message.slice(0, SENTENCE_MAX), credentialsOf(credentials)]).catch(() => undefined);
}
