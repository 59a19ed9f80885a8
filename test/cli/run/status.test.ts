import { expect } from 'chai';
import { CircuitError } from '../../../src/base/error.js';
import { SignalCount } from '../../../src/cli/signals/interruption.js';
import { LOST, statusOf, statusOfFailure } from '../../../src/cli/run/status.js';

describe('the exit status of a program elsewhere', () => {
  it("is its own, and of one that a signal has ended 128 and the signal's number", () => {
    expect(statusOf({ ExitCode: 0, Signal: null })).to.equal(0);
    expect(statusOf({ ExitCode: 3, Signal: null })).to.equal(3);
    expect(statusOf({ ExitCode: null, Signal: 'SIGTERM' })).to.equal(143);
    expect(statusOf({ ExitCode: null, Signal: 'SIGRTMIN+1' })).to.equal(163);
    expect(statusOf({ ExitCode: null, Signal: 'SIGNEW' })).to.equal(LOST);
  });

  it('is what a shell has for one that cannot be started, and 255 for one that is lost', () => {
    expect(statusOfFailure(new CircuitError('ENOENT'))).to.equal(127);
    expect(statusOfFailure(new CircuitError('EACCES'))).to.equal(126);
    expect(statusOfFailure(new CircuitError('EHOSTDOWN'))).to.equal(255);
    expect(statusOfFailure(new TypeError('a fault'))).to.equal(255);
  });
});

describe('Ctrl-C in circuit run', () => {
  it('asks the programs to end, then ends them, then leaves', () => {
    const received = new SignalCount();
    expect([0, 1000, 2000, 3000].map((at_ms) => received.add('SIGINT', at_ms))).to.deep.equal([1, 2, 3, 4]);
  });

  it('counts once though it comes twice, from the terminal and through npm', () => {
    const received = new SignalCount();
    expect([0, 100, 1000].map((at_ms) => received.add('SIGINT', at_ms))).to.deep.equal([1, undefined, 2]);
  });

  it('counts for more when another signal follows at once', () => {
    const received = new SignalCount();
    expect(received.add('SIGINT', 0)).to.equal(1);
    expect(received.add('SIGTERM', 1)).to.equal(2);
  });
});
