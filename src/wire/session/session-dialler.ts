/**
 * The dialling side of sessions: one to each peer, made on demand, redialled while its connection is broken, closed when idle.
 */
import { CircuitError } from '../../base/error.js';
import { SESSION_RESUME_MS } from '../../base/limits.js';
import { DialledSession, type SessionDiallerOptions } from './dialled-session.js';
import { Session } from './session.js';
import { SessionTicker } from './session-ticker.js';

export class SessionDialler {
  readonly #options: SessionDiallerOptions;
  readonly #ticker: SessionTicker;
  /** All that are not over, with their peers; those that are closing stand beside their successors. */
  readonly #dialled = new Map<DialledSession, string>();
  readonly #present = new Map<string, DialledSession>();
  #closed: CircuitError | undefined = undefined;

  constructor(options: SessionDiallerOptions) {
    this.#options = options;
    this.#ticker = new SessionTicker(options.clock);
  }

  /** How many sessions there are. */
  get size(): number {
    return this.#dialled.size;
  }

  /** The open session to that server, made and dialled if there is none: calls wait until it is connected. */
  session(id: string): Session {
    const present = this.#present.get(id);
    if (present?.session.open === true) return present.session;
    if (this.#closed !== undefined) return this.#over(id, this.#closed);
    const dialled: DialledSession = new DialledSession(id, {
      ...this.#options,
      ticker: this.#ticker,
      patience_ms: this.#options.patience_ms ?? SESSION_RESUME_MS,
      ended: () => {
        this.#dialled.delete(dialled);
        if (this.#present.get(id) === dialled) this.#present.delete(id);
      },
    });
    this.#dialled.set(dialled, id);
    this.#present.set(id, dialled);
    dialled.connect();
    return dialled.session;
  }

  /** The server is dead: its session ends with EHOSTDOWN at once. */
  peerDied(id: string): void {
    for (const [dialled, peer] of this.#dialled) if (peer === id) dialled.session.end(new CircuitError('EHOSTDOWN', `${id} died`));
  }

  /** Fails all calls, now and from now on, while the peers do not know: `close` is to follow. */
  forsake(reason: CircuitError = this.#stops): void {
    this.#closed = reason;
    for (const dialled of this.#dialled.keys()) dialled.session.forsake(reason);
  }

  /** Ends all sessions; afterwards `session` gives sessions that are over. */
  close(reason: CircuitError = this.#stops): void {
    this.#closed = reason;
    for (const dialled of this.#dialled.keys()) dialled.session.end(reason);
  }

  get #stops(): CircuitError {
    return new CircuitError('EHOSTDOWN', `${this.#options.self.id} stops`);
  }

  #over(id: string, reason: CircuitError): Session {
    const session = new Session({ peer: { id, role: 'server' }, serve: this.#options.serve, pending: () => undefined });
    session.end(reason);
    return session;
  }
}
