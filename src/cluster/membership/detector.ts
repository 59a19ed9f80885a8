/**
 * Who has died: a beat that is missed, a connection that breaks, a dial that fails only raises the question; a fresh dial answers it.
 *
 * Owns the verifications that run. A host that refuses says that the process is gone; a kernel that answers for a silent process says that it is
 * slow; no answer at all is checked by three neighbours before it counts.
 */
import type { ViewUpdates } from './view-updates.js';
import type { PeerLink, PeerLinks } from './peer-links.js';
import type { Answer, Outcome } from './gossip-message.js';
import type { Probes } from './probes.js';
import type { Self } from './self.js';
import { Unresponsive } from './unresponsive.js';
import { judge } from './verdict.js';
import { Verification } from './verification.js';

export class Detector {
  readonly #self: Self;
  readonly #links: PeerLinks;
  readonly #probes: Probes;
  readonly #updates: ViewUpdates;
  /** A peer that others reach and this server does not, or about which nothing can be said: the link goes. */
  readonly #drop: (peer: number) => void;
  readonly #running = new Map<number, Verification>();
  readonly #unresponsive: Unresponsive;
  readonly #badPaths = new Map<number, number>();
  /** When the last links were lost, and to whom. */
  #losses: { readonly peer: number; readonly at_ms: number }[] = [];

  constructor(self: Self, links: PeerLinks, probes: Probes, updates: ViewUpdates, drop: (peer: number) => void) {
    this.#self = self;
    this.#links = links;
    this.#probes = probes;
    this.#updates = updates;
    this.#drop = drop;
    this.#unresponsive = new Unresponsive(self, (peer) => this.verify(peer));
  }

  get running(): number {
    return this.#running.size;
  }

