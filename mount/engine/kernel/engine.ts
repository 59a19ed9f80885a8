/**
 * The kernel engine: mounts a tree by our own addon and serves it on the event loop's thread.
 */
import { constants } from 'node:os';
import { getegid, geteuid } from 'node:process';
import { setImmediate, setTimeout as delay } from 'node:timers/promises';
import { native } from '../../../native/index.js';
import type { Credentials } from '../../../src/base/bytes.js';
import { CircuitError } from '../../../src/base/error.js';
import { mountAt, placeOf } from '../../../src/base/mounts.js';
import type { Directory, Engine, Mount, MountOptions } from '../filesystem.js';
import { clearStaleMount } from '../stale-mount.js';
import { detach } from '../unmount.js';
import { DISPATCH } from './dispatch.js';
import { TRANSFER_MAX_BYTES } from './layout.js';
import { Session } from './session.js';
import { whenDetached } from './when-detached.js';

/** How long those who have a file open may take to close it when the mount is taken away, in ms. */
const CLOSING_MS = 300;

export const kernelEngine: Engine = {
  async mount(root: Directory, options: MountOptions): Promise<Mount> {
    const { directory } = options;
    await clearStaleMount(directory, detach);
    const owner = { uid: geteuid?.() ?? 0, gid: getegid?.() ?? 0 };
    const fd = mountDevice(options, owner);
    try {
      return await serve(fd, root, options, owner);
    } catch (error) {
      if (mountAt(directory) !== undefined) await detach(directory);
      throw error;
    }
  },
};

type Owner = Pick<Credentials, 'uid' | 'gid'>;

/** Serves the device, which is its own from here on. @throws CircuitError EIO if the kernel does not begin */
async function serve(fd: number, root: Directory, options: MountOptions, owner: Owner): Promise<Mount> {
  const { directory } = options;
  const mounted = mountAt(directory);
  let settleEnded!: (how: 'unmounted' | 'aborted') => void;
  const ended = new Promise<'unmounted' | 'aborted'>((resolve) => {
    settleEnded = resolve;
  });
  let over = false;
  const end = (errno: number): void => {
    if (over) return;
    over = true;
    session.abortAll();
    session.handles.releaseAll();
    device.close();
    session.settleInitialized(new CircuitError('EIO', `${directory}: the kernel ended the connection before it began`));
    settleEnded(errno === constants.errno.ENODEV ? 'unmounted' : 'aborted');
  };
  const device = native.openDevice(fd, TRANSFER_MAX_BYTES, (count) => session.receive(count), end);
  const session = new Session(device, root, owner, DISPATCH, options);
  await session.initialized;
  return {
    ended,
    detached: whenDetached(mounted, ended),
    get waiting() {
      return session.waiting;
    },
    async unmount() {
      session.abortAll();
      await setImmediate(); // the calls that were let go are answered before the connection is cut
      // Ours alone, wherever it is now; what somebody has mounted over it stays.
      const place = mounted && placeOf(mounted);
      if (place?.topmost === true) await detach(place.directory);
      // A close(2) is a request too, and who has just written `suicide` is about to make it. When all is closed the kernel ends the connection.
      await Promise.race([ended, delay(CLOSING_MS, undefined, { ref: false })]);
      end(constants.errno.ENODEV);
    },
  };
}

/**
 * The descriptor of /dev/fuse, mounted: by mount(2) where this process may, through fusermount3 where not.
 * @throws CircuitError EACCES, EOPNOTSUPP, EINVAL with what to do
 */
function mountDevice({ directory, allowOther }: MountOptions, { uid, gid }: Owner): number {
  const more = allowOther ? ',allow_other' : '';
  try {
    if (uid === 0) return native.mountDirect(directory, `rootmode=40755,user_id=${uid},group_id=${gid}${more}`);
    return native.mountWithHelper(directory, `nosuid,nodev${more}`);
  } catch (error) {
    throw explain(directory, error as NodeJS.ErrnoException);
  }
}

function explain(directory: string, error: NodeJS.ErrnoException): CircuitError {
  const options = { cause: error };
  if (error.syscall === 'open')
    return new CircuitError(
      'EOPNOTSUPP',
      `/dev/fuse cannot be opened (${error.code}): load the kernel module with "modprobe fuse", in a container add --device /dev/fuse, or start with --no-mount`,
      options,
    );
  if (error.syscall === 'execvp')
    return new CircuitError('EOPNOTSUPP', 'fusermount3 is not there: install the package fuse3, or start as root', options);
  return new CircuitError('EACCES', `${directory} cannot be mounted: ${error.message}`, options);
}
