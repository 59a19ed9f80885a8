/**
 * Dials in progress: numbers them, checks what the other end says in its hello, and emits the outcome with the reason for the dial.
 */
import type { DialFailure } from '../../wire/transport/connection.js';
import { decodeNote, encodeNote } from './codec.js';
import type { HelloNote, Outcome } from './gossip-message.js';
import type { DialReason } from './part-event.js';
import type { LinkPurpose, Token } from './protocol.js';
import type { Self } from './self.js';

export interface DialPlan {
  readonly address: string;
  readonly id?: string | undefined;
  readonly purpose: LinkPurpose;
  readonly note: HelloNote;
  readonly timeout_ms: number;
  readonly reason: DialReason;
}

export class Dials {
  readonly #self: Self;
  readonly #plans = new Map<Token, DialPlan>();
  #last: Token = 0;

  constructor(self: Self) {
    this.#self = self;
  }

  get size(): number {
    return this.#plans.size;
  }

  /** How many are under way for that reason. */
  count(reason: DialReason['for']): number {
    let count = 0;
    for (const plan of this.#plans.values()) if (plan.reason.for === reason) count++;
    return count;
  }

  start(plan: DialPlan): Token {
    const token = --this.#last;
    this.#plans.set(token, plan);
    this.#self.counters.dials++;
    const { address, id, purpose, note, timeout_ms } = plan;
    this.#self.effects.dial({
      token,
      address,
      id,
      purpose,
      note: encodeNote(note),
      connect_ms: Math.ceil(this.#self.health.dial(timeout_ms)),
      timeout_ms: Math.ceil(this.#self.health.handshake(timeout_ms)),
    });
    return token;
  }

  /** Abandons a dial: no outcome is emitted. No-op once it has ended. */
  cancel(token: Token | undefined): void {
    if (token !== undefined && this.#plans.delete(token)) this.#self.effects.close(token);
  }

  connected(token: Token): void {
    const plan = this.#plans.get(token);
    if (plan !== undefined) this.#self.emit({ kind: 'dialConnected', token, reason: plan.reason });
  }

  established(token: Token, id: string, plain: unknown): void {
    const plan = this.#plans.get(token);
    if (plan === undefined) {
      this.#self.effects.close(token);
      return;
    }
    this.#plans.delete(token);
    const { reason } = plan;
    const note = decodeNote(plain);
    if (note?.self.id !== id || (plan.id !== undefined && plan.id !== id) || note.self.identity === undefined) {
      this.#self.effects.close(token);
      this.#self.counters.misbehaved++;
      this.#self.effects.report({ kind: 'misbehaved', id, what: 'reply to a hello' });
      this.#self.emit({ kind: 'dialFailed', token, reason, failure: 'rejected' });
      return;
    }
    this.#self.emit({ kind: 'dialSucceeded', token, reason, id, note });
  }

  failed(token: Token, failure: DialFailure): void {
    const plan = this.#plans.get(token);
    this.#plans.delete(token);
    if (plan !== undefined && failure === 'silent') this.#self.health.silent(plan.address, this.#self.now_ms);
    if (plan !== undefined) this.#self.emit({ kind: 'dialFailed', token, reason: plan.reason, failure });
  }
}

/** The outcome of a server's own dial: that it could send nothing is for itself, who hears nothing either, as good as no answer. */
export type OwnOutcome = Outcome | 'unsent';

export function ownOutcomeOf(failure: DialFailure): OwnOutcome {
  return failure === 'unsent' ? 'unsent' : outcomeOf(failure);
}

/** What a failed dial says about the server dialled. */
export function outcomeOf(failure: DialFailure): Outcome {
  switch (failure) {
    // Nobody listens, or another server has the address: the process is gone.
    case 'refused':
    case 'stranger':
      return 'refused';
    // A server with another key is not a member of this circuit.
    case 'unreachable':
    case 'key':
      return 'unreachable';
    case 'silent':
      return 'silent';
    // A witness that could send nothing has seen nothing.
    case 'unsent':
    case 'local':
      return 'local';
    // A process that refuses is running.
    case 'rejected':
      return 'reached';
  }
}
