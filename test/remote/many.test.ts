/**
 * Ten thousand readers and writers share one session: whoever can go on does, nobody stands in another's way, and what each side holds is bounded.
 */
import { expect } from 'chai';
import type { Credentials } from '../../src/base/bytes.js';
import { SESSION_WINDOW_BYTES } from '../../src/base/limits.js';
import { readAll, writeWhole } from '../../src/api/streams.js';
import { printedAt } from './pairs/stream.js';
import { turn, World } from './pairs/world.js';

const [SENDERS, RECEIVERS, READERS] = [4_000, 4_000, 2_000];
/** More than a channel takes of a message before it is received. */
const MESSAGE_BYTES = 34_000;
const PRINTED_BYTES = 66_000;
/** What a side may hold: a window, what was let in when it was half empty, and what is too small to wait. */
const HELD_MAX_BYTES = 2 * SESSION_WINDOW_BYTES;
const ROUNDS_MAX = 5_000;

describe('ten thousand readers and writers in one session', function () {
  this.timeout(300_000);
  const by: Credentials = { uid: 1, gid: 1, pid: 1 };
  let world: World;
  /** The most that either side has held at one moment. */
  let held_bytes: number;
  beforeEach(() => {
    world = new World([0, 0, 0], 1e9);
    held_bytes = 0;
  });

  const look = (): void => {
    held_bytes = Math.max(held_bytes, ...world.budgets.map(({ used_bytes }) => used_bytes));
  };

  /** Lets time pass until that is so. */
  const until = async (done: () => boolean): Promise<void> => {
    for (let round = 0; !done(); round++) {
      if (round > ROUNDS_MAX) throw new Error('somebody is never served');
      for (let moved = true; moved;) {
        moved = false;
        for (const side of ['near', 'far'] as const) {
          if (world.flush(side)) moved = true;
          while (world.arrive(side)) {
            look();
            moved = true;
          }
        }
        await turn();
        look();
      }
      await world.pass(50);
    }
  };

  /** Starts so many, and counts those who have come to an end. */
  const start = (count: number, one: (index: number) => Promise<unknown>): { done: number; readonly failed: string[] } => {
    const all = { done: 0, failed: [] as string[] };
    for (let index = 0; index < count; index++) {
      one(index).then(
        () => {
          all.done++;
        },
        (error: unknown) => void all.failed.push(String(error)),
      );
    }
    return all;
  };
  const ended = ({ done, failed }: { done: number; readonly failed: string[] }): number => done + failed.length;

  it('serves them all, within its windows', async () => {
    const text = (index: number): Buffer => Buffer.alloc(MESSAGE_BYTES, `${index}.`);
    const senders = start(SENDERS, async (index) => {
      await writeWhole(await world.tree.openWriter(['small'], 'send', { truncate: true, append: false, lazy: true }, by), text(index));
    });
    await until(() => world.pair.now_ms > 1000);
    expect([ended(senders), world.counts('small').Buffered]).to.deep.equal([0, 0]);

    world.stream.print(PRINTED_BYTES);
    world.stream.end();
    const output = Buffer.from(Array.from({ length: PRINTED_BYTES }, (_, at) => printedAt(at)));
    const readers = start(READERS, async () => {
      const reader = await world.tree.openReader(['stream'], 'stdout', by, { unacked: false, lazy: true });
      expect((await readAll(reader, PRINTED_BYTES)).equals(output)).to.equal(true);
      reader.close();
    });
    await until(() => ended(readers) === READERS);
    expect([readers.failed, ended(senders)]).to.deep.equal([[], 0]);

    const received = new Set<string>();
    const receivers = start(RECEIVERS, async () => {
      const reader = await world.tree.openReader(['small'], 'recv', by, { unacked: false, lazy: true });
      const bytes = await readAll(reader, MESSAGE_BYTES);
      reader.close();
      const index = Number.parseInt(bytes.subarray(0, 6).toString(), 10);
      expect(bytes.equals(text(index))).to.equal(true);
      received.add(String(index));
    });
    await until(() => ended(receivers) === RECEIVERS && ended(senders) === SENDERS);
    expect([senders.failed, receivers.failed, received.size]).to.deep.equal([[], [], SENDERS]);
    await until(() => world.pair.a.session.idle && world.pair.b.session.idle);
    expect(held_bytes).to.be.below(HELD_MAX_BYTES);
    expect(world.budgets.map(({ used_bytes }) => used_bytes)).to.deep.equal([0, 0]);
  });
});
