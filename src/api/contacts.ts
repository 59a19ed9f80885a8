/**
 * The sessions of a client with the servers that it goes through, or tries to.
 */
import { randomBytes } from 'node:crypto';
import { formatAddress, type ServerUrl } from '../base/address.js';
import { SYSTEM_CLOCK } from '../base/clock.js';
import { CircuitError } from '../base/error.js';
import { ownProcess } from '../base/local-process.js';
import { within } from '../base/within.js';
import { ask } from '../remote/calls.js';
import type { Member } from '../tree/server-tree.js';
import { SessionDialler } from '../wire/session/session-dialler.js';
import type { Serve } from '../wire/session/session-handler.js';
import type { Session } from '../wire/session/session.js';
import type { Transport } from '../wire/transport/connection.js';
import type { Log } from '../base/log.js';
import { type Candidate, noneAnswers, notDialled } from './candidates.js';
import { firstOf } from './first-of.js';

/** To learn which server is there. */
const DIAL_MS = 5000;

/** How servers are dialled. */
export interface ContactsOptions {
  readonly transport: Transport;
  readonly patience_ms: number | undefined;
  readonly serve: Serve;
  readonly log: Log;
  /** Finds any server. */
  readonly find: ((signal: AbortSignal) => Promise<ServerUrl>) | undefined;
}

/** A server that has answered, and who is there as it sees them. */
export interface Contact {
  readonly id: string;
  readonly version: number;
  readonly members: readonly Member[];
}

/** How several are tried. */
export interface FirstOptions {
  readonly stagger_ms: number;
  /** For each. */
  readonly limit_ms?: number;
  readonly signal: AbortSignal;
}

/** One session for each server. */
export class Contacts {
  readonly #options: ContactsOptions;
  readonly #self = { id: `C${randomBytes(8).toString('hex')}`, role: 'client' } as const;
  readonly #sessions: SessionDialler;
  readonly #urls = new Map<string, ServerUrl>();

  constructor(options: ContactsOptions) {
    this.#options = options;
    const { transport, serve, patience_ms, log } = options;
    this.#sessions = new SessionDialler({
      self: this.#self,
      transport,
      clock: SYSTEM_CLOCK,
      addressOf: (id) => this.#urls.get(id),
      failedIsDown: true,
      process: ownProcess(),
      ...(patience_ms !== undefined && { patience_ms }),
      drawId: () => randomBytes(16).toString('hex'),
      serve,
      log: ({ peer, event }) => log('info', `session with ${peer}: ${event}`),
    });
  }

  /** The session with that server, begun if there is none. */
  session(id: string): Session {
    return this.#sessions.session(id);
  }

  /** Where a server was reached or tried, with its ID. */
  urlOf(id: string): ServerUrl | undefined {
    const url = this.#urls.get(id);
    return url && { ...url, id };
  }

  /** The first that answers; the sessions with others go with `keepOnly`. @throws CircuitError EHOSTDOWN, EACCES; the signal's reason */
  async first(candidates: readonly Candidate[], { limit_ms, ...options }: FirstOptions): Promise<Contact> {
    const attempt = (candidate: Candidate, signal: AbortSignal): Promise<Contact> => {
      if (limit_ms === undefined) return this.#answer(candidate, signal);
      const who = candidate === 'anybody' ? 'any server' : formatAddress(candidate);
      const late = (): CircuitError => new CircuitError('EHOSTDOWN', `${who} has not answered within ${limit_ms} ms`);
      return within(limit_ms, (given) => this.#answer(candidate, given), { late, signal });
    };
    try {
      return await firstOf(candidates, attempt, options);
    } catch (error) {
      throw Array.isArray(error) ? noneAnswers(error) : error;
    }
  }

  /** Sessions with any but this server end. */
  keepOnly(id: string): void {
    for (const other of this.#urls.keys()) {
      if (other === id) continue;
      this.#urls.delete(other);
      this.#sessions.peerDied(other);
    }
  }

  close(reason: CircuitError): void {
    this.#sessions.close(reason);
  }

  async #answer(candidate: Candidate, signal: AbortSignal): Promise<Contact> {
    const url = candidate === 'anybody' ? await this.#options.find?.(signal) : candidate;
    if (url === undefined) throw new CircuitError('EHOSTDOWN', 'there is no server to be found');
    try {
      const id = url.id === '' ? await this.#whoIsThere(url, signal) : url.id;
      signal.throwIfAborted();
      this.#urls.set(id, url);
      const { version, members } = await ask(this.#sessions.session(id), 'members', [0], { signal });
      return { id, version, members: members.map(memberOf) };
    } catch (error) {
      throw signal.aborted ? signal.reason : notDialled(url, error);
    }
  }

  async #whoIsThere(url: ServerUrl, signal: AbortSignal): Promise<string> {
    const hello = { ...this.#self, purpose: 'probe' } as const;
    const connection = await this.#options.transport.dial({ address: url, hello, timeout_ms: DIAL_MS, signal });
    connection.receive({ message: () => undefined, closed: () => undefined });
    connection.close();
    return connection.hello.id;
  }
}

/** As a server tells of it. */
export function memberOf({ joined_ms, ...member }: Omit<Member, 'joined'> & { readonly joined_ms: number }): Member {
  return { ...member, joined: new Date(joined_ms) };
}
