/**
 * Which engine mounts, for who has asked for none: the kernel engine where its addon can be loaded.
 */
import type { EngineName } from '../../../mount/index.js';
import { addonProblem } from '../../../native/index.js';
import type { Log } from '../../base/log.js';

/** Says it, once for a mount, if it is the portable one. */
export function chosenEngine(asked: EngineName | undefined, log: Log): EngineName {
  if (asked !== undefined) return asked;
  const why = addonProblem();
  if (why === undefined) return 'kernel';
  log('warn', `the addon of the kernel engine cannot be loaded (${why}): mounting by --engine fuse-native`);
  return 'fuse-native';
}
