/**
 * A handle of a lock element.
 */
import type { WaitOptions } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import type { LockPeek } from '../element/lock/lock.js';
import { ElementHandle } from './element-handle.js';
import { HeldLock } from './held-lock.js';

/** How a lock is asked for. */
export interface LockOptions extends WaitOptions {
  /** Together with others that share it; of a lock with one slot. */
  readonly shared?: boolean;
}

/** A lock of the whole circuit: one holds it, or so many at once, or all who share it. */
export class Lock extends ElementHandle<LockPeek> {
  readonly kind = 'lock';

  /**
   * Waits for the lock and holds it: `await using held = await lock.lock()`.
   * @throws CircuitError EAGAIN with `nonblock` while others hold it; EINVAL, EIDRM, ENOENT, EHOSTDOWN, the signal's reason
   */
  async lock({ shared = false, ...options }: LockOptions = {}): Promise<HeldLock> {
    const claim = await this.openReader('lock', options, { unacked: false, shared });
    try {
      const token = Buffer.from(await this.call('lock', options, () => claim.read(32, options)));
      return new HeldLock(claim, Number(token.toString()), (error) =>
        CircuitError.from(error).about({ operation: 'lock', path: this.path, server: this.serverId }),
      );
    } catch (error) {
      claim.close();
      throw error;
    }
  }
}
