/**
 * The judge of work that is handed back, given journals that are made up.
 */
import { expect } from 'chai';
import type { Disturbance } from './excuses.js';
import type { Entry, Settling } from './journal.js';
import { fault, roundOf, workerOf } from './made-up.js';
import { judge } from './model.js';
import { TRIES } from './plan.js';

/** A channel on host 1, a sender on 4, workers on 2 and 3, and who reads `dead` on 4. */
const WORKERS = [
  ['send', 4],
  ['take', 2],
  ['take', 3],
  ['dead', 4],
] as const;
const PLAN = roundOf('takes', WORKERS.map(([role, host], at) => workerOf(`jw${at}`, role, host))); // prettier-ignore
const [SENDER, ONE, OTHER, DEAD] = ['jw0', 'jw1', 'jw2', 'jw3'] as const;
const ID = 'jw0.1';

const sent = (result = 'ok'): readonly Entry[] => [
  { at_ms: 10, worker: SENDER, op: 'send begun', id: ID },
  { at_ms: 20, worker: SENDER, op: 'sent', id: ID, result, calls: 1 },
];
const took = (worker: string, at_ms: number, more: { readonly id?: string; readonly whole?: boolean } = {}): Entry => {
  return { at_ms, worker, op: 'took', id: ID, bytes: 40, whole: true, ...more };
};
const settling = (worker: string, at_ms: number, how: Settling['how']): Entry => ({ at_ms, worker, op: 'settling', id: ID, how });
const done = (worker: string, at_ms: number, result = 'ok'): readonly Entry[] => [
  settling(worker, at_ms, 'done'),
  { at_ms: at_ms + 1, worker, op: 'settled', id: ID, how: 'done', result },
];
const dead = (at_ms: number): Entry => ({ at_ms, worker: DEAD, op: 'received', result: 'ok', bytes: 40, id: ID, whole: true });
const told = (worker: string, at_ms: number, result: string): Entry => ({ at_ms, worker, op: 'called', what: 'take', result });

const rules = (entries: readonly Entry[], ...faults: readonly Disturbance[]): readonly string[] =>
  judge(PLAN, entries, faults).map(({ rule }) => rule);

