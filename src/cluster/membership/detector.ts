/**
 * Failure detection: a missed heartbeat, a broken connection or a failed dial only raises the question whether a server is alive; a fresh dial
 * answers it.
 *
 * Owns the running verifications. A refused dial means that the process is gone; a kernel that accepts for a silent process means unresponsive; no
 * answer at all counts only if neighbours, asked to dial as well, get none either.
 */
import { type OwnOutcome, ownOutcomeOf } from './dials.js';
import type { Answer } from './gossip-message.js';
import type { DialEvent } from './part-event.js';
import type { PeerLink, PeerLinks } from './peer-links.js';
import type { Probes } from './probes.js';
import type { Self } from './self.js';
import { Unresponsive } from './unresponsive.js';
import { judge } from './verdict.js';
import { Verification } from './verification.js';
import type { ViewUpdates } from './view-updates.js';

/** Links lost within this time count as one burst. */
const BURST_MS = 1000;

export class Detector {
  readonly #self: Self;
  readonly #links: PeerLinks;
  readonly #probes: Probes;
  readonly #updates: ViewUpdates;
  readonly #running = new Map<number, Verification>();
  readonly #unresponsive: Unresponsive;
  /** Peers that others reach and this server does not, and until when they are not dialled. */
  readonly #badPaths = new Map<number, number>();
  /** Links lost recently. */
  #losses: { readonly peer: number; readonly at_ms: number }[] = [];

  constructor(self: Self, links: PeerLinks, probes: Probes, updates: ViewUpdates) {
    this.#self = self;
    this.#links = links;
    this.#probes = probes;
    this.#updates = updates;
    this.#unresponsive = new Unresponsive(self);
  }

  get running(): number {
    return this.#running.size;
  }

