/**
 * The screen of `circuit top` for terminals of all sizes.
 */
import { expect } from 'chai';
import fc from 'fast-check';
import { escapeControls } from '../../../src/base/quote.js';
import { screenOf } from '../../../src/cli/top/draw/screen.js';
import { paint } from '../../../src/cli/terminal/line.js';
import { widthOf } from '../../../src/cli/terminal/cells.js';
import { Machine, NOW_MS, runnable, snapshotOf } from './fixture.js';

describe('the screen of circuit top', () => {
  it('has members with their load, the elements, where the selected one is, and the keys', () => {
    const channels = [
      { host: 'web-1', path: '/X1/jobs/c', capacity: 3, buffered: 1, senders: 0, receivers: 2, taken: 0, dead: 0, closed: false },
    ];
    const machine = new Machine(snapshotOf([runnable('a')], { channels }), { columns: 100, rows: 14 });
    const [title, head, server, listHead, first, second] = machine.lines;
    expect(title).to.equal('circuit  1 server  1 running  1 channel  03:04:05  load 0.50/8');
    expect(head).to.match(/^SERVER +ID +UP +LOAD/);
    expect(server).to.match(/^web-1 +X1 +2h +0\.50\/8 /);
    expect(listHead).to.match(/^HOST +KIND +PID +STATE↓ +SINCE +NAME +COMMAND$/);
    expect(first).to.match(/^web-1 +proc +7 +running +4s +a +sleep 9$/);
    expect(second).to.match(/^web-1 +chan +1\/3, 2 receiving +jobs\/c$/);
    expect(machine.lines.at(-2)).to.equal('/X1/a  sleep 9');
    expect(machine.lines.at(-1)).to.contain('s signal').and.contain('q quit');
    expect(screenOf(machine.state)[4]).to.have.property('selected', true);
  });

  it('shows of many servers those with the most to do, and counts the others', () => {
    const figures = { cpu_s: 1, memory_bytes: 1, anchors: 1, processes: 1, operations: 1, processors: 4 };
    const servers = Array.from({ length: 1000 }, (_, at) => ({ host: `h${at}`, id: `X${at}`, joined: new Date(NOW_MS).toISOString(), figures: at === 7 ? undefined : { ...figures, load: at === 500 ? 9 : 0 } })); // prettier-ignore
    const machine = new Machine(snapshotOf([runnable('a')], { servers }), { columns: 100, rows: 30 });
    expect(machine.lines[2]).to.match(/^h7 .*does not answer/);
    expect(machine.lines[3]).to.match(/^h500 .* 9\.00\/4 /);
    expect(machine.screen).to.contain('… 992 more');
    expect(machine.lines).to.have.length(30);
  });

  it('fits any terminal, and has nothing that it acts on, whatever there is and whatever was pressed', () => {
    const names = fc.array(fc.string({ unit: 'binary', maxLength: 30 }), { maxLength: 20 });
    const keys = fc.array(fc.constantFrom('down', 'enter', 'escape', 's', 'x', '/', 'a', '?', 'e', 'end', 'o', 'y', 'pagedown', 'home'), { maxLength: 12 }); // prettier-ignore
    fc.assert(
      fc.property(fc.nat(120), fc.nat(40), names, names, keys, (columns, rows, running, printed, pressed) => {
        const machine = new Machine(snapshotOf(running.map((name, at) => runnable(name, { host: name, command: [name], pid: at }))), { columns, rows }); // prettier-ignore
        machine.press(...pressed);
        if (machine.state.pane !== undefined) machine.prints(printed.join('\n'));
        const lines = screenOf(machine.state);
        expect(lines.length).to.be.at.most(rows);
        for (const line of lines) {
          // eslint-disable-next-line no-control-regex -- these are its own
          const text = paint(line, columns, true).replace(/\u001b\[[\d;]*m/g, '');
          expect(widthOf(text)).to.be.at.most(columns);
          expect(text).to.equal(escapeControls(text));
        }
      }),
    );
  });
});
