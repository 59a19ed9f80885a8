/**
 * Dials under way: numbers them, and tells whoever began one what came of it.
 */
import { decodeNote, encodeNote } from './codec.js';
import type { HelloNote, Outcome } from './gossip-message.js';
import type { LinkPurpose, Token } from './protocol.js';
import type { DialFailure } from '../../wire/transport/connection.js';
import type { Self } from './self.js';

export interface DialPlan {
  readonly address: string;
  readonly id?: string | undefined;
  readonly purpose: LinkPurpose;
  readonly note: HelloNote;
  readonly timeout_ms: number;
  /** The SYN-ACK has come. */
  readonly connected?: () => void;
  readonly established: (token: Token, id: string, note: HelloNote) => void;
  readonly failed: (failure: DialFailure) => void;
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
      timeout_ms: Math.ceil(this.#self.health.dial(timeout_ms)),
    });
    return token;
  }

  /** Gives up; nothing happens if it has ended. */
  cancel(token: Token | undefined): void {
    if (token !== undefined && this.#plans.delete(token)) this.#self.effects.close(token);
  }

  connected(token: Token): void {
    this.#plans.get(token)?.connected?.();
  }

  established(token: Token, id: string, plain: unknown): void {
    const plan = this.#plans.get(token);
    if (plan === undefined) {
      this.#self.effects.close(token);
      return;
    }
    this.#plans.delete(token);
    const note = decodeNote(plain);
    if (note?.self.id !== id || (plan.id !== undefined && plan.id !== id) || note.self.identity === undefined) {
      this.#self.effects.close(token);
      this.#self.counters.misbehaved++;
      this.#self.effects.report({ kind: 'misbehaved', id, what: 'the answer to a hello' });
      plan.failed('rejected');
      return;
    }
    plan.established(token, id, note);
  }

  failed(token: Token, failure: DialFailure): void {
    const plan = this.#plans.get(token);
    this.#plans.delete(token);
    plan?.failed(failure);
  }
}

/** What a failed dial says about the server that was dialled. */
export function outcomeOf(failure: DialFailure): Outcome {
  switch (failure) {
    // Another server has the address now: this one's process is gone.
    case 'refused':
    case 'stranger':
      return 'refused';
    // With another key it is no member of ours, whatever it is.
    case 'unreachable':
    case 'key':
      return 'unreachable';
    case 'silent':
      return 'silent';
    case 'local':
      return 'local';
    // A process that says no is a process.
    case 'rejected':
      return 'reached';
  }
}