  /** When the oldest verification began; infinity if none is running. */
  get oldest_ms(): number {
    let oldest_ms = Number.POSITIVE_INFINITY;
    for (const { since_ms } of this.#running.values()) oldest_ms = Math.min(oldest_ms, since_ms);
    return oldest_ms;
  }

  /** Whether the server is being verified, or is known to be unresponsive. */
  isOpen(peer: number): boolean {
    return this.#running.has(peer) || this.#unresponsive.has(peer);
  }

  /** Whether not to dial the server for now: others reach it, this server does not. */
  isBadPath(peer: number): boolean {
    return this.#self.now_ms < (this.#badPaths.get(peer) ?? 0);
  }

  /** A link broke. */
  lost(peer: number): void {
    const { now_ms } = this.#self;
    this.#losses = this.#losses.filter(({ at_ms }) => now_ms - at_ms < BURST_MS);
    this.#losses.push({ peer, at_ms: now_ms });
    this.verify(peer);
  }

  /** Something is wrong with the server: finds out what. */
  verify(peer: number): void {
    if (this.#isPointless(peer)) return;
    this.#dial(this.#create(peer));
  }

  /** A dial for another purpose failed: it serves as the first dial of a verification. */
  dialFailed(peer: number, outcome: OwnOutcome): void {
    if (outcome === 'reached' || outcome === 'local' || this.#isPointless(peer)) return;
    const verification = this.#create(peer);
    if (outcome === 'unreachable' || outcome === 'unsent') this.#ask(verification);
    this.#answered(verification, outcome);
  }

  /** The outcome of a verification's own dial. */
  dialled(peer: number, event: DialEvent): void {
    const verification = this.#running.get(peer);
    const isCurrent = verification?.dial === event.token;
    if (event.kind === 'dialConnected') {
      if (isCurrent) this.#self.timers.cancel(verification.alone);
      return;
    }
    if (event.kind === 'dialSucceeded') this.#probes.reached(event.token, event.note);
    if (isCurrent) this.#answered(verification, event.kind === 'dialSucceeded' ? 'reached' : ownOutcomeOf(event.failure));
  }

  /** The server was heard, on any connection. */
  heard(peer: number): void {
    const verification = this.#running.get(peer);
    if (verification !== undefined) this.#end(verification);
    this.#unresponsive.forget(peer);
  }

  /** The server is dead or has left: nothing remains to be found out. */
  gone(peer: number): void {
    this.heard(peer);
    this.#badPaths.delete(peer);
  }

  /** This server was away: what it has observed so far is worthless. */
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
    const { timers, now_ms, health, parameters } = this.#self;
    verification.alone = timers.at(now_ms + health.handshake(parameters.verifyAlone_ms), 'verification', () => this.#ask(verification));
    verification.timers.push(verification.alone);
    verification.dial = this.#probes.start(verification.peer, { for: 'verification', peer: verification.peer });
  }

  /** Asks neighbours to dial as well; waits for their answers a little longer than for this server's own dial. */
  #ask(verification: Verification): void {
    const { random, effects, timers, now_ms, health, parameters } = this.#self;
    const able = [...this.#links.all()].filter((link) => !link.doubtful && link.peer !== verification.peer);
    for (let count = 0; count < parameters.helpers && able.length > 0; count++) {
      const [helper] = able.splice(random.below(able.length), 1);
      if (helper === undefined) break;
      verification.asked.add(helper.peer);
      effects.send(helper.token, { kind: 'ask', id: this.#self.idOf(verification.peer) });
    }
    const wait_ms = health.dial(parameters.verify_ms) + parameters.helpersGrace_ms;
    verification.timers.push(timers.at(now_ms + wait_ms, 'verification', () => this.#weigh(verification, true)));
  }

  #answered(verification: Verification, outcome: OwnOutcome): void {
    const { now_ms, parameters } = this.#self;
    verification.dial = undefined;
    verification.own = outcome;
    // Several links lost at once: perhaps this host is cut off, by something that refuses in the others' names.
    const burst = new Set(this.#losses.filter(({ at_ms }) => now_ms - at_ms < BURST_MS).map(({ peer }) => peer)).size;
    const isSuspicious = outcome === 'refused' && burst >= parameters.lossesSuspicious;
    const needsWitness = outcome === 'unreachable' || outcome === 'unsent' || outcome === 'local' || isSuspicious;
    if (outcome === 'refused' && !needsWitness) verification.answers.push('refused');
    if (needsWitness && verification.asked.size + verification.answers.length === 0) this.#ask(verification);
    this.#weigh(verification, false);
  }

  /** Passes a verdict if there is enough evidence; `last`: this round yields no more. */
  #weigh(verification: Verification, last: boolean): void {
    verification.isLast ||= last;
    const { peer, own, answers, asked, since_ms, isLast } = verification;
    if (own === undefined || this.#running.get(peer) !== verification) return;
    const { now_ms, health, parameters } = this.#self;
    if (now_ms < health.quietUntil_ms) {
      this.#unresponsive.forget(peer);
      return this.#end(verification);
    }
    const verdict = judge(own, answers, answers.length + asked.size, isLast, parameters.witnesses);
    if (verdict === 'wait') return;
    if (verdict !== 'unresponsive') this.#unresponsive.forget(peer);
    const isOver = verification.round >= parameters.verifyRounds || now_ms - since_ms >= parameters.verifyLastRound_ms;
    if (verdict === 'unknown' && !isOver) return this.#again(verification);
    this.#end(verification);
    switch (verdict) {
      case 'well':
        return this.#updates.vouch(peer);
      case 'unresponsive':
        if (this.#unresponsive.watch(peer)) this.#updates.suspect(peer, parameters.unresponsiveSuspect_ms);
        return;
      case 'bad path':
        this.#badPaths.set(peer, now_ms + parameters.badPath_ms);
        return this.#self.emit({ kind: 'pathFailed', peer });
      case 'dead':
        return this.#updates.kill(peer);
      case 'suspect':
        return this.#updates.suspect(peer, parameters.suspect_ms + parameters.patience_ms);
      case 'unknown':
        if (own === 'local') this.#self.emit({ kind: 'pathFailed', peer });
        else this.#updates.suspect(peer, parameters.suspectAlone_ms + parameters.patience_ms);
    }
  }

  #again(verification: Verification): void {
    const { timers, now_ms, parameters } = this.#self;
    // A dial that failed at once has not given the network its time.
    const pause_ms =
      verification.own === 'local' ? parameters.roundPause_ms : Math.max(0, verification.round_ms + parameters.roundPause_ms - now_ms);
    this.#clear(verification);
    verification.nextRound();
    verification.round_ms = now_ms + pause_ms;
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
