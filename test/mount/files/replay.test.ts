import { expect } from 'chai';
import fc from 'fast-check';
import { Replay } from '../../../mount/files/replay.js';
import { CircuitError } from '../../../src/base/error.js';
import { REPLAY_BYTES } from '../../../src/base/limits.js';

describe('what a descriptor has read', () => {
  it('can be read again, up to 64 KiB back', () => {
    const replay = new Replay();
    replay.keep(Buffer.from('hello '));
    replay.keep(Buffer.from('world'));
    expect(replay.end).to.equal(11);
    expect(Buffer.from(replay.from(6, 100)).toString()).to.equal('world');
    expect(Buffer.from(replay.from(0, 5)).toString()).to.equal('hello');
    replay.keep(new Uint8Array(REPLAY_BYTES));
    expect(() => replay.from(10, 1))
      .to.throw(CircuitError, /only the last 64 KiB/)
      .with.property('code', 'ESPIPE');
    expect(replay.from(11, 1)).to.deep.equal(Uint8Array.of(0));
  });

  it('cannot be read again where it was passed over', () => {
    const replay = new Replay();
    replay.keep(Buffer.from('abc'));
    replay.pass(2);
    replay.keep(Buffer.from('f'));
    expect(() => replay.from(4, 1))
      .to.throw(CircuitError)
      .with.property('code', 'ESPIPE');
    expect(Buffer.from(replay.from(5, 9)).toString()).to.equal('f');
  });

  it('is, whatever was read in whatever pieces, the same bytes again or ESPIPE', () => {
    const pieces = fc.array(fc.oneof(fc.nat(300), fc.nat(70_000)), { maxLength: 20 });
    fc.assert(
      fc.property(pieces, fc.nat(), fc.integer({ min: 1, max: 100_000 }), (lengths, where, size) => {
        const whole = Buffer.alloc(lengths.reduce((sum, length) => sum + length, 0));
        for (let at = 0; at < whole.length; at++) whole[at] = (at * 7919) >>> 5;
        const replay = new Replay();
        for (const length of lengths) replay.keep(whole.subarray(replay.end, replay.end + length));
        expect(replay.end).to.equal(whole.length);
        if (whole.length === 0) return;
        const position = where % whole.length;
        if (position < whole.length - REPLAY_BYTES) expect(() => replay.from(position, size)).to.throw(CircuitError);
        else expect(Buffer.compare(replay.from(position, size), whole.subarray(position, position + size))).to.equal(0);
      }),
    );
  });
});
