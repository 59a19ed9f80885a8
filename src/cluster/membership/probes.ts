/**
 * Probes: fresh dials that find out whether a server is up, for this server's own verifications and on behalf of a neighbour.
 */
import { type Dials, outcomeOf } from './dials.js';
import type { HelloNote, Outcome } from './gossip-message.js';
import type { DialReason } from './part-event.js';
import type { PeerLink, PeerLinks } from './peer-links.js';
import type { Token } from './protocol.js';
import type { Self } from './self.js';
import type { ViewUpdates } from './view-updates.js';
import type { DialFailure } from '../../wire/transport/connection.js';

type HelpReason = Extract<DialReason, { for: 'help' }>;

export class Probes {
  readonly #self: Self;
  readonly #links: PeerLinks;
  readonly #dials: Dials;
  readonly #updates: ViewUpdates;

  constructor(self: Self, links: PeerLinks, dials: Dials, updates: ViewUpdates) {
    this.#self = self;
    this.#links = links;
    this.#dials = dials;
    this.#updates = updates;
  }

  start(peer: number, reason: DialReason): Token {
    return this.#dials.start({
      address: this.#self.addressOf(peer),
      id: this.#self.idOf(peer),
      purpose: 'probe',
      note: this.#self.note(peer, this.#links.healthy),
      timeout_ms: this.#self.parameters.verify_ms,
      reason,
    });
  }

  cancel(token: Token | undefined): void {
    this.#dials.cancel(token);
  }

  /** The server answered: takes what it says about itself and about this server. */
  reached(token: Token, note: HelloNote): void {
    this.#self.effects.close(token);
    this.#updates.refute(note.you);
    this.#updates.hear(note.self, undefined);
  }

  /** A neighbour asks this server to dial another one. A witness reports what it observed itself, not what it was told. */
  help(link: PeerLink, id: string): void {
    const { view, number, now_ms, parameters } = this.#self;
    const peer = view.identities.find(id);
    if (peer < 0 || view.version(peer) === 0) return this.#answer(link.token, id, 'local');
    if (peer === number) return this.#answer(link.token, id, 'reached');
    const known = this.#links.to(peer);
    if (known !== undefined && !known.doubtful && now_ms - known.heard_ms < parameters.heardNow_ms)
      return this.#answer(link.token, id, 'reached');
    this.start(peer, { for: 'help', asker: link.token, id });
  }

  helpSucceeded({ asker, id }: HelpReason, token: Token, note: HelloNote): void {
    this.reached(token, note);
    this.#answer(asker, id, 'reached');
  }

  helpFailed({ asker, id }: HelpReason, failure: DialFailure): void {
    this.#answer(asker, id, outcomeOf(failure));
  }

  #answer(asker: Token, id: string, outcome: Outcome): void {
    this.#self.effects.send(asker, { kind: 'answer', id, outcome });
  }
}
