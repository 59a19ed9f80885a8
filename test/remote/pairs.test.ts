/**
 * Readers and writers through a `RemoteTree` against what they promise, over a link that breaks whenever it likes, with signals that interrupt them.
 * `test/remote/pairs/model.ts` says what is promised. A failure names its seed, and the moves that are needed for it.
 *
 * More than these: `PAIR_SEEDS=20000 PAIR_FIRST=1000 npx mocha dist/test/remote/pairs.test.js`.
 */
import { type Move, movesOf, Run } from './pairs/moves.js';

const SEEDS = Number(process.env['PAIR_SEEDS'] ?? 200);
const FIRST = Number(process.env['PAIR_FIRST'] ?? 0);
const MOVES = 200;

/** What is wrong at the end of such a run. */
async function faultsOf(seed: number, moves: readonly Move[]): Promise<string[]> {
  try {
    return await new Run(seed).play(moves);
  } catch (error) {
    return [(error as Error).stack ?? String(error)];
  }
}

/** What is wrong, without its numbers. */
function kindsOf(faults: readonly string[]): Set<string> {
  return new Set(faults.map((fault) => fault.replace(/\d+/g, '')));
}

/** As few of these moves as are needed for a run to fail in this way: pieces are left out, shorter ones each time. */
async function shrink(seed: number, moves: readonly Move[], kind: string): Promise<readonly Move[]> {
  let needed = moves;
  for (let length = needed.length >> 1; length > 0; length >>= 1) {
    for (let at = 0; at < needed.length;) {
      const fewer = [...needed.slice(0, at), ...needed.slice(at + length)];
      if (kindsOf(await faultsOf(seed, fewer)).has(kind)) needed = fewer;
      else at += length;
    }
  }
  return needed;
}

async function tell(seed: number, found: readonly string[]): Promise<string> {
  const [kind = ''] = kindsOf(found);
  const moves = await shrink(seed, movesOf(seed, MOVES), kind);
  const run = new Run(seed);
  const faults = await run.play(moves).catch((error: unknown) => [(error as Error).stack ?? String(error)]);
  const stories = run.actors.map(({ name, story }) => `${name}: ${story.join('; ')}`);
  return [`seed ${seed}`, ...faults, 'after', ...moves.map(({ what, number }) => `  ${what} ${number}`), ...stories].join('\n');
}

describe('readers and writers over a link that breaks', () => {
  it(`serve each message once and whole, or tell of it (${SEEDS} seeds)`, async () => {
    for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
      const faults = await faultsOf(seed, movesOf(seed, MOVES));
      if (faults.length > 0) throw new Error(await tell(seed, faults));
    }
  }).timeout(60_000 + SEEDS * 1000);
});
