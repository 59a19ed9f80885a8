/**
 * How a file is opened, by the flags of open(2), in the numbers of this system.
 */
import { constants } from 'node:fs';
import type { OpenHow } from './filesystem.js';

const ACCESS_MODE = constants.O_RDONLY | constants.O_WRONLY | constants.O_RDWR;
/** Undefined on systems other than Linux. */
const { O_NOATIME = 0 } = constants as Partial<typeof constants>;

export function howOf(flags: number): OpenHow {
  const mode = flags & ACCESS_MODE;
  return {
    read: mode !== constants.O_WRONLY,
    write: mode === constants.O_WRONLY || mode === constants.O_RDWR,
    truncate: (flags & constants.O_TRUNC) !== 0,
    append: (flags & constants.O_APPEND) !== 0,
    noatime: (flags & O_NOATIME) !== 0,
  };
}
