import { expect } from 'chai';
import { CallerOutput } from '../../src/console/caller-output.js';
import { type Frame, FRAME, FrameReader } from '../../src/console/frames.js';

describe('the output of a caller of the native front', () => {
  it('has one piece under way, also when who is told that one was written writes the next at once', () => {
    const frames: Frame[] = [];
    const reader = new FrameReader();
    const output = new CallerOutput(1, true, (bytes) => frames.push(...reader.feed(bytes)));
    const told: string[] = [];
    output.write('one', () => {
      told.push('one');
      output.write('two', () => told.push('two'));
    });
    output.write('', () => told.push('nothing'));
    for (let n = 1; n <= 3; n++) {
      expect(frames.map(({ type, payload }) => [type, payload.toString()])).to.deep.equal(
        ['one', '', 'two'].slice(0, n).map((text) => [FRAME.write, text]),
      );
      output.wrote(0);
    }
    expect(frames).to.have.length(3);
    expect(told).to.deep.equal(['one', 'nothing', 'two']);
  });

  it('has one piece under way when nothing else waits', () => {
    const frames: Frame[] = [];
    const reader = new FrameReader();
    const output = new CallerOutput(1, true, (bytes) => frames.push(...reader.feed(bytes)));
    output.write('one', () => void output.write('two'));
    output.wrote(0);
    expect(frames.map(({ payload }) => payload.toString())).to.deep.equal(['one', 'two']);
    output.wrote(0);
    expect(frames).to.have.length(2);
  });
});
