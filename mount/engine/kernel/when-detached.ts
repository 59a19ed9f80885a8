/**
 * When a mount has gone from the tree of mounts: the connection says that only when the last file is closed that somebody has open.
 */
import { native } from '../../../native/index.js';
import { type MountInfo, placeOf } from '../../../src/base/mounts.js';

/** Resolves when it is not in the kernel's list any more, or has ended. */
export function whenDetached(mount: MountInfo | undefined, ended: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      watch.close();
      resolve();
    };
    const look = (): void => {
      if (mount !== undefined && placeOf(mount) === undefined) done();
    };
    const watch = native.watchMounts(look);
    void ended.then(done);
    look();
  });
}
