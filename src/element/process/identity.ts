/**
 * What a user is to a program beside numbers: a home, a name, a shell, and an environment that holds nothing of the server's business.
 */
import { stat } from 'node:fs/promises';
import { geteuid } from 'node:process';
import { native, type User } from '../../../native/index.js';
import { CircuitError } from '../../base/error.js';

export interface Identity {
  /** Where its programs run that name no directory. */
  readonly directory: string;
  /** As login(1) sets them. */
  readonly variables: Readonly<Record<string, string>>;
}

const DEFAULT_SHELL = '/bin/sh';

/**
 * Of a user by name or number; a number that is in no table is a user, too.
 * @throws CircuitError EINVAL for a user that there is not; EPERM if this server cannot become another user; EOPNOTSUPP without the addon
 */
export async function identityOf(user: string): Promise<Identity> {
  if (geteuid?.() !== 0) throw new CircuitError('EPERM', `only a server that runs as root starts programs as another user: ${user}`);
  const { name, home, shell } = (await find(user)) ?? unlisted(user);
  const directory = (await isDirectory(home)) ? home : '/';
  return { directory, variables: { HOME: home, USER: name, LOGNAME: name, SHELL: shell === '' ? DEFAULT_SHELL : shell } };
}

async function find(user: string): Promise<User | undefined> {
  try {
    return await native.findUser(user);
  } catch (error) {
    if (error instanceof CircuitError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new CircuitError('EINVAL', `cannot look up user ${user}: ${reason}`, { cause: error });
  }
}

function unlisted(user: string): User {
  if (!/^\d{1,10}$/.test(user)) throw new CircuitError('EINVAL', `no such user: ${user}`);
  return { name: user, home: '/', shell: DEFAULT_SHELL };
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return path.startsWith('/') && (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
