/**
 * Inode numbers: the same thing has the same number at every look-up for as long as the mount lasts, and no two things share one, since
 * programs (`find`, `du`, `cp`) take equal numbers for hard links. They stay below 2^53, where JavaScript counts exactly.
 *
 * 21 bits tell the server, in the order in which this mount came across them; 26 bits the anchor, by its serial; 6 bits which file of the anchor.
 * After 67 million anchors of one server its serials come round; the anchors of that age are gone by then.
 */
import { CONTROL_FILES, type ControlFile, isTaken, isWinningEnd } from '../../src/base/name.js';

const SERVERS = 2 ** 21;
const SERVER_UNIT = 2 ** 32;
const ANCHOR_UNIT = 64;
const ANCHORS = SERVER_UNIT / ANCHOR_UNIT;

/** Of what belongs to no server; 1 is the root by custom. */
export const INODES = { root: 1, help: 2, members: 3, self: 4, host: 5, hostHelp: 6, events: 7 } as const;
/** Symlinks in `host/`, one a server, stand behind those. */
const LINKS_FROM = 64;

const FILE_INDEX = new Map<string, number>(CONTROL_FILES.map((name, index) => [name, index + 1]));

export class InodeNumbers {
  readonly #servers = new Map<string, number>();
  #last = 0;

  /** This mount's number of a server, from 1. */
  server(id: string): number {
    const known = this.#servers.get(id);
    if (known !== undefined) return known;
    this.#last = (this.#last % (SERVERS - 1)) + 1;
    this.#servers.set(id, this.#last);
    return this.#last;
  }

  /** The symlink to a server in `host/`. */
  link(id: string): number {
    return LINKS_FROM + this.server(id);
  }

  /** Forgets the servers that are not among the living. */
  retain(living: ReadonlySet<string>): void {
    for (const id of this.#servers.keys()) if (!living.has(id)) this.#servers.delete(id);
  }
}

/** A server's own directory. @param server see `InodeNumbers.server` */
export function serverInode(server: number): number {
  return server * SERVER_UNIT;
}

/** The directory of an anchor below a server. */
export function anchorInode(server: number, serial: number): number {
  return server * SERVER_UNIT + (1 + (serial % (ANCHORS - 1))) * ANCHOR_UNIT;
}

/** A selection has won at most one end, of one kind: the last numbers are theirs. */
const WON = { take: ANCHOR_UNIT - 3, read: ANCHOR_UNIT - 2, write: ANCHOR_UNIT - 1 } as const;

/** A control file in an anchor's directory. */
export function fileInode(directory: number, file: ControlFile): number {
  if (isWinningEnd(file)) return directory + (isTaken(file) ? WON.take : file.startsWith('read') ? WON.read : WON.write);
  return directory + (FILE_INDEX.get(file) ?? 0);
}
