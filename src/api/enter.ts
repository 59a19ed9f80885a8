/**
 * Entering a circuit in a limited time: finds one of its servers, if none is named, and dials it. Programs and the command line differ in how they
 * are told which server and which keys; from there on they share this.
 */
import type { ServerUrl } from '../base/address.js';
import { CircuitError } from '../base/error.js';
import { within } from '../base/within.js';
import type { Group } from '../cluster/discovery/group.js';
import { type CircuitDialOptions, type DialledCircuit, dialServer } from './dial-server.js';
import { findServer } from './find.js';

/** Which server to go through: a URL, or any that answers in a group; by default one of this machine. */
export interface Way {
  readonly url?: ServerUrl | undefined;
  readonly group?: Group | 'none' | undefined;
}

/** How a circuit is entered, and for how long that is tried. */
export interface EnterOptions extends CircuitDialOptions {
  /** For finding a server and the first contact. */
  readonly timeout_ms: number;
  /** What the failure says when that is over. */
  readonly late: string;
}

/** @throws CircuitError EHOSTDOWN when nobody answers in time; what finding and dialling fail with; the signal's reason */
export function enter({ url, group }: Way, { timeout_ms, late, signal, ...options }: EnterOptions): Promise<DialledCircuit> {
  const dial = async (ended: AbortSignal): Promise<DialledCircuit> => {
    const server = url ?? (await findServer(group, options.keys(), ended));
    const dialled = await dialServer(server, { ...options, signal: ended });
    if (ended.aborted) dialled.close(); // nobody waits for it any more
    return dialled;
  };
  return within(timeout_ms, dial, { late: () => new CircuitError('EHOSTDOWN', late), signal });
}
