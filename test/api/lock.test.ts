/**
 * A lock by the API, at its own server and at another one.
 */
import { expect } from 'chai';
import { Anchor } from '../../src/api/anchor.js';
import type { Lock } from '../../src/api/lock.js';
import { CircuitError } from '../../src/base/error.js';
import { makeLock } from '../../src/element/lock/lock.js';
import { Distance, server } from '../lib/distance.js';

const credentials = { uid: 1, gid: 2, pid: 3 };
const codeOf = (promise: Promise<unknown>): Promise<string> => promise.then(() => 'none', (error: unknown) => CircuitError.from(error).code); // prettier-ignore

for (const where of ['here', 'elsewhere'] as const) {
  describe(`a lock by the API, ${where}`, () => {
    let lock: Lock;
    let distance: Distance | undefined;
    let root: Anchor;

    beforeEach(async () => {
      const far = server({ lock: (spec) => makeLock(spec) });
      distance = where === 'here' ? undefined : new Distance(far);
      root = new Anchor(distance?.tree ?? far.here, [], credentials);
      lock = await root.walk('a').makeLock();
    });

    it('is held by one after the other, under rising tokens', async () => {
      const first = await lock.lock();
      const second = lock.lock();
      expect(await codeOf(lock.lock({ nonblock: true }))).to.equal('EAGAIN');
      first.release();
      first.release();
      const held = await second;
      expect([first.token, held.token, held.lost.aborted]).to.deep.equal([1, 2, false]);
      await held[Symbol.asyncDispose]();
      expect(await lock.peek()).to.include({ NumHolders: 0, NumWaiting: 0, Token: 2 });
    });

    it('is shared, if it is not of several slots', async () => {
      const shared = [await lock.lock({ shared: true }), await lock.lock({ shared: true })];
      expect(await codeOf(lock.lock({ nonblock: true }))).to.equal('EAGAIN');
      for (const one of shared) one.release();
      const semaphore = await root.walk('b').makeLock(2);
      expect(await codeOf(semaphore.lock({ shared: true }))).to.equal('EINVAL');
      const held = [await semaphore.lock(), await semaphore.lock()];
      expect(await codeOf(semaphore.lock({ nonblock: true }))).to.equal('EAGAIN');
      for (const one of held) one.release();
    });

    it('takes nothing when its caller gives up', async () => {
      const held = await lock.lock();
      expect(String(await lock.lock({ signal: AbortSignal.timeout(20) }).catch((error: unknown) => error))).to.include('Timeout');
      held.release();
      (await lock.lock()).release();
      expect(await lock.peek()).to.include({ NumHolders: 0, NumWaiting: 0 });
    });

    it('says that it is lost, and why', async () => {
      const held = await lock.lock();
      const lost = new Promise((resolve) => held.lost.addEventListener('abort', resolve));
      await lock.scrub();
      await lost;
      expect(held.lost.reason).to.include({ code: 'EIDRM', operation: 'lock', path: lock.path });
      expect(await codeOf(lock.lock())).to.equal('ENOENT');
      expect(await codeOf(root.walk('a').lock())).to.equal('ENOENT');
    });

    it('does not say that it is lost when it was given back', async () => {
      const held = await lock.lock();
      held.release();
      await lock.scrub();
      expect(held.lost.aborted).to.equal(false);
    });
  });
}
