import { expect } from 'chai';
import fc from 'fast-check';
import { type Key, KeyReader } from '../../../src/cli/terminal/keys.js';

function keysOf(...chunks: readonly string[]): readonly Key[] {
  const reader = new KeyReader();
  return [...chunks.flatMap((chunk) => reader.feed(Buffer.from(chunk))), ...reader.flush()];
}

describe('keys', () => {
  it('are read from what terminals send for them', () => {
    expect(keysOf('a?é日')).to.deep.equal(['a', '?', 'é', '日']);
    expect(keysOf('\r\n\t\u007f\u0003\u001a')).to.deep.equal(['enter', 'enter', 'tab', 'backspace', 'ctrl-c', 'ctrl-z']);
    expect(keysOf('\u001b[A\u001bOB\u001b[5~\u001b[6~')).to.deep.equal(['up', 'down', 'pageup', 'pagedown']);
    expect(keysOf('\u001b[H\u001b[4~\u001bOF\u001b[1~\u001b[3~')).to.deep.equal(['home', 'end', 'end', 'home', 'delete']);
    expect(keysOf('\u001b[1;5A')).to.deep.equal(['up']);
  });

  it('are put together from pieces, and Escape is what nothing follows', () => {
    expect(keysOf('\u001b', '[', 'A')).to.deep.equal(['up']);
    expect(keysOf('\u001b')).to.deep.equal(['escape']);
    expect(keysOf('\u001bx')).to.deep.equal(['escape', 'x']);
    const [first, second] = [Buffer.from('日').subarray(0, 1), Buffer.from('日').subarray(1)];
    const reader = new KeyReader();
    expect([...reader.feed(first), ...reader.feed(second)]).to.deep.equal(['日']);
  });

  it('that nobody knows are let go, as a whole', () => {
    expect(keysOf('\u001b[15~\u001b[?1;2c\u001bOPx')).to.deep.equal(['x']);
    expect(keysOf(`\u001b[${'1'.repeat(1000)}`).length).to.be.above(0);
  });

  it('are the same however their bytes come', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', '\u001b[A', '\u001bOH', '日', '\r', '\u001b[1;2B')), fc.array(fc.nat(30)), (all, cuts) => {
        const bytes = Buffer.from(all.join(''));
        const reader = new KeyReader();
        const points = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
        const keys = points.slice(1).flatMap((to, at) => reader.feed(bytes.subarray(points[at], to)));
        expect([...keys, ...reader.flush()]).to.deep.equal(keysOf(all.join('')));
      }),
    );
  });
});
