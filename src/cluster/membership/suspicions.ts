/**
 * Suspicions that are running: each ends with a word from its subject, or with its death.
 *
 * The one who suspects gives a time; whoever overhears it waits more than twice as long, so that the verdict is normally passed once.
 */
import type { Timer } from './timer-queue.js';
import type { PeerLinks } from './peer-links.js';
import { incarnationOf, isLive, stateOf, VOUCHED } from './record.js';
import type { Self } from './self.js';

interface Suspicion {
  readonly incarnation: number;
  readonly own: boolean;
  readonly window_ms: number;
  timer: Timer;
}

export class Suspicions {
  readonly #self: Self;
  readonly #links: PeerLinks;
  readonly #running = new Map<number, Suspicion>();
  readonly #kill: (peer: number) => void;

  constructor(self: Self, links: PeerLinks, kill: (peer: number) => void) {
    this.#self = self;
    this.#links = links;
    this.#kill = kill;
  }

  get size(): number {
    return this.#running.size;
  }

  /** Whether this server itself suspects the other. */
  isOwn(peer: number): boolean {
    return this.#running.get(peer)?.own === true;
  }

  has(peer: number): boolean {
    return this.#running.has(peer);
  }

  window_s(peer: number): number {
    return Math.ceil((this.#running.get(peer)?.window_ms ?? 0) / 1000);
  }

  begin(peer: number, window_ms: number): void {
    this.#start(peer, window_ms, this.#self.health.patience(window_ms), true);
  }

  overhear(peer: number, window_ms: number): void {
    if (this.#running.get(peer)?.own === true) return;
    const { random, health, parameters } = this.#self;
    this.#start(
      peer,
      window_ms,
      health.patience(window_ms * parameters.bystanderFactor) +
        random.between(parameters.bystanderSlackMin_ms, parameters.bystanderSlackMax_ms),
      false,
    );
  }

  end(peer: number): void {
    const suspicion = this.#running.get(peer);
    if (suspicion === undefined) return;
    this.#running.delete(peer);
    this.#self.timers.cancel(suspicion.timer);
  }

  #start(peer: number, window_ms: number, wait_ms: number, own: boolean): void {
    this.end(peer);
    const { view, now_ms } = this.#self;
    const incarnation = incarnationOf(view.version(peer));
    this.#running.set(peer, { incarnation, own, window_ms, timer: this.#after(now_ms + wait_ms, peer) });
  }

  #after(at_ms: number, peer: number): Timer {
    return this.#self.timers.at(at_ms, 'suspicion', () => this.#judge(peer));
  }

  #judge(peer: number): void {
    const suspicion = this.#running.get(peer);
    if (suspicion === undefined) return;
    const { view, now_ms, health } = this.#self;
    if (now_ms < health.quietUntil_ms) {
      suspicion.timer = this.#after(health.quietUntil_ms, peer);
      return;
    }
    this.#running.delete(peer);
    const version = view.version(peer);
    if (!isLive(version) || incarnationOf(version) !== suspicion.incarnation) return;
    if (!suspicion.own && (stateOf(version) === VOUCHED || this.#isFresh(peer))) return;
    this.#kill(peer);
  }

  #isFresh(peer: number): boolean {
    const link = this.#links.to(peer);
    return link !== undefined && !link.doubtful && this.#self.now_ms - link.heard_ms < this.#self.parameters.fresh_ms;
  }
}
