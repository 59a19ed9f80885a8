/**
 * What has changed under a name that the kernel had kept: see `EntryBase` of the engine.
 */
import { CircuitError } from '../../src/base/error.js';

/** @param instead what those are told who did not come by a name */
export function stale(instead: CircuitError): CircuitError {
  return new CircuitError('ESTALE', instead.message, { cause: instead });
}
