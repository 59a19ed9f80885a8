/**
 * A circuit as a program sees it: live servers, and below each a tree of anchors.
 */
import { getegid, geteuid, pid } from 'node:process';
import type { Asker, WaitOptions } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import { Anchor } from './anchor.js';
import type { Member, Place } from './place.js';
import { Server } from './server.js';

/** Who is there, and how to reach them: the part of a circuit that a cluster provides. */
export interface Directory {
  /** The server through which this client reaches the others. */
  readonly self: Place;
  members(): readonly Member[];
  /** Counts the changes of `members`. */
  readonly version: number;
  /** Resolves at the next change of `members`; rejects with the signal's reason. */
  whenChanged(options?: WaitOptions): Promise<void>;
  /** A live server by its ID. @throws CircuitError ENOENT */
  place(id: string): Place;
}

/** The way into a circuit, through one of its servers. */
export class Circuit {
  readonly #directory: Directory;
  readonly #asker: Asker;

  /** @param asker in whose name this client acts; this process if absent */
  constructor(directory: Directory, asker: Asker = { uid: geteuid?.() ?? 0, gid: getegid?.() ?? 0, pid }) {
    this.#directory = directory;
    this.#asker = asker;
  }

  /** The server through which this client reaches the others. */
  get self(): Place {
    return this.#directory.self;
  }

  /** The live servers. */
  members(): readonly Member[] {
    return this.#directory.members();
  }

  /** A live server, as `Place`: what the mount builds upon. @throws CircuitError ENOENT */
  place(id: string): Place {
    return this.#directory.place(id);
  }

  /** A live server. @throws CircuitError ENOENT */
  server(id: string = this.self.id): Server {
    return new Server(this.place(id), this.#asker);
  }

  /**
   * The anchor at a path like `/X317c2314a386a9db/hello`; nothing is asked yet and nothing made.
   * @throws CircuitError EINVAL for no path, ENOENT if there is no such server
   */
  walk(path: string): Anchor {
    const [id, ...names] = path.split('/').filter((name) => name !== '');
    if (id === undefined) throw new CircuitError('EINVAL', 'the root holds servers only: a path begins with /X…');
    return new Anchor(this.place(id), names, this.#asker);
  }
}