  /** When the oldest verification began; infinity: none runs. */
  get oldest_ms(): number {
    let oldest_ms = Number.POSITIVE_INFINITY;
    for (const { since_ms } of this.#running.values()) oldest_ms = Math.min(oldest_ms, since_ms);
    return oldest_ms;
  }

  /** Whether the server is being looked into, or is known to be slow. */
  isOpen(peer: number): boolean {
    return this.#running.has(peer) || this.#unresponsive.has(peer);
  }

  /** Not to be dialled for some minutes: others reach it, this server does not. */
  isBadPath(peer: number): boolean {
    return this.#self.now_ms < (this.#badPaths.get(peer) ?? 0);
  }

  /** A link broke. */
  lost(peer: number): void {
    const { now_ms } = this.#self;
    this.#losses = this.#losses.filter(({ at_ms }) => now_ms - at_ms < 1000);
    this.#losses.push({ peer, at_ms: now_ms });
    this.verify(peer);
  }

  /** Something is wrong with the server: finds out what. */
  verify(peer: number): void {
    if (this.#isPointless(peer)) return;
    const verification = this.#create(peer);
    this.#dial(verification);
  }

  /** A dial for another purpose has failed: it counts as the first one of a verification. */
  dialFailed(peer: number, outcome: Outcome): void {
    if (outcome === 'reached' || outcome === 'local' || this.#isPointless(peer)) return;
    const verification = this.#create(peer);
    if (outcome === 'unreachable') this.#ask(verification);
    this.#answered(verification, outcome);
  }

  /** The server was heard, on whatever connection. */
  heard(peer: number): void {
    const verification = this.#running.get(peer);
    if (verification !== undefined) this.#end(verification);
    this.#unresponsive.forget(peer);
  }

  /** It has gone: nothing is to be found out any more. */
  gone(peer: number): void {
    this.heard(peer);
    this.#badPaths.delete(peer);
  }

  /** This server was away: what it has begun to think is worth nothing. */
  forgive(): void {
    for (const verification of [...this.#running.values()]) this.#end(verification);
    this.#unresponsive.clear();
    this.#losses = [];
  }

  /** A helper's answer. */
  helped(link: PeerLink, { id, outcome }: Answer): void {
    const peer = this.#self.view.identities.find(id);
    const verification = this.#running.get(peer);
    if (verification?.asked.delete(link.peer) !== true) return;
    verification.answers.push(outcome);
    this.#weigh(verification, false);
  }

  #isPointless(peer: number): boolean {
    return this.#running.has(peer) || peer === this.#self.number || !this.#self.view.isLive(peer) || this.#self.leaving;
  }

  #create(peer: number): Verification {
    this.#self.counters.verifications++;
    const verification = new Verification(peer, this.#self.now_ms);
    this.#running.set(peer, verification);
    return verification;
  }

  #dial(verification: Verification): void {
    const { timers, now_ms } = this.#self;
    const alone = timers.at(now_ms + this.#self.parameters.verifyAlone_ms, 'verification', () => this.#ask(verification));
    verification.timers.push(alone);
    verification.dial = this.#probes.start(verification.peer, {
      connected: () => timers.cancel(alone),
      ended: (outcome) => this.#answered(verification, outcome),
    });
  }

  /** Asks neighbours to dial as well; the answers are waited for a little longer than the own dial. */
  #ask(verification: Verification): void {
    const { random, effects, timers, now_ms, health } = this.#self;
    const able = [...this.#links.all()].filter((link) => !link.doubtful && link.peer !== verification.peer);
    for (let count = 0; count < this.#self.parameters.helpers && able.length > 0; count++) {
      const [helper] = able.splice(random.below(able.length), 1);
      if (helper === undefined) break;
      verification.asked.add(helper.peer);
      effects.send(helper.token, { kind: 'ask', id: this.#self.idOf(verification.peer) });
    }
    const wait_ms = health.dial(this.#self.parameters.verify_ms) + this.#self.parameters.helpersGrace_ms;
    verification.timers.push(timers.at(now_ms + wait_ms, 'verification', () => this.#weigh(verification, true)));
  }

  #answered(verification: Verification, outcome: Outcome): void {
    verification.dial = undefined;
    verification.own = outcome;
    // Two links lost at once: perhaps it is this host that is cut off, by something that refuses in the others' names.
    const burst = new Set(this.#losses.filter(({ at_ms }) => this.#self.now_ms - at_ms < 1000).map(({ peer }) => peer)).size;
    const needsWitness =
      outcome === 'unreachable' || outcome === 'local' || (outcome === 'refused' && burst >= this.#self.parameters.lossesSuspicious);
    if (outcome === 'refused' && !needsWitness) verification.answers.push('refused');
    if (needsWitness && verification.asked.size + verification.answers.length === 0) this.#ask(verification);
    this.#weigh(verification, false);
  }

  /** Passes a verdict, if there is enough to pass it on; `last`: there will not be more in this round. */
  #weigh(verification: Verification, last: boolean): void {
    const { peer, own, answers, asked, since_ms } = verification;
    if (own === undefined || this.#running.get(peer) !== verification) return;
    const { now_ms, health } = this.#self;
    const { patience_ms } = this.#self.parameters;
    if (now_ms < health.quietUntil_ms) {
      this.#unresponsive.forget(peer);
      return this.#end(verification);
    }
    const verdict = judge(own, answers, answers.length + asked.size, last, this.#self.parameters.witnesses);
    if (verdict !== 'wait' && verdict !== 'unresponsive') this.#unresponsive.forget(peer);
    switch (verdict) {
      case 'wait':
        return;
      case 'well':
        this.#end(verification);
        this.#updates.vouch(peer);
        return;
      case 'unresponsive':
        this.#end(verification);
        if (this.#unresponsive.watch(peer)) this.#updates.suspect(peer, this.#self.parameters.unresponsiveSuspect_ms);
        return;
      case 'bad path':
        this.#end(verification);
        this.#badPaths.set(peer, now_ms + this.#self.parameters.badPath_ms);
        this.#drop(peer);
        return;
      case 'dead':
        this.#end(verification);
        this.#updates.kill(peer);
        return;
      case 'suspect':
        this.#end(verification);
        this.#updates.suspect(peer, this.#self.parameters.suspect_ms + patience_ms);
        return;
      case 'unknown':
        if (verification.round < this.#self.parameters.verifyRounds && now_ms - since_ms < this.#self.parameters.verifyLastRound_ms)
          return this.#again(verification);
        this.#end(verification);
        if (own === 'local') this.#drop(peer);
        else this.#updates.suspect(peer, this.#self.parameters.suspectAlone_ms + patience_ms);
    }
  }

  #again(verification: Verification): void {
    const { timers, now_ms } = this.#self;
    const pause_ms = verification.own === 'unreachable' ? 0 : this.#self.parameters.roundPause_ms;
    this.#clear(verification);
    verification.nextRound();
    verification.timers.push(timers.at(now_ms + pause_ms, 'verification', () => this.#dial(verification)));
  }

  #clear(verification: Verification): void {
    this.#probes.cancel(verification.dial);
    verification.dial = undefined;
    for (const timer of verification.timers) this.#self.timers.cancel(timer);
  }

  #end(verification: Verification): void {
    this.#clear(verification);
    this.#running.delete(verification.peer);
  }
}
