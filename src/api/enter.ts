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

/** Which servers may be gone through. */
export interface Entrances {
  /** The first of these that answers, and the others when it is gone. */
  readonly urls?: readonly ServerUrl[] | undefined;
  /** Any that answers in a group; without it, and without URLs, one of this machine. */
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
export function enter({ urls = [], group }: Entrances, { timeout_ms, late, signal, ...options }: EnterOptions): Promise<DialledCircuit> {
  const isAsked = urls.length === 0 || (group !== undefined && group !== 'none');
  const find = isAsked ? (ended: AbortSignal): Promise<ServerUrl> => findServer(group, options.keys(), ended) : undefined;
  const dial = async (ended: AbortSignal): Promise<DialledCircuit> => {
    const dialled = await dialServer({ urls, find }, { ...options, signal: ended });
    if (ended.aborted) dialled.close(); // nobody waits for it any more
    return dialled;
  };
  return within(timeout_ms, dial, { late: () => new CircuitError('EHOSTDOWN', late), signal });
}
