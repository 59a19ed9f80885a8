/**
 * The soak's judge, given journals that are made up: each rule must be able to fail, and nothing that the contract allows may fail it.
 */
import { expect } from 'chai';
import type { Disturbance } from './excuses.js';
import { type Entry, parseJournal, type Received, type Sent } from './journal.js';
import { judge } from './model.js';
import type { Style, WorkerPlan } from './crew-plan.js';
import type { JobPlan, RoundPlan } from './plan.js';

const worker = (name: string, role: 'send' | 'recv', host: number, style: Style): WorkerPlan => {
  return { name, role, host, style, sizes: [40], pace_ms: 1, signal_ms: 10 };
};

/** A job with its channel on host 1, a sender on 2 and a receiver on 3. */
function planOf(send: Style = 'plain', recv: Style = 'plain', kind: JobPlan['kind'] = 'messages'): RoundPlan {
  const workers = [worker('jw0', 'send', 2, send), worker('jw1', 'recv', 3, recv)];
  return {
    seed: 1,
    index: 0,
    weather: 'mild',
    work_ms: 1,
    faults: [],
    jobs: [{ name: 'j', kind, host: 1, capacity: 1, patient: false, workers }],
  };
}

let now_ms = 0;
beforeEach(() => (now_ms = 1_000));

function sent(number: number, result = 'ok', calls = 1): readonly Entry[] {
  const id = `jw0.${number}`;
  const end: Sent = { at_ms: now_ms + 5, worker: 'jw0', op: 'sent', id, result, calls };
  return [{ at_ms: now_ms++, worker: 'jw0', op: 'send begun', id }, end];
}

function received(number: number, more: Partial<Received> = {}): Received {
  return { at_ms: (now_ms += 10), worker: 'jw1', op: 'received', result: 'ok', bytes: 40, id: `jw0.${number}`, whole: true, ...more };
}

function fault(kind: Disturbance['kind'], host: number, for_ms: number): Disturbance {
  return { kind, host, begin_ms: 900, end_ms: 900 + for_ms };
}

const rules = (entries: readonly Entry[], plan = planOf(), ...faults: readonly Disturbance[]): readonly string[] =>
  judge(plan, entries, faults).map(({ rule }) => rule);

