import { expect } from 'chai';
import { COMPLAINTS_MAX } from '../../src/base/limits.js';
import { sessionLog } from '../../src/server/session-log.js';

describe('what the log says of sessions', () => {
  it('is one line a minute for an address and what happened, with the number of those left out', () => {
    const lines: string[] = [];
    let now_ms = 0;
    const tell = sessionLog(
      (_level, line) => lines.push(line),
      () => now_ms,
    );
    for (let n = 0; n < 100; n++) tell({ peer: `C${n}`, event: 'begun', from: '192.0.2.1' });
    for (let n = 0; n < 100; n++) tell({ peer: `C${n}`, event: `ended: C${n} breaks off\u202e`, from: '192.0.2.1' });
    tell({ peer: 'C0', event: 'begun', from: '192.0.2.2' });
    for (let n = 0; n < 60; n++) tell({ peer: 'Xa', event: `refused: ${n}` });
    now_ms = 60_000;
    tell({ peer: 'C0', event: 'begun', from: '192.0.2.1' });
    expect(lines).to.deep.equal([
      'session with C0 at 192.0.2.1: begun',
      String.raw`session with C0 at 192.0.2.1: ended: C0 breaks off\342\200\256`,
      'session with C0 at 192.0.2.2: begun',
      'session with Xa: refused: 0',
      'session with C0 at 192.0.2.1: begun (and 99 times more since that was last said)',
    ]);
  });

  it('is bounded over all addresses', () => {
    let lines = 0;
    const tell = sessionLog(
      () => lines++,
      () => 0,
    );
    for (let n = 0; n < 10 * COMPLAINTS_MAX; n++) tell({ peer: 'C', event: 'begun', from: `10.${n >> 16}.${(n >> 8) & 0xff}.${n & 0xff}` });
    expect(lines).to.equal(COMPLAINTS_MAX + 1);
  });
});