describe('the judge of work that is handed back', () => {
  it('finds nothing where each message was done once, by whoever took it last', () => {
    const journal = [...sent(), took(ONE, 100), settling(ONE, 110, 'back'), took(OTHER, 120), settling(OTHER, 130, 'killed')];
    expect(rules([...journal, took(ONE, 140), ...done(ONE, 150), told(ONE, 160, 'ENODATA')])).to.deep.equal([]);
  });

  it('finds a message that was done twice, or taken when it was done, in any weather', () => {
    const journal = [...sent(), took(ONE, 100), ...done(ONE, 110)];
    expect(rules([...journal, took(OTHER, 120)])).to.include('twice');
    expect(rules([...journal, ...done(OTHER, 120)], fault('kill', 2, 50, 9_000))).to.include('twice');
    expect(rules([...journal, dead(120)])).to.include('twice');
  });

  it('finds a message that went to another worker while the first had it', () => {
    const journal = [...sent(), took(ONE, 100), took(OTHER, 200), ...done(OTHER, 210)];
    expect(rules(journal)).to.deep.equal(['redelivered']);
    for (const how of ['back', 'closed', 'killed'] as const) {
      const given = [...sent(), took(ONE, 100), settling(ONE, 150, how), took(OTHER, 200), ...done(OTHER, 210)];
      expect(rules(given), how).to.deep.equal([]);
    }
    const after = [...sent(), took(ONE, 100), took(OTHER, 200), settling(ONE, 250, 'back'), ...done(OTHER, 260)];
    expect(rules(after)).to.deep.equal(['redelivered']);
  });

  it('lets it go to another one when the first was lost: a minute later, or at once if it had only just come', () => {
    const [late, early] = [65_000, 50_000].map((at_ms) => [...sent(), took(ONE, 100), took(OTHER, at_ms), ...done(OTHER, at_ms + 1)]);
    const killed = fault('kill', 2, 3_000, 1_000);
    expect(rules(late ?? [], killed)).to.deep.equal([]);
    expect(rules(early ?? [], killed)).to.deep.equal(['redelivered']);
    expect(rules(early ?? [], fault('kill', 2, 200, 1_000))).to.deep.equal([]);
    expect(rules(late ?? [], fault('cut', 2, 3_000, 12_000))).to.deep.equal([]);
    expect(rules(late ?? [], fault('kill', 3, 3_000, 1_000)), 'another host').to.deep.equal(['redelivered']);
    expect(rules(early ?? [], fault('unmount', 2, 3_000, 1_000))).to.deep.equal([]);
  });

  it('finds a message that was lost, unless that is not known, or it is still there', () => {
    const journal = [...sent(), took(ONE, 100), settling(ONE, 110, 'back')];
    expect(rules(journal)).to.deep.equal(['lost']);
    expect(rules(journal, fault('kill', 2, 50, 10))).to.deep.equal(['lost']);
    expect(rules(journal, fault('kill', 1, 50, 10)), 'with its channel').to.deep.equal([]);
    expect(rules([...journal, { at_ms: 900, worker: 'jw', op: 'left', count: 1 }])).to.deep.equal([]);
    expect(rules([...sent('EHOSTDOWN'), ...journal.slice(2)], fault('cut', 4, 10, 12_000))).to.deep.equal([]);
    const unknown = [...sent(), took(ONE, 100), ...done(ONE, 110, 'EHOSTDOWN')];
    expect(rules(unknown, fault('cut', 2, 10, 12_000))).to.deep.equal([]);
  });

  it('finds a message that is dead before its tries, or tried beyond them', () => {
    const tried = (count: number): readonly Entry[] =>
      Array.from({ length: count }, (_, at) => [took(ONE, 100 + 10 * at), settling(ONE, 105 + 10 * at, 'back')]).flat();
    expect(rules([...sent(), ...tried(TRIES), dead(900)])).to.deep.equal([]);
    expect(rules([...sent(), ...tried(TRIES - 1), dead(900)])).to.deep.equal(['dead']);
    expect(rules([...sent(), ...tried(TRIES - 1), told(OTHER, 800, 'killed'), dead(900)]), 'unseen').to.deep.equal([]);
    expect(rules([...sent(), ...tried(TRIES + 1), dead(900)])).to.deep.equal(['tries']);
  });

  it('finds a worker that was told of the end too early', () => {
    const journal = [...sent(), told(ONE, 50, 'ENODATA'), took(OTHER, 100), ...done(OTHER, 110)];
    expect(rules(journal)).to.deep.equal(['ended']);
  });

  it('finds what is not whole, or nobody sent, and errors for no fault', () => {
    expect(rules([...sent(), took(ONE, 100, { whole: false }), ...done(ONE, 110)])).to.deep.equal(['garbled']);
    expect(rules([took(ONE, 100, { id: 'jw0.9' })])).to.deep.equal(['invented']);
    expect(rules([...sent(), took(ONE, 100), ...done(ONE, 110, 'EINVAL')])).to.deep.equal(['error']);
    expect(rules([...sent(), took(ONE, 100), ...done(ONE, 110), told(OTHER, 120, 'EHOSTDOWN')])).to.deep.equal(['error']);
  });

  it('knows that a stream may be noted late whose server has ended since, and that a packet is not', () => {
    const stopped = fault('unmount', 3, 60, 40);
    const entries = [...sent(), took(ONE, 70), ...done(ONE, 80), took(OTHER, 120)];
    const inPackets = PLAN.jobs.map((job) => ({ ...job, workers: job.workers.map((worker) => ({ ...worker, style: 'packet' as const })) }));
    expect(rules(entries, stopped)).to.deep.equal([]);
    expect(rules(entries)).to.include('twice');
    expect(judge({ ...PLAN, jobs: inPackets }, entries, [stopped]).map(({ rule }) => rule)).to.include('twice');
  });

  it('knows that who reads `dead` on a server that is lost may take that along', () => {
    const entries = [...sent(), took(ONE, 70), settling(ONE, 71, 'back'), dead(80), dead(90)];
    expect(rules(entries)).to.include('twice');
    expect(rules(entries, fault('kill', 4, 85, 10))).to.not.include('twice');
  });
});
