import { constants } from 'node:os';
import { expect } from 'chai';
import { pendingEffect } from '../../../../mount/engine/kernel/interrupts.js';

/** As proc(5) has it, with the signals of each mask by name. */
function status(masks: Readonly<Record<string, readonly NodeJS.Signals[]>>): string {
  const rows = ['SigPnd', 'ShdPnd', 'SigBlk', 'SigIgn', 'SigCgt'].map((name) => {
    const mask = (masks[name] ?? []).reduce((bits, signal) => bits | (1n << BigInt(constants.signals[signal] - 1)), 0n);
    return `${name}:\t${mask.toString(16).padStart(16, '0')}\n`;
  });
  return `Name:\tcat\n${rows.join('')}`;
}

describe('the signals pending for a caller', () => {
  it('kill it by KILL, for its thread or its process, whatever it catches', () => {
    expect(pendingEffect(status({ SigPnd: ['SIGKILL'], SigCgt: ['SIGTERM'] }))).to.equal('kills');
    expect(pendingEffect(status({ ShdPnd: ['SIGKILL', 'SIGINT'], SigCgt: ['SIGINT'] }))).to.equal('kills');
  });

  it('kill it by one that is neither caught nor ignored and terminates by default', () => {
    for (const signal of ['SIGTERM', 'SIGQUIT', 'SIGSEGV', 'SIGALRM'] as const) {
      expect(pendingEffect(status({ ShdPnd: [signal] })), signal).to.equal('kills');
      expect(pendingEffect(status({ ShdPnd: [signal], SigCgt: [signal] })), signal).to.equal('interrupts');
    }
    expect(pendingEffect(status({ ShdPnd: ['SIGHUP'] }).replace(/^ShdPnd.*$/m, 'ShdPnd:\t8000000000000000')), 'real-time').to.equal(
      'kills',
    );
  });

  it('only interrupt it by one that stops or continues it', () => {
    for (const signal of ['SIGTSTP', 'SIGTTIN', 'SIGTTOU', 'SIGCONT'] as const)
      expect(pendingEffect(status({ SigPnd: [signal] })), signal).to.equal('interrupts');
  });

  it('do nothing if they are blocked, or if shells and terminals send them all the time', () => {
    expect(pendingEffect(status({ ShdPnd: ['SIGTERM'], SigBlk: ['SIGTERM'] }))).to.equal('none');
    expect(pendingEffect(status({ ShdPnd: ['SIGCHLD', 'SIGWINCH'], SigCgt: ['SIGCHLD'] }))).to.equal('none');
    expect(pendingEffect(status({}))).to.equal('none');
  });
});
