/**
 * The servers elsewhere, a `ServerTree` each, over the sessions that lead to them.
 */
import { type Clock, SYSTEM_CLOCK } from '../base/clock.js';
import { CircuitError } from '../base/error.js';
import type { Caller } from '../wire/session/session-handler.js';
import type { Serve } from '../wire/session/session-handler.js';
import { AheadBudgets } from './ahead-budgets.js';
import { checkCall, checkNote } from './calls.js';
import { RemoteTree } from './remote-tree.js';

/** Keeps one for each server, with what is known of its tree. */
export class RemoteTrees {
  readonly #trees = new Map<string, RemoteTree>();
  readonly #budgets = new AheadBudgets();
  readonly #sessionTo: (id: string) => Caller;
  readonly #clock: Clock;

  /** @param sessionTo the session that leads to a server: to itself, or to one that passes calls on */
  constructor(sessionTo: (id: string) => Caller, clock: Clock = SYSTEM_CLOCK) {
    this.#clock = clock;
    this.#sessionTo = sessionTo;
  }

  tree(id: string): RemoteTree {
    let tree = this.#trees.get(id);
    if (tree === undefined) {
      tree = new RemoteTree(id, () => this.#sessionTo(id), this.#budgets, this.#clock);
      this.#trees.set(id, tree);
    }
    return tree;
  }

  /** Forgets the servers that are not among the living. */
  retain(living: (id: string) => boolean): void {
    for (const id of this.#trees.keys()) if (!living(id)) this.#trees.delete(id);
  }

  /**
   * What serves the other end of a session that this side has dialled: it may recall what it leased or sent ahead, and ask for a sign of life, and
   * nothing else.
   */
  readonly serve: Serve = (session) => {
    const { peer } = session;
    const forget = (): void => this.#trees.get(peer.id)?.recall();
    return {
      handle: (name, args) => {
        if (name === 'alive') return this.#budgets.writes.writtenFor.get(checkCall(name, args)[0])?.();
        if (name !== 'recall') throw new CircuitError('ENOSYS', 'who dialled a session serves no calls in it');
        forget();
        return undefined;
      },
      noted: (name, args) => {
        if (name === 'spare') this.#trees.get(peer.id)?.giveBack(checkNote(name, args)[0]);
      },
      ended: forget,
    };
  };
}
