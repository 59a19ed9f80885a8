/**
 * A circuit seen by a program that is no server: everything goes through one server at a time, the one that it dialled or, when that is gone, another,
 * over one connection that leads out, and nothing ever connects to it.
 */
import { setImmediate } from 'node:timers/promises';
import type { ServerUrl } from '../base/address.js';
import { CircuitError } from '../base/error.js';
import { ask } from '../remote/calls.js';
import { LiveDirectory } from '../remote/directory.js';
import { RemoteTrees } from '../remote/remote-trees.js';
import { SurvivingTrees } from '../remote/surviving-tree.js';
import { Dialler } from '../wire/transport/dialler.js';
import type { Keyring } from '../wire/transport/keyring.js';
import type { Log } from '../base/log.js';
import { Circuit } from './circuit.js';
import { ServerWay } from './server-way.js';

/** For the server to confirm what was said last. */
const LEAVE_MS = 1000;

/** How a server is dialled. */
export interface CircuitDialOptions {
  /** The circuit's keys of now; undefined: without one. */
  readonly keys: () => Keyring | undefined;
  /** How long all outlives a broken connection, in ms; 60 s at most, and if absent. */
  readonly patience_ms?: number | undefined;
  readonly log?: Log;
  readonly signal?: AbortSignal | undefined;
}

/** A circuit that was dialled. */
export interface DialledCircuit {
  readonly circuit: Circuit;
  /** The keys are others now. */
  keysChanged(): void;
  /** Lets go of everything; calls that wait end with EHOSTDOWN. Idempotent. */
  close(): void;
  /** As `close`, after what was said last has arrived, for a program that ends then. Idempotent. */
  leave(): Promise<void>;
}

/** Which servers may be gone through. */
export interface Servers {
  /** In the order in which they are tried; an ID may lack. */
  readonly urls: readonly ServerUrl[];
  /** Finds any other; absent if none is to be looked for. */
  readonly find?: ((signal: AbortSignal) => Promise<ServerUrl>) | undefined;
}

/**
 * Dials the first server that answers.
 * @throws CircuitError EHOSTDOWN, EACCES with why it cannot be reached; the signal's reason
 */
export async function dialServer(
  { urls, find }: Servers,
  { keys, patience_ms, log = () => undefined, signal }: CircuitDialOptions,
): Promise<DialledCircuit> {
  const transport = new Dialler({ keys, log });
  const trees: RemoteTrees = new RemoteTrees(() => way.session);
  let directory: LiveDirectory | undefined;
  const way: ServerWay = new ServerWay({
    transport,
    urls,
    find,
    patience_ms,
    serve: (session) => trees.serve(session),
    log,
    entered: (id) => {
      directory ??= new LiveDirectory(surviving.tree(id), surviving, []);
      directory.goThrough(surviving.tree(id));
    },
    changed: (members) => directory?.update(members),
  });
  const surviving = new SurvivingTrees(trees, way);
  const close = (): void => {
    if (!way.closed) way.close(new CircuitError('EHOSTDOWN', 'this client has let go of the circuit'));
  };
  const leave = async (): Promise<void> => {
    // Calls and notes arrive in order: when this is answered, all before has come.
    if (way.isOpen) await ask(way.session, 'sync', [], { signal: AbortSignal.timeout(LEAVE_MS) }).catch(() => undefined);
    close();
    await setImmediate(); // the farewell leaves through TLS in the next turn
  };
  try {
    directory = await way.enter(signal).then(() => directory);
    if (directory === undefined) throw new CircuitError('EHOSTDOWN', 'no server answers');
  } catch (error) {
    close();
    throw error;
  }
  return { circuit: new Circuit(directory, { leave }), keysChanged: () => transport.keysChanged(), close, leave };
}
