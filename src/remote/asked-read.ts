/**
 * A read that the other side has been asked for, and what becomes of it.
 */
import type { Cancellation } from '../base/cancellation.js';
import { NO_BYTES } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import { Data } from '../wire/session/bulk.js';
import type { Caller } from '../wire/session/session-handler.js';
import type { Arrival } from './arrivals.js';
import { ask } from './calls.js';

export interface AskedRead {
  readonly cancel: Cancellation;
  /** Of the read-ahead budget. */
  readonly budget_bytes: number;
  /** How many packets may come ahead. */
  readonly ahead: number;
}

interface ReadAnswer {
  /** Undefined: the read was cancelled in time, and has taken nothing. */
  readonly arrival: Arrival | undefined;
  /** Those that came ahead. */
  readonly packets: readonly Uint8Array[];
}

/** Asks. @param unsettled told when a cancelled one takes its time */
export async function askRead(
  caller: Caller,
  { cancel: signal, ahead }: AskedRead,
  [handle, most, flags]: readonly [handle: number, most: number, flags: number],
  unsettled: () => void,
): Promise<ReadAnswer> {
  try {
    if (ahead === 0) return { arrival: await ask(caller, 'read', [handle, most, flags], { signal, unsettled }), packets: [] };
    const [first = NO_BYTES, ...packets] = await ask(caller, 'receive', [handle, most, ahead, flags], { signal, unsettled });
    return { arrival: new Data(first, false), packets };
  } catch (error) {
    return { arrival: error === signal.reason && signal.aborted ? undefined : CircuitError.from(error), packets: [] };
  }
}
