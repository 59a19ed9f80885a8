/**
 * One server's own: its identity, its incarnation, and what all parts of its membership share. Time comes with each step.
 */
import type { TimerQueue } from './timer-queue.js';
import type { Counters } from './counters.js';
import type { LocalHealth } from './local-health.js';
import type { HelloNote } from './gossip-message.js';
import type { Parameters } from './parameters.js';
import type { Effects } from './protocol.js';
import type { Random } from './random.js';
import { ALIVE, incarnationOf, isLive, type Rumor, stateOf, SUSPECT, versionOf } from './record.js';
import type { View } from './view.js';

export interface SelfParts {
  readonly view: View;
  readonly random: Random;
  readonly effects: Effects;
  readonly timers: TimerQueue;
  readonly health: LocalHealth;
  readonly counters: Counters;
  readonly parameters: Parameters;
}

export class Self implements SelfParts {
  now_ms = 0;
  /** It has said good-bye, or is about to. */
  leaving = false;
  readonly view: View;
  readonly random: Random;
  readonly effects: Effects;
  readonly timers: TimerQueue;
  readonly health: LocalHealth;
  readonly counters: Counters;
  readonly parameters: Parameters;

  constructor(parts: SelfParts) {
    this.view = parts.view;
    this.random = parts.random;
    this.effects = parts.effects;
    this.timers = parts.timers;
    this.health = parts.health;
    this.counters = parts.counters;
    this.parameters = parts.parameters;
  }

  get number(): number {
    return this.view.me;
  }

  get id(): string {
    return this.idOf(this.number);
  }

  get incarnation(): number {
    return incarnationOf(this.view.version(this.number));
  }

  idOf(number: number): string {
    return this.view.identities.identity(number).id;
  }

  addressOf(number: number): string {
    return this.view.identities.identity(number).address;
  }

  /** As it is told to those who know the server (`full`: also to those who may not). */
  rumor(number: number, full: boolean): Rumor {
    const version = this.view.version(number);
    const identity = this.view.identities.identity(number);
    if (!full) return { id: identity.id, version };
    // Who learns of a server by its whole record begins without suspicion.
    const state = stateOf(version);
    const told = isLive(version) && state >= SUSPECT ? versionOf(incarnationOf(version), ALIVE) : version;
    return { id: identity.id, version: told, identity };
  }

  /** What it says of itself in a hello or its answer to `peer` (−1: whoever is there). */
  note(peer: number, links: number, more: Partial<HelloNote> = {}): HelloNote {
    return {
      self: this.rumor(this.number, true),
      you: peer < 0 ? 0 : this.view.version(peer),
      digest: this.view.digest,
      members: this.view.live,
      links,
      needed: false,
      snapshot: false,
      linked: false,
      sample: [],
      ...more,
    };
  }
}
