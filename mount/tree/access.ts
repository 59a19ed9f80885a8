/**
 * Who may do what in a mounted tree. The kernel lets in only the user who mounted, unless the mount allows others; then everybody may look around,
 * but only the mount's owner, root and the members of one group may change anything or take what is meant for one.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { geteuid } from 'node:process';
import type { Credentials } from '../../src/base/bytes.js';
import { CircuitError } from '../../src/base/error.js';

export class Access {
  /** Undefined while nobody else gets in. */
  readonly #users: ReadonlySet<number> | undefined;
  readonly #group: number | undefined;

  private constructor(users?: ReadonlySet<number>, group?: number) {
    this.#users = users;
    this.#group = group;
  }

  /** For a mount that only its owner gets into: the kernel sees to it. */
  static ownerOnly(): Access {
    return new Access();
  }

  /**
   * For a mount that others get into. The group is looked up here, once.
   * @throws CircuitError EINVAL for a group that does not exist
   */
  static others(group?: string): Access {
    const owners = [0, geteuid?.() ?? 0];
    if (group === undefined) return new Access(new Set(owners));
    const { gid, users } = lookUpGroup(group);
    return new Access(new Set([...owners, ...users]), gid);
  }

  /**
   * Lets those pass who may change things.
   * @throws CircuitError EACCES
   */
  check(credentials: Credentials): void {
    if (this.#users === undefined || this.#users.has(credentials.uid) || (this.#group !== undefined && credentials.gid === this.#group))
      return;
    throw new CircuitError('EACCES', `user ${credentials.uid} may only look around here: see --allow-group of circuit start`);
  }
}

/** Its number and the users that it lists; those whose primary group it is are known by that in each request. */
function lookUpGroup(name: string): { gid: number; users: number[] } {
  const [, , gid, members = ''] = entry('group', name)?.split(':') ?? [];
  if (gid === undefined) throw new CircuitError('EINVAL', `--allow-group: there is no group "${name}"`);
  const users = members
    .split(',')
    .filter(Boolean)
    .map((user) => Number(entry('passwd', user)?.split(':')[2] ?? Number.NaN));
  return { gid: Number(gid), users: users.filter(Number.isInteger) };
}

/** A line of the user database: by getent(1), which also asks LDAP and its like, or else from the file. */
function entry(database: 'group' | 'passwd', name: string): string | undefined {
  let lines: string;
  try {
    lines = execFileSync('getent', [database, '--', name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], cwd: '/' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return undefined;
    lines = readFileSync(`/etc/${database}`, 'utf8');
  }
  return lines.split('\n').find((line) => line.startsWith(`${name}:`));
}
