/**
 * Sessions against what they promise, over a network that breaks whenever it likes: each call and note is served once and in order, each call
 * settled once and rightly. A failure names the seed that repeats it.
 */
import type { CancelSignal } from '../../../src/base/cancellation.js';
import { expect } from 'chai';
import { CircuitError } from '../../../src/base/error.js';
import type { IncomingCall, SessionHandler } from '../../../src/wire/session/session-handler.js';
import { type End, Pair } from './pair.js';
import { type Random, randomFrom } from '../../lib/random.js';

const SEEDS = 300;
const STEPS = 150;
const INTERRUPTED = new Error('interrupted');
const KINDS = ['at once', 'failing', 'waiting', 'stubborn', 'large'] as const;

/** One call as its caller sees it, and as the test knows it. */
interface Made {
  readonly number: number;
  readonly kind: (typeof KINDS)[number];
  readonly abort: AbortController;
  readonly abandon: boolean;
  outcome: unknown;
  settled: number;
}

/** Calls from one end, and keeps what the other end's calls did here. */
class Participant implements SessionHandler {
  readonly random: Random;
  readonly made: Made[] = [];
  readonly notes: number[] = [];
  readonly served: number[] = [];
  readonly results = new Map<number, 'done' | 'undone'>();
  readonly waiting = new Set<() => void>();
  #count = 0;

  constructor(random: Random) {
    this.random = random;
  }

  handle(op: string, args: unknown, call: IncomingCall): unknown {
    const [number, padding] = args as [number, Uint8Array];
    this.served.push(number);
    if (op === 'failing') throw new CircuitError('EBUSY', String(number));
    if (op === 'waiting' || op === 'stubborn') return this.#wait(number, op === 'stubborn', call.signal);
    this.results.set(number, 'done');
    return op === 'large' ? padding : number;
  }

  noted(_op: string, args: unknown): void {
    this.served.push(args as number);
  }

  #wait(number: number, stubborn: boolean, signal: CancelSignal): Promise<unknown> {
    return new Promise((resolve, reject: (reason: Error) => void) => {
      const finish = (): void => {
        this.waiting.delete(finish);
        this.results.set(number, 'done');
        resolve(number);
      };
      this.waiting.add(finish);
      signal.addEventListener('abort', () => {
        if (stubborn || !this.waiting.delete(finish)) return;
        this.results.set(number, 'undone');
        reject(signal.reason as Error);
      });
    });
  }

  act({ session }: End): void {
    const number = ++this.#count;
    if (this.random(4) === 0) {
      this.notes.push(number);
      session.note('note', number);
      return;
    }
    const kind = KINDS[this.random(KINDS.length)] ?? 'at once';
    const made: Made = { number, kind, abort: new AbortController(), abandon: this.random(2) === 0, outcome: undefined, settled: 0 };
    this.made.push(made);
    const padding = new Uint8Array(kind === 'large' ? 20_000 + this.random(50_000) : this.random(2000)).fill(number);
    const settle = (outcome: unknown): void => {
      made.outcome = outcome;
      made.settled++;
    };
    session.call(kind, [number, padding], { signal: made.abort.signal, abandon: made.abandon }).then(settle, settle);
  }

  cancel(): void {
    this.made[this.random(this.made.length || 1)]?.abort.abort(INTERRUPTED);
  }

  finishOne(): void {
    [...this.waiting][this.random(this.waiting.size || 1)]?.();
  }
}

/** One random step of one of the two ends, or of the network. */
function step(pair: Pair, [a, b]: readonly [Participant, Participant], random: Random): void {
  const [who, end] = random(2) === 0 ? [a, pair.a] : [b, pair.b];
  const what = random(100);
  if (what < 25) who.act(end);
  else if (what < 33) who.cancel();
  else if (what < 45) who.finishOne();
  else if (what < 65) end.flush();
  else if (what < 85) end.arrive();
  else if (what < 88) pair.disconnect();
  else if (what < 91) end.session.detach();
  else if (what < 94) pair.tick(random(100));
  else {
    pair.disconnect();
    pair.connect(random(3));
  }
}

async function run(seed: number): Promise<Participant> {
  const random = randomFrom(seed);
  const ends = [new Participant(random), new Participant(random)] as const;
  const pair = new Pair(...ends);
  for (let i = 0; i < STEPS; i++) {
    step(pair, ends, random);
    if (random(3) === 0) await Promise.resolve();
  }
  pair.disconnect();
  pair.connect();
  for (let i = 0; i < 3; i++) {
    await pair.settle();
    for (const { waiting } of ends) for (const finish of waiting) finish();
    pair.tick();
  }
  await pair.settle();
  check(ends[0], ends[1]);
  check(ends[1], ends[0]);
  expect([pair.a.session.reason, pair.b.session.reason]).to.deep.equal([undefined, undefined]);
  expect([pair.a.session.idle, pair.b.session.idle]).to.deep.equal([true, true]);
  return ends[0];
}

function check(caller: Participant, server: Participant): void {
  const served = new Set(server.served);
  expect(server.served, 'served once each, in order').to.deep.equal([...served].sort((x, y) => x - y));
  const lost = caller.notes.filter((number) => !served.has(number));
  expect(lost, 'notes that were lost').to.deep.equal([]);
  for (const made of caller.made) checkCall(made, server, served.has(made.number));
}

function isOrphan({ outcome, number }: Made, server: Participant): boolean {
  return outcome === INTERRUPTED && server.results.get(number) === 'done';
}

function checkCall(made: Made, server: Participant, served: boolean): void {
  const { number, kind, outcome, settled, abort, abandon } = made;
  const about = `call ${number}, ${kind}`;
  expect(settled, about).to.equal(1);
  if (outcome === INTERRUPTED) {
    expect(abort.signal.aborted, about).to.be.true;
    if (isOrphan(made, server)) expect(abandon, about).to.be.true;
    return;
  }
  expect(served, about).to.be.true;
  if (outcome instanceof CircuitError) {
    expect([kind, outcome.code, outcome.message], about).to.deep.equal(['failing', 'EBUSY', String(number)]);
    return;
  }
  expect(server.results.get(number), about).to.equal('done');
  if (kind === 'large') expect([...new Set(outcome as Uint8Array)], about).to.deep.equal([number & 255]);
  else expect(outcome, about).to.equal(number);
}

describe('sessions over a network that breaks', () => {
  it(`serve each call once, in order, and settle it once (${SEEDS} seeds)`, async () => {
    const seen = { interrupted: 0, answered: 0 };
    for (let seed = 0; seed < SEEDS; seed++) {
      try {
        const { made } = await run(seed);
        seen.interrupted += made.filter(({ outcome }) => outcome === INTERRUPTED).length;
        seen.answered += made.filter(({ outcome }) => outcome !== INTERRUPTED).length;
      } catch (error) {
        throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
      }
    }
    for (const [what, count] of Object.entries(seen)) expect(count, what).to.be.above(SEEDS / 3);
  }).timeout(60_000);
});
