/**
 * Who may do what in a mounted tree. The kernel lets in only the user who mounted, unless the mount allows others; then everybody may look around,
 * but only the mount's owner, root and the members of one group may change anything or take what is meant for one.
 */
import { geteuid } from 'node:process';
import { after } from '../../src/base/after.js';
import type { Awaitable, Credentials } from '../../src/base/bytes.js';
import { CircuitError } from '../../src/base/error.js';

/** Whether a user is a member of the group `name` now, or has it as group; undefined: there is no such group. Rejects if it cannot be looked up. */
type IsMember = (name: string, uid: number, gid: number) => Promise<boolean | undefined>;

type Group = Pick<Credentials, 'uid' | 'gid'>;

export class Access {
  /** Undefined while nobody else gets in. */
  readonly #owners: ReadonlySet<number> | undefined;
  readonly #isMember: ((caller: Group) => Promise<boolean>) | undefined;

  private constructor(owners?: ReadonlySet<number>, isMember?: (caller: Group) => Promise<boolean>) {
    this.#owners = owners;
    this.#isMember = isMember;
  }

  /** For a mount that only its owner gets into: the kernel sees to it. */
  static ownerOnly(): Access {
    return new Access();
  }

  /** For a mount that others get into, to look around. */
  static others(): Access {
    return new Access(new Set([0, geteuid?.() ?? 0]));
  }

  /**
   * For a mount that others get into, and in which the members of a group may do everything. Who is a member is looked up each time, so that a user
   * who has been removed from the group may do nothing more.
   * @throws CircuitError EINVAL for a group that does not exist, or cannot be looked up
   */
  static async group(name: string, isMember: IsMember): Promise<Access> {
    let found: boolean | undefined;
    try {
      found = await isMember(name, 0, 0);
    } catch (error) {
      throw new CircuitError('EINVAL', `--allow-group: the group "${name}" cannot be looked up: ${messageOf(error)}`, { cause: error });
    }
    if (found === undefined) throw new CircuitError('EINVAL', `--allow-group: there is no group "${name}"`);
    return new Access(new Set([0, geteuid?.() ?? 0]), async ({ uid, gid }) => (await isMember(name, uid, gid)) === true);
  }

  /**
   * Whether this caller may change things, and take what is meant for one; who may not may look around.
   * @throws CircuitError EACCES if that cannot be looked up
   */
  allows({ uid, gid }: Credentials): Awaitable<boolean> {
    if (this.#owners === undefined || this.#owners.has(uid)) return true;
    return (
      this.#isMember?.({ uid, gid }).catch((error: unknown) => {
        throw new CircuitError('EACCES', `the groups of user ${uid} cannot be looked up: ${messageOf(error)}`, { cause: error });
      }) ?? false
    );
  }

  /**
   * Lets those pass who may change things.
   * @throws CircuitError EACCES
   */
  check(credentials: Credentials): Awaitable<void> {
    return after(this.allows(credentials), (allowed) => {
      if (!allowed)
        throw new CircuitError('EACCES', `user ${credentials.uid} may only look around here: see --allow-group of circuit start`);
    });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
