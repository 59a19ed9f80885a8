import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { describeSignal, signalNumber } from '../../src/base/signal.js';

describe('signals', () => {
  it('have the names and numbers of `kill -l`', () => {
    const list = execFileSync('bash', ['-c', 'kill -l'], { encoding: 'utf8' });
    const entries = [...list.matchAll(/(\d+)\) (\S+)/g)].map(([, number, name]) => [name ?? '', Number(number)] as const);
    expect(entries.length).to.be.at.least(60);
    for (const [name, number] of entries) {
      expect(signalNumber(name), name).to.equal(number);
      expect(signalNumber(name.slice(3).toLowerCase()), name).to.equal(number);
      expect(signalNumber(String(number))).to.equal(number);
    }
    expect([signalNumber('CLD'), signalNumber('IOT'), signalNumber('POLL')]).to.deep.equal([17, 6, 29]);
  });

  it('are told in the words of Go', () => {
    expect(['SIGKILL', 'SIGTERM', 'SIGXCPU', 'SIGRTMIN+3'].map(describeSignal)).to.deep.equal([
      'killed',
      'terminated',
      'signal 24',
      'signal 37',
    ]);
  });
});
