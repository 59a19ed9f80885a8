/**
 * Names that the kernel keeps: for how long it may take a name for the node that it was told, without a LOOKUP.
 *
 * Nothing tells the kernel when a name has come to mean something else: to have one name forgotten (FUSE_NOTIFY_INVAL_ENTRY) the kernel takes its
 * directory's lock, which a caller of ours may hold; to have all forgotten (FUSE_NOTIFY_INC_EPOCH, Linux 6.16) it takes directories out of its tree
 * of names until they are looked up again, so that getcwd(2) fails there and mounts below are detached. Neither is needed. A kept name only leads to
 * a node, and whatever is then done with it, stat(2), open(2) or the look-up of the next name, comes here. If the node is no longer what stands at
 * its path the answer is ESTALE: upon that the kernel walks the path again, and asks for each name (LOOKUP_REVAL; retry_estale in fs/namei.c).
 */
import { CircuitError } from '../../../src/base/error.js';
import { STALE_CALLERS_MAX } from '../../../src/base/limits.js';
import type { Entry } from '../filesystem.js';
import { OPCODES, type Opcode } from './layout.js';
import type { Request } from './request.js';

/**
 * Calls that ask nothing about what a path has led them to see an old name for so long: open(2) with O_PATH, mount(2), readlink(2) of what is no link,
 * statx(2) with AT_STATX_DONT_SYNC. And mkdir(2), which walks no path again because a look-up failed, says ESTALE for EEXIST. A program that uses a
 * path uses it again within a millisecond, so that a longer time gains next to nothing.
 */
const KEPT_MS = 100;

/** Requests upon whose ESTALE the kernel walks the path again, if there is one: their callers may have come by a name that it has kept. */
const BY_PATH: readonly Opcode[] = ['LOOKUP', 'GETATTR', 'SETATTR', 'READLINK', 'MKDIR', 'RMDIR', 'OPEN', 'OPENDIR', 'ACCESS'];
const CODES_BY_PATH = new Set<number>(BY_PATH.map((name) => OPCODES[name].code));
const LOOKUP = OPCODES.LOOKUP.code;
const ENOENT = new CircuitError('ENOENT').errno;
const ESTALE = new CircuitError('ESTALE').errno;

export class Names {
  /** Whether any are kept. */
  kept: boolean;
  /** Threads that were told to walk their path again and have not got to its end yet. */
  readonly #walking = new Set<number>();

  constructor(kept: boolean) {
    this.kept = kept;
  }

  /** For how long the name of this entry may be kept, in ms. A file that is lent to one opener at a time is looked up by each. */
  lasts_ms(entry: Entry): number {
    const asksEach = entry.fleeting === true || (entry.kind === 'file' && entry.writesWait === 'long');
    return this.kept && !asksEach ? KEPT_MS : 0;
  }

  /**
   * The errno for a request that has met a stale entry. Who walked again and has met one once more came by no name, but by a descriptor or its working
   * directory; or the name has changed once more meanwhile.
   */
  staleErrno({ opcode, pid }: Request, { cause }: CircuitError): number {
    const instead = cause instanceof CircuitError ? cause.errno : ENOENT;
    if (!this.kept || !CODES_BY_PATH.has(opcode)) return instead;
    if (opcode === LOOKUP || pid === 0) return ESTALE;
    if (this.#walking.delete(pid)) return instead;
    if (this.#walking.size >= STALE_CALLERS_MAX) this.#walking.clear();
    this.#walking.add(pid);
    return ESTALE;
  }

  /** A request has got its true answer; a look-up that fails is the end of its walk as well. */
  answered({ opcode, pid }: Request, { failed = false } = {}): void {
    if (this.#walking.size > 0 && (failed || opcode !== LOOKUP)) this.#walking.delete(pid);
  }
}
