/**
 * The judge of topics, given journals that are made up.
 */
import { expect } from 'chai';
import type { Disturbance } from './excuses.js';
import { END_ID, type Entry, type TopicFile } from './journal.js';
import { roundOf, workerOf } from './made-up.js';
import { judge } from './model.js';

/** A topic on host 1, whose publisher is on 2; one subscribes on 3, another one looks at the newest on 4. */
const WORKERS = [
  ['publish', 2],
  ['subscribe', 3],
  ['look', 4],
] as const;
const PLAN = roundOf('topics', WORKERS.map(([role, host], at) => workerOf(`jw${at}`, role, host))); // prettier-ignore
const [PUBLISHER, SUBSCRIBER, LOOKER] = ['jw0', 'jw1', 'jw2'] as const;

let now_ms = 0;
beforeEach(() => (now_ms = 1_000));

const published = (number: number, result = 'ok'): readonly Entry[] => [
  { at_ms: (now_ms += 10), worker: PUBLISHER, op: 'send begun', id: `jw0.${number}` },
  { at_ms: now_ms + 1, worker: PUBLISHER, op: 'sent', id: `jw0.${number}`, result, calls: 1 },
];
const opened = (file: TopicFile): Entry => {
  return { at_ms: (now_ms += 10), worker: file === 'sub' ? SUBSCRIBER : LOOKER, op: 'opened', file };
};
const saw = (file: TopicFile, number: number, more: { readonly id?: string; readonly whole?: boolean } = {}): Entry => {
  const common = { at_ms: (now_ms += 10), worker: file === 'sub' ? SUBSCRIBER : LOOKER, op: 'saw', file } as const;
  return { ...common, id: `jw0.${number}`, bytes: 40, whole: true, ...more };
};
const empty = (): Entry => ({ at_ms: (now_ms += 10), worker: LOOKER, op: 'saw', file: 'last', bytes: 0, whole: false });
const end = (): Entry => ({ at_ms: (now_ms += 10), worker: SUBSCRIBER, op: 'saw', file: 'sub', id: END_ID, bytes: 4, whole: true });
const overtaken = (): Entry => ({ at_ms: (now_ms += 10), worker: SUBSCRIBER, op: 'overtaken' });

function fault(kind: Disturbance['kind'], host: number, for_ms: number): Disturbance {
  return { kind, host, begin_ms: 900, end_ms: 900 + for_ms };
}

const rules = (entries: readonly Entry[], ...faults: readonly Disturbance[]): readonly string[] =>
  judge(PLAN, entries, faults).map(({ rule }) => rule);

describe('the judge of topics', () => {
  it('finds nothing where each message was seen in its order, or its loss was told', () => {
    const all = [opened('sub'), ...published(1), saw('sub', 1), ...published(2), saw('sub', 2), ...published(3), saw('sub', 3), end()];
    expect(rules(all)).to.deep.equal([]);
    const told = [opened('sub'), ...published(1), saw('sub', 1), ...published(2), ...published(3), overtaken(), saw('sub', 3), end()];
    expect(rules(told)).to.deep.equal([]);
  });

  it('finds a message that is missing, in any weather', () => {
    const journal = [opened('sub'), ...published(1), saw('sub', 1), ...published(2), ...published(3), saw('sub', 3), end()];
    expect(rules(journal)).to.deep.equal(['gap']);
    expect(rules(journal, fault('kill', 3, 100))).to.deep.equal(['gap']);
    expect(rules([opened('sub'), ...published(1), saw('sub', 1), ...published(2), end()]), 'at the end').to.deep.equal(['gap']);
    expect(rules([opened('sub'), ...published(1), ...published(2), saw('sub', 2)]), 'at the beginning').to.deep.equal(['gap']);
    expect(rules([...published(1), opened('sub'), ...published(2), saw('sub', 2)]), 'it was there before').to.deep.equal([]);
  });

  it('finds nothing where it is not known that a message was published', () => {
    const journal = (result: string): readonly Entry[] => [
      ...[opened('sub'), ...published(1), saw('sub', 1)],
      ...[...published(2, result), ...published(3), saw('sub', 3)],
    ];
    expect(rules(journal('EINTR'))).to.deep.equal([]);
    expect(rules(journal('ok'))).to.deep.equal(['gap']);
    expect(rules(journal('ok'), fault('kill', 2, 100))).to.deep.equal([]);
    const again = [...journal('ok'), opened('sub'), saw('sub', 2)];
    expect(rules(again, fault('kill', 2, 100)), 'it is there').to.deep.equal(['gap']);
  });

  it('finds messages in the wrong order, and twice, but not what is seen again after an open', () => {
    const journal = [opened('sub'), ...published(1), ...published(2)];
    expect(rules([...journal, saw('sub', 1), saw('sub', 2), saw('sub', 2)])).to.deep.equal(['order']);
    expect(rules([...journal, saw('sub', 1), saw('sub', 2), overtaken(), saw('sub', 1)])).to.deep.equal(['order']);
    expect(rules([...journal, saw('sub', 1), saw('sub', 2), opened('sub'), saw('sub', 1)])).to.deep.equal([]);
  });

  it('finds a newest message that is older than what anybody had seen', () => {
    const seen = [opened('sub'), ...published(1), saw('sub', 1), ...published(2), saw('sub', 2)];
    expect(rules([...seen, opened('last'), saw('last', 2)])).to.deep.equal([]);
    expect(rules([...seen, opened('last'), saw('last', 1)])).to.deep.equal(['older']);
    expect(rules([...seen, opened('last'), empty()], fault('cut', 4, 20_000))).to.deep.equal(['older']);
    expect(rules([...seen, opened('next'), saw('next', 2)]), 'no news').to.deep.equal(['older']);
    const meanwhile = [opened('next'), ...published(3), saw('sub', 3), saw('next', 3), opened('last'), saw('last', 3)];
    expect(rules([...seen, ...meanwhile])).to.deep.equal([]);
    expect(rules([opened('last'), empty()])).to.deep.equal([]);
  });

  it('finds what is not whole, or nobody published, and errors for no fault', () => {
    expect(rules([opened('sub'), ...published(1), saw('sub', 1, { whole: false })])).to.deep.equal(['garbled']);
    expect(rules([opened('sub'), saw('sub', 7)])).to.deep.equal(['invented']);
    const failed: Entry = { at_ms: 1_100, worker: SUBSCRIBER, op: 'called', what: 'sub', result: 'EHOSTDOWN' };
    expect(rules([opened('sub'), failed])).to.deep.equal(['error']);
    expect(rules([opened('sub'), failed], fault('cut', 3, 12_000))).to.deep.equal([]);
  });
});
