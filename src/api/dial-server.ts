/**
 * A circuit seen by a program that is no server: everything goes through the one server that it dialled, over one connection that leads out, and
 * nothing ever connects to it.
 */
import { randomBytes } from 'node:crypto';
import { setImmediate, setTimeout as delay } from 'node:timers/promises';
import { formatAddress, type ServerUrl } from '../base/address.js';
import { CircuitError } from '../base/error.js';
import { SYSTEM_CLOCK } from '../base/clock.js';
import type { Log } from '../wire/transport/rate-limited-log.js';
import { DialError } from '../wire/transport/connection.js';
import { Dialler } from '../wire/transport/dialler.js';
import type { Keyring } from '../wire/transport/keyring.js';
import { ask } from '../remote/calls.js';
import { SessionDialler } from '../wire/session/session-dialler.js';
import { Circuit } from './circuit.js';
import { LiveDirectory } from '../remote/directory.js';
import { RemoteTrees } from '../remote/remote-trees.js';
import type { Member } from '../tree/server-tree.js';

/** To learn which server is there. */
const DIAL_MS = 5000;
/** Between two attempts to hear who is there. */
const RETRY_MS = 1000;
const ALIVE_MS = 60_000;
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

/**
 * Dials a server; its ID may lack in the URL.
 * @throws CircuitError EHOSTDOWN, EACCES with why it cannot be reached; the signal's reason
 */
export async function dialServer(
  url: ServerUrl,
  { keys, patience_ms, log = () => undefined, signal }: CircuitDialOptions,
): Promise<DialledCircuit> {
  const self = { id: `C${randomBytes(8).toString('hex')}`, role: 'client' } as const;
  const transport = new Dialler({ keys, log });
  // Who names the server needs no contact before the session itself.
  const id = url.id === '' ? await whoIsThere(url, transport, self, signal) : url.id;
  const sessions: SessionDialler = new SessionDialler({
    self,
    transport,
    clock: SYSTEM_CLOCK,
    addressOf: () => url,
    failedIsDown: true,
    ...(patience_ms !== undefined && { patience_ms }),
    drawId: () => randomBytes(16).toString('hex'),
    serve: (session) => trees.serve(session),
    log: ({ event }) => log('info', `session with ${id}: ${event}`),
  });
  const trees: RemoteTrees = new RemoteTrees(() => sessions.session(id));
  const ended = new AbortController();
  // Between two attempts to reach a server that is gone nothing else would keep the program that waits for it.
  const alive = setInterval(() => undefined, ALIVE_MS);
  const directory = new LiveDirectory(trees.tree(id), trees, []);
  const close = (): void => {
    ended.abort(new CircuitError('EHOSTDOWN', 'this client has let go of the circuit'));
    sessions.close();
    clearInterval(alive);
  };
  const leave = async (): Promise<void> => {
    // Calls and notes arrive in order: when this is answered, all before has come.
    if (!ended.signal.aborted)
      await ask(sessions.session(id), 'sync', [], { signal: AbortSignal.timeout(LEAVE_MS) }).catch(() => undefined);
    close();
    await setImmediate(); // the farewell leaves through TLS in the next turn
  };
  try {
    const version = await learnMembers(sessions, id, directory, 0, signal);
    void follow(sessions, id, directory, version, ended.signal);
  } catch (error) {
    close();
    throw error instanceof CircuitError && error.cause instanceof DialError ? notDialled(url, error.cause) : error;
  }
  return { circuit: new Circuit(directory, { leave }), keysChanged: () => transport.keysChanged(), close, leave };
}

async function whoIsThere(
  url: ServerUrl,
  transport: Dialler,
  self: { readonly id: string; readonly role: 'client' },
  signal: AbortSignal | undefined,
): Promise<string> {
  try {
    const hello = { ...self, purpose: 'probe' } as const;
    const connection = await transport.dial({ address: url, hello, timeout_ms: DIAL_MS, signal });
    connection.receive({ message: () => undefined, closed: () => undefined });
    connection.close();
    return connection.hello.id;
  } catch (error) {
    throw error instanceof DialError ? notDialled(url, error) : error;
  }
}

function notDialled(url: ServerUrl, error: DialError): CircuitError {
  const code = error.failure === 'key' ? 'EACCES' : 'EHOSTDOWN';
  return new CircuitError(code, `${formatAddress(url)} cannot be dialled: ${error.message}`, { cause: error });
}

/** Returns the version that was learnt. */
async function learnMembers(
  sessions: SessionDialler,
  id: string,
  directory: LiveDirectory,
  since: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  const { version, members } = await ask(sessions.session(id), 'members', [since], { signal });
  directory.update(members.map(({ joined_ms, ...member }): Member => ({ ...member, joined: new Date(joined_ms) })));
  return version;
}

/** Keeps the list of servers true, for as long as the server that was dialled can be asked. */
async function follow(sessions: SessionDialler, id: string, directory: LiveDirectory, version: number, signal: AbortSignal): Promise<void> {
  for (let known = version; !signal.aborted;) {
    try {
      known = await learnMembers(sessions, id, directory, known, signal);
    } catch {
      known = 0; // whoever answers next tells all
      await delay(RETRY_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}
