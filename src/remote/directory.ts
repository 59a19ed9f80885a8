/**
 * The live servers of a circuit as a client knows them, and the way to each: one of them is in this process, or is the one that was dialled; the
 * others are elsewhere.
 */
import type { WaitOptions } from '../base/bytes.js';
import { isServerId } from '../base/address.js';
import { CircuitError } from '../base/error.js';
import { isTooLong } from '../base/name.js';
import { Polls } from '../stream/polls.js';
import type { Member, ServerTree } from '../tree/server-tree.js';

/** Who is there, and how to reach them: the part of a circuit that a cluster provides. */
export interface Directory {
  /** The server through which this client reaches the others. */
  readonly self: ServerTree;
  members(): readonly Member[];
  /** Counts the changes of `members`. */
  readonly version: number;
  /** Resolves at the next change of `members`; rejects with the signal's reason. */
  whenChanged(options?: WaitOptions): Promise<void>;
  /** A live server by its ID. @throws CircuitError ENOENT */
  tree(id: string): ServerTree;
  /** This server is about to stop, and the others take no more calls from it: who asks through it had better ask through another one. */
  readonly leaving?: boolean;
}

/** The trees of the servers elsewhere. */
export interface Trees {
  tree(id: string): ServerTree;
  /** Forgets the servers that are not among the living. */
  retain(living: (id: string) => boolean): void;
}

/** Who is there, as membership tells, and a place for each. */
export class LiveDirectory implements Directory {
  #self: ServerTree;
  readonly #trees: Trees;
  #members: ReadonlyMap<string, Member>;
  #list: readonly Member[];
  #version = 1;
  readonly #waiting = new Set<Polls>();
  #leaving = false;

  constructor(self: ServerTree, trees: Trees, members: readonly Member[]) {
    this.#self = self;
    this.#trees = trees;
    this.#list = members;
    this.#members = new Map(members.map((member) => [member.id, member]));
  }

  get self(): ServerTree {
    return this.#self;
  }

  get version(): number {
    return this.#version;
  }

  get leaving(): boolean {
    return this.#leaving;
  }

  leave(): void {
    this.#leaving = true;
  }

  members(): readonly Member[] {
    return this.#list;
  }

  tree(id: string): ServerTree {
    if (id === this.self.id) return this.self;
    if (this.#members.has(id)) return this.#trees.tree(id);
    if (isTooLong(id)) throw new CircuitError('ENAMETOOLONG');
    throw new CircuitError(
      'ENOENT',
      isServerId(id) ? `no live server ${id} in this circuit` : `no server "${id}": expected /X…, /self or /host/NAME`,
    );
  }

  async whenChanged(options?: WaitOptions): Promise<void> {
    const since = this.#version;
    const polls = new Polls(() => this.#version !== since);
    this.#waiting.add(polls);
    try {
      await polls.whenReady(options);
    } finally {
      this.#waiting.delete(polls);
    }
  }

  /** This is the server to go through from now on; `update` tells who is there as it sees them. */
  goThrough(self: ServerTree): void {
    this.#self = self;
  }

  /** These are the live servers now. */
  update(members: readonly Member[]): void {
    this.#list = members;
    this.#members = new Map(members.map((member) => [member.id, member]));
    this.#version++;
    this.#trees.retain((id) => this.#members.has(id));
    for (const polls of this.#waiting) polls.wake();
  }
}
