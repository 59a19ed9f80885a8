import { expect } from 'chai';
import fc from 'fast-check';
import { LOG_MAX_BYTES, LOG_OPERATIONS } from '../../src/base/limits.js';
import { OperationLog } from '../../src/server/operation-log.js';

const ID = 'X0123456789abcdef';
const credentials = { uid: 1, gid: 2, pid: 3 };
const time = new Date('2026-01-02T03:04:05.678Z');

function record(log: OperationLog, times: number, path = `/${ID}/a`): void {
  for (let count = 0; count < times; count++) log.record({ operation: 'scrub', path, args: [], result: 'ok', credentials }, time);
}

function entries(log: OperationLog): { seq: number }[] {
  const lines = Buffer.from(log.read(0, log.size)).toString().split('\n');
  expect(lines.pop()).to.equal('');
  return lines.map((line) => JSON.parse(line) as { seq: number });
}

/** Sequence numbers of the first and last line, and how many there are. */
function summary(log: OperationLog): [first: number, last: number, count: number] {
  const lines = Buffer.from(log.read(0, log.size)).toString().trimEnd().split('\n');
  const seq = (line = ''): number => (JSON.parse(line) as { seq: number }).seq;
  return [seq(lines[0]), seq(lines.at(-1)), lines.length];
}

describe('the operation log', () => {
  it('has one JSON object a line: number, time, who asked, what, where, with what result', () => {
    const log = new OperationLog(ID);
    log.record({ operation: 'mkchan', path: `/${ID}/a\nb`, args: { capacity: 3 }, result: 'ok', credentials }, time);
    log.record(
      { operation: 'rmdir', path: `/${ID}/a`, result: 'it has sub-anchors', credentials: { ...credentials, server: 'Xother' } },
      time,
    );
    const same = { time: '2026-01-02T03:04:05.678Z', uid: 1, pid: 3 };
    expect(entries(log)).to.deep.equal([
      { ...same, seq: 1, server: ID, operation: 'mkchan', path: `/${ID}/a\nb`, args: { capacity: 3 }, result: 'ok' },
      { ...same, seq: 2, server: 'Xother', claimed: true, operation: 'rmdir', path: `/${ID}/a`, result: 'it has sub-anchors' },
    ]);
  });

  it('holds of one operation no more than a few thousand characters, and nothing that acts on a terminal', () => {
    const log = new OperationLog(ID);
    log.record({ operation: 'mkproc', path: `/${ID}/\u202ea\u009b`, args: ['x'.repeat(1e6)], result: 'y'.repeat(1e6), credentials }, time);
    const text = Buffer.from(log.read(0, log.size)).toString();
    expect(text.length).to.be.below(10_000);
    expect(text).to.match(/^[ -~…]+\n$/);
    const [entry] = entries(log);
    expect(entry).to.include({ path: `/${ID}/\u202ea\u009b` });
    expect(entry)
      .to.have.property('args')
      .that.matches(/^\["x+…$/);
  });

  it('is a file with a true size, whatever part of it is read', () => {
    const log = new OperationLog(ID);
    record(log, 50);
    const whole = Buffer.from(log.read(0, log.size));
    expect(whole.length).to.equal(log.size);
    fc.assert(
      fc.property(fc.nat(log.size + 10), fc.nat(log.size + 10), (offset, max) => {
        expect(Buffer.from(log.read(offset, max)).equals(whole.subarray(offset, offset + max))).to.equal(true);
      }),
    );
  });

  it('keeps at least the last 10,000 operations, and never twice as many', () => {
    const log = new OperationLog(ID);
    let most = 0;
    for (let recorded = 2500; recorded <= 50_000; recorded += 2500) {
      record(log, 2500);
      const [first, last, count] = summary(log);
      expect(last).to.equal(recorded);
      expect(count).to.be.at.least(Math.min(recorded, LOG_OPERATIONS));
      expect(first, 'without gaps').to.equal(recorded - count + 1);
      most = Math.max(most, count);
    }
    expect(most).to.be.lessThan(2 * LOG_OPERATIONS);
  });

  it('never holds more than its bytes, and then halves itself, so that those who follow it start over rarely', () => {
    const log = new OperationLog(ID);
    let shrunk = 0;
    for (let count = 0; count < 400; count++) {
      const before = log.size;
      record(log, 1, 'x'.repeat(100_000));
      expect(log.size).to.be.at.most(LOG_MAX_BYTES);
      if (log.size < before) shrunk++;
    }
    expect(shrunk).to.be.within(5, 10);
  });
});
