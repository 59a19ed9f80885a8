import { expect } from 'chai';
import type { OwnOutcome } from '../../../src/cluster/membership/dials.js';
import type { Outcome } from '../../../src/cluster/membership/gossip-message.js';
import { judge, type Verdict } from '../../../src/cluster/membership/verdict.js';

describe('a verdict', () => {
  const cases: readonly (readonly [own: OwnOutcome, answers: readonly Outcome[], asked: number, last: boolean, verdict: Verdict])[] = [
    ['reached', [], 0, false, 'well'],
    ['silent', ['unreachable', 'unreachable'], 2, true, 'unresponsive'],
    ['refused', ['refused'], 3, false, 'dead'],
    ['refused', [], 3, false, 'wait'],
    ['refused', ['reached'], 3, false, 'bad path'],
    ['unreachable', ['reached'], 3, false, 'bad path'],
    ['unreachable', ['unreachable', 'unreachable'], 3, false, 'wait'],
    ['unreachable', ['unreachable', 'unreachable'], 3, true, 'suspect'],
    ['unreachable', ['unreachable'], 3, true, 'unknown'],
    ['unreachable', ['unreachable'], 1, false, 'suspect'],
    ['unreachable', ['silent', 'unreachable', 'unreachable'], 3, true, 'unresponsive'],
    ['unreachable', [], 0, false, 'unknown'],
    ['local', ['unreachable', 'unreachable', 'unreachable'], 3, true, 'unknown'],
    ['local', ['reached'], 3, false, 'well'],
    ['unsent', ['reached'], 3, false, 'well'],
    ['unsent', ['unreachable', 'unreachable'], 3, true, 'suspect'],
    ['unsent', ['local', 'local', 'local'], 3, true, 'unknown'],
    ['unsent', [], 0, false, 'unknown'],
  ];
  for (const [own, answers, asked, last, verdict] of cases) {
    const helpers = answers.length === 0 ? 'nothing' : answers.join(', ');
    it(`is "${verdict}" if the own dial says ${own} and of ${asked} helpers come ${helpers}${last ? ', and no more' : ''}`, () => {
      expect(judge(own, answers, asked, last, 2)).to.equal(verdict);
    });
  }
});