describe('the judge of a soak', () => {
  it('finds nothing where each message was received once and whole', () => {
    expect(rules([...sent(1), received(1), ...sent(2), received(2)])).to.deep.equal([]);
  });

  it('finds a message that was received twice, unless the receiver’s server died', () => {
    const journal = [...sent(1), received(1), received(1)];
    expect(rules(journal)).to.deep.equal(['twice']);
    expect(rules(journal, planOf(), fault('kill', 2, 100), fault('kill', 1, 100))).to.deep.equal(['twice']);
    expect(rules(journal, planOf(), fault('kill', 3, 100))).to.deep.equal([]);
  });

  it('finds a message that breaks off, unless its sender gave it up', () => {
    const broken = (): Received => received(1, { result: 'EPIPE' });
    expect(rules([...sent(1), received(1), broken()])).to.include('error');
    for (const result of ['EINTR', 'killed']) expect(rules([...sent(1, result), broken()])).to.deep.equal([]);
  });

  it('finds an empty message in any weather', () => {
    const journal = [...sent(1), received(1), received(0, { bytes: 0, whole: false })];
    expect(rules(journal)).to.deep.equal(['empty']);
    expect(rules(journal, planOf(), fault('kill', 3, 9_000))).to.deep.equal(['empty']);
  });

  it('finds a message that was lost, unless the channel’s server died, or its sender’s just after', () => {
    expect(rules(sent(1))).to.deep.equal(['lost']);
    expect(rules(sent(1), planOf(), fault('stop', 2, 30_000))).to.deep.equal(['lost']);
    expect(rules(sent(1), planOf(), fault('kill', 1, 100))).to.deep.equal([]);
    expect(rules(sent(1), planOf(), fault('kill', 2, 100))).to.deep.equal([]);
  });

  it('lets who chooses lose one message with its server, and no more', () => {
    const plan = planOf('plain', 'plain', 'selection');
    expect(rules(sent(1), plan)).to.deep.equal(['lost']);
    expect(rules(sent(1), plan, fault('kill', 3, 100))).to.deep.equal([]);
    expect(rules([...sent(1), ...sent(2)], plan, fault('kill', 3, 100))).to.deep.equal(['lost', 'lost']);
  });

  it('lets a reader that is killed take a message along now and then, not often', () => {
    const killed = received(0, { result: 'killed', bytes: 0, whole: false });
    expect(rules([...sent(1), killed], planOf('plain', 'timeout'))).to.deep.equal([]);
    expect(rules([...sent(1), ...sent(2), killed], planOf('plain', 'timeout'))).to.deep.equal(['lost', 'lost']);
    const inHands = [1, 2, 3].map((number) => received(number, { result: 'killed' }));
    expect(rules([...sent(1), ...sent(2), ...sent(3), ...inHands], planOf('plain', 'timeout')), 'known').to.deep.equal([]);
    const died = received(1, { result: 'ENOTCONN' });
    expect(rules([...sent(1), died], planOf(), fault('kill', 3, 100)), 'its server died').to.deep.equal([]);
  });

  it('finds a message that is not whole, or that nobody sent', () => {
    expect(rules([...sent(1), received(1), received(1, { whole: false, bytes: 80 })])).to.deep.equal(['garbled']);
    expect(rules([received(9)])).to.deep.equal(['invented']);
    expect(rules([...sent(1, 'EINTR', 2), received(1, { whole: false, bytes: 20 })])).to.deep.equal([]);
    expect(rules([...sent(1, 'EINTR', 1), received(1, { whole: false, bytes: 20 })])).to.deep.equal(['garbled']);
  });

  it('finds a message whose sender was told EINTR and gave it up, when it must have been known', () => {
    const early = [...sent(1, 'EINTR'), received(1)];
    expect(rules(early, planOf('once'))).to.deep.equal([]);
    now_ms += 5_000;
    const late = [...sent(1, 'EINTR'), received(1, { at_ms: now_ms + 9_000 })];
    expect(rules(late, planOf('once'))).to.deep.equal(['interrupted']);
    expect(rules(late, planOf('once'), fault('stop', 1, 30_000))).to.deep.equal([]);
    expect(rules(late, planOf('repeat')), 'it says it again').to.deep.equal([]);
  });

  it('finds messages in the wrong order, if one receives alone', () => {
    expect(rules([...sent(1), ...sent(2), received(2), received(1)])).to.deep.equal(['order']);
    expect(rules([...sent(1), ...sent(2), received(2), received(1)], planOf('plain', 'repeat'))).to.deep.equal([]);
  });

  it('finds errors for no fault, and those that a long silence does not excuse', () => {
    expect(rules(sent(1, 'EHOSTDOWN'))).to.deep.equal(['error']);
    expect(rules(sent(1, 'EHOSTDOWN'), planOf(), fault('cut', 2, 2_000))).to.deep.equal(['error']);
    expect(rules(sent(1, 'EHOSTDOWN'), planOf(), fault('cut', 2, 6_000))).to.deep.equal([]);
    const second = (begin_ms: number): Disturbance => ({ kind: 'split', host: 2, other: 3, begin_ms, end_ms: begin_ms + 2_000 });
    const cut = fault('cut', 2, 2_000);
    expect(rules(sent(1, 'EHOSTDOWN'), planOf(), cut, second(cut.end_ms + 1_000)), 'hardly a pause').to.deep.equal([]);
    expect(rules(sent(1, 'EHOSTDOWN'), planOf(), cut, second(cut.end_ms + 3_000))).to.deep.equal(['error']);
    expect(rules(sent(1, 'EHOSTDOWN'), planOf(), fault('cut', 4, 6_000))).to.deep.equal(['error']);
    expect(rules(sent(1, 'EAGAIN'), planOf(), fault('cut', 2, 6_000))).to.deep.equal(['error']);
    expect(rules(sent(1, 'ENOTCONN'), planOf(), fault('kill', 2, 100))).to.deep.equal([]);
  });

  it('finds bytes that have changed, and hosts that see what is no more', () => {
    const at = { at_ms: 1, worker: 'jw0', what: '' };
    const plan = planOf('plain', 'plain', 'stdin');
    expect(rules([{ ...at, op: 'summed', result: 'ok', expected: 'a', got: 'b' }], plan)).to.deep.equal(['changed']);
    expect(rules([{ ...at, op: 'looked', expected: 'gone', saw: 'there' }], plan)).to.deep.equal(['stale']);
    expect(rules([{ ...at, op: 'looked', expected: 'gone', saw: 'unknown' }], plan)).to.deep.equal([]);
  });

  it('reads journals, the last line of which may be half a line', () => {
    const [begun] = sent(1);
    expect(parseJournal(`${JSON.stringify(begun)}\n{"at_ms":12`)).to.deep.equal([begun]);
    expect(() => parseJournal('{"at_ms":12\n')).to.throw(SyntaxError);
  });
});
