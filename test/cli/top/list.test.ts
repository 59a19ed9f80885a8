/**
 * The list of `circuit top`: selecting, filtering, sorting, and what is asked before anything is done.
 */
import { expect } from 'chai';
import { SORTS } from '../../../src/cli/top/entries.js';
import { Machine, runnable, snapshotOf } from './fixture.js';

const THREE = [runnable('a'), runnable('b', { pid: 8 }), runnable('c', { pid: 9 })];
const MANY = Array.from({ length: 100 }, (_, at) => runnable(`p${String(at).padStart(2, '0')}`, { pid: at + 1 }));

describe('the list of circuit top', () => {
  it('selects by arrows, letters and pages, and stays at its ends', () => {
    const machine = new Machine(snapshotOf(MANY));
    expect(machine.selected).to.equal('/X1/p00');
    expect(machine.press('up').selected).to.equal('/X1/p00');
    expect(machine.press('down', 'j', 'down', 'k').selected).to.equal('/X1/p02');
    const page = Number(machine.press('home', 'pagedown').selected?.slice(-2));
    expect(page).to.be.within(15, 29);
    expect(machine.press('pageup').selected).to.equal('/X1/p00');
    expect(machine.press('end').selected).to.equal('/X1/p99');
    expect(machine.screen).to.contain('p99').and.not.contain('p00'); // prettier-ignore
    expect(machine.press('pagedown', 'home').selected).to.equal('/X1/p00');
  });

  it('keeps an element selected while others come and go, and takes its neighbour when it goes itself', () => {
    const machine = new Machine(snapshotOf(THREE)).press('down');
    expect(machine.selected).to.equal('/X1/b');
    machine.take({ kind: 'looked', snapshot: snapshotOf([runnable('0', { pid: 5 }), ...THREE]) });
    expect(machine.selected).to.equal('/X1/b');
    machine.take({ kind: 'looked', snapshot: snapshotOf(THREE.filter(({ path }) => path !== '/X1/b')) });
    expect(machine.selected).to.equal('/X1/c');
    machine.take({ kind: 'looked', snapshot: snapshotOf([]) });
    expect(machine.selected).to.equal(undefined);
    expect(machine.screen).to.contain('no elements');
    machine.press('enter', 's', 'x', 'd', 'down', 'end');
    expect(machine.effects).to.deep.equal([]);
    machine.take({ kind: 'looked', snapshot: snapshotOf(THREE) });
    expect(machine.selected).to.equal('/X1/a');
  });

  it('shows what needs somebody first, what has ended last; or in another order, and the other way round', () => {
    const machine = new Machine(
      snapshotOf([
        runnable('done', { ended: true, phase: 'exited 0', pid: 1 }),
        runnable('runs', { pid: 2 }),
        runnable('held', { held: ['stdout'], pid: 3, host: 'web-2' }),
      ]),
    );
    const names = (): readonly string[] => machine.state.entries.map(({ path }) => path.slice(4));
    expect(names()).to.deep.equal(['held', 'runs', 'done']);
    expect(machine.press('o').state.sort).to.equal('host');
    expect(names()).to.deep.equal(['done', 'runs', 'held']);
    machine.press('I');
    expect(names()).to.deep.equal(['held', 'done', 'runs']);
    machine.press('I', '>');
    expect(names()).to.deep.equal(['done', 'held', 'runs']);
    expect(machine.press('<', '<').state.sort).to.equal('urgency');
    machine.press(...SORTS.map(() => '<'));
    expect(machine.state.sort).to.equal('urgency');
  });

  it('filters by words as they are typed, Enter keeps that, Esc lets go of it', () => {
    const machine = new Machine(snapshotOf([...THREE, runnable('other', { command: ['Vi', 'x'], pid: 10 })]));
    machine.press('/').type('VI web-1');
    expect(machine.state.entries.map(({ path }) => path)).to.deep.equal(['/X1/other']);
    expect(machine.press('enter').screen).to.contain('/VI web-1');
    expect(machine.press('/', 'ctrl-u').type('zzz').screen).to.contain('/zzz_');
    expect(machine.press('escape').state.filter).to.equal('VI web-1');
    expect(machine.press('escape').state.entries).to.have.length(4);
    machine.press('/').type('q?sx'); // letters, not commands
    expect(machine.effects).to.deep.equal([]);
    expect(machine.press('backspace').state.filter).to.equal('q?s');
    expect(machine.press('enter').screen).to.contain('nothing has these words');
    machine.press('/').type('a'.repeat(1000));
    expect(machine.state.filter.length).to.be.at.most(200);
  });

  it('sends a signal that was chosen and confirmed, and none else', () => {
    const machine = new Machine(snapshotOf(THREE)).press('down', 's');
    expect(machine.screen).to.contain('SIGNAL').and.contain('TERM');
    expect(machine.press('enter').screen).to.contain('Send TERM to /X1/b (sleep 9)? y/N');
    expect(machine.press('n').effects).to.deep.equal([]);
    machine.press('s', 'escape', 's', 'k', 'enter');
    expect(machine.screen).to.contain('Send KILL to /X1/b (sleep 9)?');
    expect(machine.press('y').effects).to.have.length(1);
    expect(machine.effects[0]).to.deep.include({ kind: 'act', deed: { do: 'signal', name: 'KILL' } });
    expect(machine.effects[0]).to.have.nested.property('entry.path', '/X1/b');
    machine.press('s', 'home', 'enter');
    expect(machine.screen).to.contain('Send HUP');
    machine.press('escape', 's', 'u', 'u', 'enter');
    expect(machine.screen).to.contain('Send USR1').and.not.contain('Send USR2'); // prettier-ignore
  });

  it('does nothing to another element than the one it has asked about', () => {
    const machine = new Machine(snapshotOf(THREE)).press('s', 'enter');
    machine.take({ kind: 'looked', snapshot: snapshotOf([runnable('a', { pid: 1234 }), runnable('b', { pid: 8 })]) });
    expect(machine.press('y').effects).to.deep.equal([]);
    expect(machine.screen).to.contain('/X1/a: it is not what it was: nothing was done');
  });

  it('scrubs and drains when that is confirmed, also what the filter hides by then', () => {
    const machine = new Machine(snapshotOf(THREE)).press('x');
    expect(machine.screen).to.contain('Scrub /X1/a (sleep 9)? It is running. y/N');
    machine.press('y', 'd');
    expect(machine.screen).to.contain('Drain /X1/a (sleep 9)? y/N');
    machine.press('y');
    expect(machine.effects.map((effect) => (effect.kind === 'act' ? effect.deed.do : effect.kind))).to.deep.equal(['scrub', 'drain']);
  });

  it('sends no signals to what runs nothing, and says so', () => {
    const others = [{ host: 'web-1', path: '/X1/l', kind: 'lock', state: '1 held' }];
    const machine = new Machine(snapshotOf([], { others }));
    expect(machine.press('s').screen).to.contain('/X1/l: only programs take signals');
    expect(machine.state.dialog).to.equal(undefined);
    expect(machine.press('x').screen).to.contain('Scrub /X1/l?');
  });

  it('quits, stops and draws anew whatever it shows, and says what became of what was done', () => {
    const machine = new Machine(snapshotOf(THREE));
    machine.press('?');
    expect(machine.screen).to.contain('send it a signal');
    machine.press('ctrl-z', 'ctrl-l', 'ctrl-c');
    machine.press('escape', 'x', 'q'); // leaves the help, and the question
    expect(machine.effects.map(({ kind }) => kind)).to.deep.equal(['suspend', 'refresh', 'quit']);
    machine.press('q');
    expect(machine.effects.at(-1)).to.deep.equal({ kind: 'quit' });
    machine.take({ kind: 'told', text: 'no such \u001b[2J anchor', isBad: true });
    expect(machine.screen).to.contain('no such \\033[2J anchor');
    expect(machine.press('down').screen).to.not.contain('no such');
  });
});
