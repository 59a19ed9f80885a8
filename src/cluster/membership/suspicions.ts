/**
 * Running suspicions. Each ends when its subject is heard, when it refutes, or when its window expires, which emits `suspicionExpired`.
 *
 * The suspector announces its window; a bystander waits more than twice as long, so that normally one server alone passes the verdict.
 */
import { incarnationOf, isLive, stateOf, VOUCHED } from './record.js';
import type { PeerLinks } from './peer-links.js';
import type { Self } from './self.js';
import type { Timer } from './timer-queue.js';

interface Suspicion {
  readonly incarnation: number;
  /** Whether this server is the suspector. */
  readonly own: boolean;
  readonly window_ms: number;
  timer: Timer;
}

export class Suspicions {
  readonly #self: Self;
  readonly #links: PeerLinks;
  readonly #running = new Map<number, Suspicion>();

  constructor(self: Self, links: PeerLinks) {
    this.#self = self;
    this.#links = links;
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

  /** The suspector's window, as announced to others. */
  window_s(peer: number): number {
    return Math.ceil((this.#running.get(peer)?.window_ms ?? 0) / 1000);
  }

  begin(peer: number, window_ms: number): void {
    this.#start(peer, window_ms, this.#self.health.patience(window_ms), true);
  }

  /** Another server suspects the peer. */
  overhear(peer: number, window_ms: number): void {
    if (this.isOwn(peer)) return;
    const { random, health, parameters } = this.#self;
    const { bystanderFactor, bystanderSlackMin_ms, bystanderSlackMax_ms } = parameters;
    const slack_ms = random.between(bystanderSlackMin_ms, bystanderSlackMax_ms);
    this.#start(peer, window_ms, health.patience(window_ms * bystanderFactor) + slack_ms, false);
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
    this.#running.set(peer, { incarnation, own, window_ms, timer: this.#expireAt(now_ms + wait_ms, peer) });
  }

  #expireAt(at_ms: number, peer: number): Timer {
    return this.#self.timers.at(at_ms, 'suspicion', () => this.#expire(peer));
  }

  #expire(peer: number): void {
    const suspicion = this.#running.get(peer);
    if (suspicion === undefined) return;
    const { view, now_ms, health } = this.#self;
    if (now_ms < health.quietUntil_ms) {
      suspicion.timer = this.#expireAt(health.quietUntil_ms, peer);
      return;
    }
    this.#running.delete(peer);
    const version = view.version(peer);
    if (!isLive(version) || incarnationOf(version) !== suspicion.incarnation) return;
    if (!suspicion.own && (stateOf(version) === VOUCHED || this.#isFresh(peer))) return;
    this.#self.emit({ kind: 'suspicionExpired', peer });
  }

  #isFresh(peer: number): boolean {
    const link = this.#links.to(peer);
    return link !== undefined && !link.doubtful && this.#self.now_ms - link.heard_ms < this.#self.parameters.fresh_ms;
  }
}
