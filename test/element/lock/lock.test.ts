import { expect } from 'chai';
import type { ByteReader, TransferOptions } from '../../../src/base/bytes.js';
import { HOLDER_LOST_MS } from '../../../src/base/limits.js';
import { type Lock, makeLock } from '../../../src/element/lock/lock.js';
import { codeOf, outcome } from '../channel/fixture.js';

const nonblock = { nonblock: true };

function claim(lock: Lock, shared = false, pid = 1): ByteReader {
  return lock.openReader('lock', { uid: 0, gid: 0, pid }, { unacked: false, shared });
}

/** Of a read: what it gives, or its error's code. */
async function read(from: ByteReader, options?: TransferOptions): Promise<string> {
  return outcome(Promise.resolve().then<Uint8Array>(() => from.read(32, options)));
}

/** What has been read by now; 'waits' if nothing has. */
async function now(read: Promise<string>): Promise<string> {
  return Promise.race([read, new Promise<string>((resolve) => setImmediate(() => resolve('waits')))]);
}

describe('a lock', () => {
  it('refuses slots that are none, and says which are allowed', () => {
    for (const slots of [0, -1, 1.5, 10_001, '3', null, {}, []]) {
      expect(() => makeLock({ slots })).to.throw(/a whole number from 1 to 10000/).with.property('code', 'EINVAL'); // prettier-ignore
    }
    for (const spec of [null, 3, [], 'x', { slot: 3 }]) expect(codeOf(() => makeLock(spec))).to.equal('EINVAL');
    expect(makeLock({}).peek()).to.include({ Slots: 1, Token: 0, NumHolders: 0, NumWaiting: 0 });
    expect(makeLock({ slots: 10_000 }).slots).to.equal(10_000);
  });

  it('has the file lock, and no command', () => {
    const lock = makeLock(undefined);
    expect(codeOf(() => lock.openReader('recv', { uid: 0, gid: 0, pid: 1 }))).to.equal('ENOENT');
    expect(codeOf(() => lock.openWriter('lock'))).to.equal('ENOENT');
    expect(codeOf(() => lock.perform())).to.equal('EINVAL');
  });

  it('goes from one to the next, in their order; the token rises with each grant', async () => {
    const lock = makeLock(undefined);
    const claims = [1, 2, 3].map((pid) => claim(lock, false, pid));
    const reads = claims.map((one) => read(one));
    expect(await Promise.all(reads.map(now))).to.deep.equal(['1\n', 'waits', 'waits']);
    expect(lock.peek().Waiting.map(({ Pid }) => Pid)).to.deep.equal([2, 3]);
    expect(lock.busy).to.equal(true);
    claims[0]?.close();
    expect(await Promise.all(reads.map(now))).to.deep.equal(['1\n', '2\n', 'waits']);
    claims[1]?.close();
    claims[2]?.close();
    expect(lock.peek()).to.include({ Token: 3, NumHolders: 0, NumWaiting: 0 });
    expect(lock.busy).to.equal(false);
  });

  it('is had by nobody twice: a second read of a holder waits for its loss', async () => {
    const lock = makeLock(undefined);
    const holder = claim(lock);
    expect(await read(holder)).to.equal('1\n');
    expect(await read(holder, nonblock)).to.equal('EAGAIN');
    const lost = read(holder);
    expect(await now(lost)).to.equal('waits');
    lock.scrub();
    expect(await lost).to.equal('EIDRM');
  });

  it('refuses who does not want to wait, and keeps no place for it', async () => {
    const lock = makeLock(undefined);
    const holder = claim(lock);
    await read(holder);
    const other = claim(lock);
    expect(await read(other, nonblock)).to.equal('EAGAIN');
    expect(lock.peek()).to.include({ NumWaiting: 0 });
    holder.close();
    expect(await read(other, nonblock)).to.equal('2\n');
  });

  it('is shared by who wants that; nobody overtakes who wants it alone', async () => {
    const lock = makeLock(undefined);
    const shared = [claim(lock, true), claim(lock, true)];
    expect(await Promise.all(shared.map((one) => read(one)))).to.deep.equal(['1\n', '2\n']);
    const alone = claim(lock);
    const third = read(alone);
    const late = claim(lock, true);
    const fourth = read(late);
    expect(await read(claim(lock, true), nonblock)).to.equal('EAGAIN');
    for (const one of shared) one.close();
    expect([await now(third), await now(fourth)]).to.deep.equal(['3\n', 'waits']);
    alone.close();
    expect(await fourth).to.equal('4\n');
    expect(lock.peek().Holders[0]).to.include({ Shared: true, Token: 4 });
  });

  it('is held by so many as it has slots, and not shared then', async () => {
    const lock = makeLock({ slots: 2 });
    const claims = [claim(lock), claim(lock), claim(lock)];
    const reads = claims.map((one) => read(one));
    expect(await Promise.all(reads.map(now))).to.deep.equal(['1\n', '2\n', 'waits']);
    expect(codeOf(() => claim(lock, true))).to.equal('EINVAL');
    claims[1]?.close();
    expect(await Promise.all(reads.map(now))).to.deep.equal(['1\n', '2\n', '3\n']);
  });

  it('passes over one whose read was interrupted, which keeps its place until it is closed', async () => {
    const lock = makeLock(undefined);
    const [holder, first, second] = [claim(lock), claim(lock), claim(lock)];
    await read(holder);
    const interrupt = new AbortController();
    const interrupted = read(first, { signal: interrupt.signal });
    const behind = read(second);
    interrupt.abort(new Error('interrupted'));
    await interrupted;
    const again = read(first);
    holder.close();
    expect([await now(again), await now(behind)]).to.deep.equal(['2\n', 'waits']);
    first.close();
    expect(await behind).to.equal('3\n');
  });

  it('is shared with who stands behind one that waits no longer, and with who polls for that', async () => {
    const lock = makeLock(undefined);
    await read(claim(lock, true));
    const alone = claim(lock);
    const interrupt = new AbortController();
    const interrupted = read(alone, { signal: interrupt.signal });
    const behind = read(claim(lock, true));
    expect(await now(behind)).to.equal('waits');
    const polled = claim(lock, true)
      .whenReady()
      .then(() => 'ready');
    expect(await now(polled)).to.equal('waits');
    interrupt.abort(new Error('interrupted'));
    await interrupted;
    expect([await behind, await polled]).to.deep.equal(['2\n', 'ready']);
    expect(lock.peek()).to.include({ NumHolders: 2, NumWaiting: 1 });
    const again = read(alone);
    expect(await now(again)).to.equal('waits');
  });

  it('gives its grant once more to who did not get the answer', async () => {
    const holder = claim(makeLock(undefined));
    expect(await read(holder)).to.equal('1\n');
    holder.requeue();
    expect(await read(holder)).to.equal('1\n');
  });

  it('stays with a holder who is out of reach, and lets go of a waiter at once', async () => {
    const lock = makeLock(undefined);
    const [holder, waiter] = [claim(lock), claim(lock)];
    await read(holder);
    void read(waiter);
    expect([holder.lost?.(), waiter.lost?.()]).to.deep.equal([HOLDER_LOST_MS, 0]);
    expect(lock.peek().Holders[0]?.Lost).to.match(/^\d{4}-/);
  });

  it('tells who polls when it is free, gives it to nobody by that, and ends all when it is scrubbed', async () => {
    const lock = makeLock(undefined);
    const [holder, poller, waiter] = [claim(lock), claim(lock), claim(lock)];
    await read(holder);
    const ready = poller.whenReady().then(() => 'ready');
    expect(await now(ready)).to.equal('waits');
    holder.close();
    expect(await ready).to.equal('ready');
    expect(await read(waiter, nonblock)).to.equal('2\n');
    const waits = read(poller);
    lock.scrub();
    expect(await waits).to.equal('EIDRM');
    expect(await read(claim(lock))).to.equal('EIDRM');
  });
});
