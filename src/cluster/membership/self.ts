/**
 * What all parts of one server's membership share: its identity and incarnation, its view, the time of the current step, and the events that await
 * dispatch.
 */
import type { Counters } from './counters.js';
import type { HelloNote } from './gossip-message.js';
import type { LocalHealth } from './local-health.js';
import type { Parameters } from './parameters.js';
import type { PartEvent } from './part-event.js';
import type { Effects } from './protocol.js';
import type { Random } from './random.js';
import { ALIVE, incarnationOf, isLive, LEFT, type Rumor, stateOf, SUSPECT, versionOf } from './record.js';
import type { TimerQueue } from './timer-queue.js';
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
  /** It has announced its departure, or is about to. */
  leaving = false;
  readonly view: View;
  readonly random: Random;
  readonly effects: Effects;
  readonly timers: TimerQueue;
  readonly health: LocalHealth;
  readonly counters: Counters;
  readonly parameters: Parameters;
  #events: PartEvent[] = [];

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

  /** Tells the parts above the caller what happened, once the current input or timer is done. */
  emit(event: PartEvent): void {
    this.#events.push(event);
  }

  /** Removes and returns the events that await dispatch, oldest first. */
  takeEvents(): readonly PartEvent[] {
    if (this.#events.length === 0) return NONE;
    const events = this.#events;
    this.#events = [];
    return events;
  }

  idOf(number: number): string {
    return this.view.identities.identity(number).id;
  }

  addressOf(number: number): string {
    return this.view.identities.identity(number).address;
  }

  /** Whether the server with that ID has announced its departure. */
  hasLeft(id: string): boolean {
    return stateOf(this.view.version(this.view.identities.find(id))) === LEFT;
  }

  /** A server as told to peers that know it; with `full`, also to peers that may not. */
  rumor(number: number, full: boolean): Rumor {
    const version = this.view.version(number);
    const identity = this.view.identities.identity(number);
    if (!full) return { id: identity.id, version };
    // A peer that learns of a server by its full record starts without suspicion.
    const state = stateOf(version);
    const told = isLive(version) && state >= SUSPECT ? versionOf(incarnationOf(version), ALIVE) : version;
    return { id: identity.id, version: told, identity };
  }

  /** The note in a hello to `peer`, or in the reply; −1 if it is not known who answers there. */
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

const NONE: readonly PartEvent[] = [];
