/**
 * The pane of `circuit top`: what a program prints, as it comes, scrolled back, and never more than is kept.
 */
import { expect } from 'chai';
import fc from 'fast-check';
import { TOP_LINE_MAX, TOP_OUTPUT_LINES_MAX, TOP_OUTPUT_MAX } from '../../../src/base/limits.js';
import { append, linesOf, NOTHING, shownLine } from '../../../src/cli/top/state/output.js';
import { Machine, runnable, snapshotOf } from './fixture.js';

const numbered = (from: number, to: number): string => Array.from({ length: to - from }, (_, at) => `line ${from + at}\n`).join('');
const open = (size = { columns: 60, rows: 10 }): Machine => new Machine(snapshotOf([runnable('a')]), size).press('enter');

describe('the pane of circuit top', () => {
  it('shows the end of what a program prints, and follows it', () => {
    const machine = open().prints('one\ntwo');
    expect(machine.lines[0]).to.contain('stdout  /X1/a  running');
    expect(machine.lines.slice(1, 3)).to.deep.equal(['one', 'two']);
    machine.prints(`\n${numbered(3, 50)}`);
    expect(machine.screen).to.contain('line 49').and.not.contain('line 40\n'); // prettier-ignore
    expect(machine.lines).to.have.length(10);
  });

  it('scrolls back, stays there while more comes, and follows again at the end', () => {
    const machine = open().prints(numbered(0, 100)).press('home');
    expect(machine.lines[1]).to.equal('line 0');
    machine.press('pagedown').prints(numbered(100, 200));
    expect(machine.lines[1]).to.equal('line 6');
    expect(machine.lines[0]).to.contain('scrolled back');
    machine.press('down', 'k', 'up');
    expect(machine.lines[1]).to.equal('line 5');
    machine.press('end').prints('last\n');
    expect(machine.lines[7]).to.equal('last');
    machine.press('pageup', 'pagedown').prints('very last\n');
    expect(machine.lines[7]).to.equal('very last');
  });

  it('keeps the lines in place that somebody looks at, until they are forgotten', () => {
    const machine = open().prints(numbered(0, TOP_OUTPUT_LINES_MAX)).press('home', 'pagedown', 'pagedown');
    const [, first] = machine.lines;
    machine.prints(numbered(TOP_OUTPUT_LINES_MAX, TOP_OUTPUT_LINES_MAX + 10));
    expect(machine.lines[1]).to.equal(first);
    machine.prints(numbered(0, TOP_OUTPUT_LINES_MAX));
    expect(machine.lines[1]).to.not.equal(first);
  });

  it('goes over to stderr and to the state, and back to the list; what comes late for what is not shown is let go', () => {
    const machine = open().prints('out\n');
    const before = machine.state.pane?.serial ?? 0;
    machine.press('e');
    expect(machine.lines[0]).to.contain('stderr  /X1/a');
    machine.take({ kind: 'printed', pane: before, text: 'late\n' }).prints('err\n');
    expect(machine.screen).to.contain('err').and.not.contain('late'); // prettier-ignore
    machine.press('p').take({ kind: 'peeked', pane: machine.state.pane?.serial ?? 0, text: '{\n  "Phase": "running"\n}\n' });
    expect(machine.lines[2]).to.equal('  "Phase": "running"');
    machine.take({ kind: 'ended', pane: machine.state.pane?.serial ?? 0, why: 'the element was scrubbed' });
    expect(machine.lines[0]).to.contain('the element was scrubbed');
    expect(machine.press('escape').state.pane).to.equal(undefined);
    expect(machine.screen).to.contain('HOST');
  });

  it('signals the program that it shows, whichever is selected by then', () => {
    const machine = open().press('s', 'enter');
    expect(machine.screen).to.contain('Send TERM to /X1/a (sleep 9)? y/N');
    machine.press('y');
    expect(machine.effects.map(({ kind }) => kind)).to.deep.equal(['act']);
    expect(machine.state.pane?.file).to.equal('stdout');
  });

  it('wraps long lines, by cells', () => {
    const machine = open({ columns: 10, rows: 10 }).prints(`${'日本'.repeat(6)}\n`);
    expect(machine.lines.slice(1, 4)).to.deep.equal(['日本日本日', '本日本日本', '日本']);
    machine.prints('x'.repeat(1000));
    expect(machine.lines[7]).to.equal('x'.repeat(10));
  });

  it('shows of what is meant for a terminal only the text', () => {
    expect(shownLine('\u001b[31mred\u001b[0m \u001b]0;title\u0007plain\r')).to.equal('red plain');
    expect(shownLine('10%\r50%\r100%')).to.equal('100%');
    expect(shownLine('a\tbc\td')).to.equal('a       bc      d');
    expect(shownLine('a\u0000b\u0085c')).to.equal('a\\000b\\302\\205c');
    const [split] = linesOf(append(append(NOTHING, 'x\u001b[3'), '1my\n'));
    expect(split).to.equal('xy');
  });

  it('keeps no more than it may, and loses nothing of what it keeps', () => {
    const pieces = fc.array(fc.oneof(fc.string(), fc.constantFrom('\n', '\n\n', 'x'.repeat(TOP_LINE_MAX + 3))), { maxLength: 30 });
    fc.assert(
      fc.property(pieces, (texts) => {
        const together = linesOf(append(NOTHING, texts.join('')));
        const apart = linesOf(texts.reduce(append, NOTHING));
        expect(apart).to.deep.equal(together);
      }),
      { numRuns: 50 },
    );
    const much = append(NOTHING, `${'y'.repeat(1000)}\n`.repeat(10_000));
    expect(much.lines.length).to.be.at.most(TOP_OUTPUT_LINES_MAX);
    expect(much.lines.join('').length).to.be.at.most(TOP_OUTPUT_MAX);
    expect(much.lines.length + much.forgotten).to.equal(10_000);
  });
});
