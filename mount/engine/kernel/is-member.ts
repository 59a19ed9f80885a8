/**
 * Who is in a group, by the user database as it is now.
 */
import { native } from '../../../native/index.js';

/** Undefined: there is no such group. Rejects if the database cannot be asked. */
export async function isMember(group: string, uid: number, gid: number): Promise<boolean | undefined> {
  return native.isMember(group, uid, gid);
}
