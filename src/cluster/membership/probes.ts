/**
 * Fresh dials that find out whether a server is there: this server's own, and those that a neighbour asks for.
 */
import { type Dials, outcomeOf } from './dials.js';
import type { ViewUpdates } from './view-updates.js';
import type { PeerLink, PeerLinks } from './peer-links.js';
import type { Outcome } from './gossip-message.js';
import type { Token } from './protocol.js';
import type { Self } from './self.js';

export interface ProbeEvents {
  /** Its kernel has answered. */
  readonly connected?: () => void;
  readonly ended: (outcome: Outcome) => void;
}

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

  start(peer: number, { connected, ended }: ProbeEvents): Token {
    return this.#dials.start({
      address: this.#self.addressOf(peer),
      id: this.#self.idOf(peer),
      purpose: 'probe',
      note: this.#self.note(peer, this.#links.healthy),
      timeout_ms: this.#self.parameters.verify_ms,
      ...(connected === undefined ? {} : { connected }),
      established: (token, _id, note) => {
        this.#self.effects.close(token);
        this.#updates.refute(note.you);
        this.#updates.hear(note.self, undefined);
        ended('reached');
      },
      failed: (failure) => ended(outcomeOf(failure)),
    });
  }

  cancel(token: Token | undefined): void {
    this.#dials.cancel(token);
  }

  /** A neighbour asks this server to dial another one. */
  help(link: PeerLink, id: string): void {
    const { view, number, now_ms, effects } = this.#self;
    const peer = view.identities.find(id);
    const answer = (outcome: Outcome): void => effects.send(link.token, { kind: 'answer', id, outcome });
    // A witness says what it has seen itself, not what it has heard.
    if (peer < 0 || view.version(peer) === 0) return answer('local');
    if (peer === number) return answer('reached');
    const known = this.#links.to(peer);
    if (known !== undefined && !known.doubtful && now_ms - known.heard_ms < this.#self.parameters.heardNow_ms) return answer('reached');
    this.start(peer, { ended: answer });
  }
}
