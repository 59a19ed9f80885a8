import { expect } from 'chai';
import { LOCK_STYLES, TAKE_STYLES, TOPIC_STYLES } from './crew-plan.js';
import { HOSTS, planRound } from './plan.js';

const SEEDS = Array.from({ length: 50 }, (_, seed) => seed);
const ROUNDS = SEEDS.flatMap((seed) => [0, 1, 2, 3].map((index) => planRound(seed, index)));

describe('the plan of a soak', () => {
  it('is the same for the same seed and round, and another one for any other', () => {
    expect(planRound(7, 2)).to.deep.equal(planRound(7, 2));
    const plans = new Set(ROUNDS.map((round) => JSON.stringify(round.jobs)));
    expect(plans.size).to.equal(ROUNDS.length);
  });

  it('has its channel on one host, its senders on another one, and its receivers on a third', () => {
    for (const { jobs } of ROUNDS) {
      for (const { kind, host, workers } of jobs.filter(({ kind }) => kind === 'messages' || kind === 'late')) {
        const of = (role: string): readonly number[] => [
          ...new Set(workers.filter((worker) => worker.role === role).map((worker) => worker.host)),
        ];
        expect(new Set([host, ...of('send'), ...of('recv')]).size, kind).to.equal(3);
      }
    }
  });

  it('leaves calm rounds alone, and no host silent for long in mild ones', () => {
    for (const { weather, faults } of ROUNDS) {
      if (weather === 'calm') expect(faults).to.deep.equal([]);
      if (weather !== 'mild') continue;
      for (const [at, { kind, at_ms, for_ms }] of faults.entries()) {
        expect(['kill', 'unmount']).to.not.include(kind);
        expect(for_ms).to.be.below(3_000);
        expect(faults[at + 1]?.at_ms ?? Infinity).to.be.above(at_ms + for_ms);
      }
    }
  });

  it('has each kind of job in each round', () => {
    const kinds = ['late', 'locks', 'messages', 'output', 'selection', 'stdin', 'takes', 'topics', 'tree'];
    for (const { jobs } of ROUNDS) {
      expect([...new Set(jobs.map(({ kind }) => kind))].sort()).to.deep.equal(kinds);
    }
    expect([...new Set(ROUNDS.flatMap(({ jobs }) => jobs.filter(({ kind }) => kind === 'locks').map(({ capacity }) => capacity)))].sort()).to.deep.equal([1, 3]); // prettier-ignore
  });

  it('comes to every fault, every style and every host in a few rounds', () => {
    const kinds = new Set(ROUNDS.flatMap(({ faults }) => faults.map(({ kind }) => kind)));
    expect([...kinds].sort()).to.deep.equal(['cut', 'hup', 'kill', 'loss', 'oneWay', 'reset', 'split', 'stop', 'unmount']);
    const workers = ROUNDS.flatMap(({ jobs }) => jobs.flatMap((job) => job.workers));
    expect(new Set(workers.map(({ role, style }) => `${role} ${style}`))).to.include.all.keys(
      ['plain', 'repeat', 'once', 'packet', 'echo', 'trap', 'timeout'].map((style) => `send ${style}`),
    );
    const held = workers.filter(({ role }) => ['lock', 'take', 'subscribe', 'look'].includes(role)).map(({ style }) => style);
    expect(new Set(held)).to.include.all.keys([...LOCK_STYLES, ...TAKE_STYLES, ...TOPIC_STYLES]);
    expect([...new Set(workers.map(({ host }) => host))].sort()).to.deep.equal([...HOSTS]);
  });
});
