import { expect } from 'chai';
import fc from 'fast-check';
import { escapeControls } from '../../../src/base/quote.js';
import { type Held, heldOf } from '../../../src/cli/ps/holders.js';
import type { Runnable } from '../../../src/cli/ps/runnable.js';
import { figuresOf } from '../../../src/cli/figures.js';
import { widthOf } from '../../../src/cli/terminal/cells.js';
import { listing } from '../../../src/cli/top/listing.js';
import { memberCells } from '../../../src/cli/top/members.js';
import { channelOf, type Snapshot } from '../../../src/cli/top/model.js';

const METRICS = `# HELP process_cpu_seconds_total Total
process_cpu_seconds_total 1.5
process_resident_memory_bytes 71000000
circuit_anchors 4
circuit_processes 2
circuit_operations_total{operation="mkproc",result="ok"} 3
circuit_operations_total{operation="a } b",result="ok"} 4
`;
const NOW_MS = Date.parse('2026-01-02T03:04:05.000Z');
const PEEK = { ID: 'X1', Load: 0.5, Cpus: 8, Links: [] };

function runnable(path: string, more: Partial<Runnable> = {}): Runnable {
  const since = '2026-01-02T03:04:01.000Z';
  return { host: 'web-1', path, kind: 'proc', pid: 7, phase: 'running', since, command: ['sleep', '9'], ended: false, held: [], ...more };
}

function snapshot(more: Partial<Snapshot> = {}): Snapshot {
  const server = { host: 'web-1', id: 'X1', joined: '2026-01-02T01:04:05.000Z', figures: figuresOf(METRICS, PEEK) };
  return { now_ms: NOW_MS, servers: [server], runnables: [], channels: [], held: [], others: [], isCut: false, ...more };
}

describe('circuit top prints', () => {
  it("a server's figures, and rates from the second look on", () => {
    expect(listing(snapshot(), 200)).to.deep.equal([
      'circuit  1 server  0 running  0 channels  03:04:05',
      '',
      'SERVER  ID  UP  LOAD    CPU  MEMORY  ANCHORS  PROCS  OPS/s',
      'web-1   X1  2h  0.50/8  -    71 MB   4        2      -',
    ]);
    const before = snapshot({ now_ms: NOW_MS - 2000, servers: snapshot().servers.map((one) => ({ ...one, figures: figuresOf('process_cpu_seconds_total 1\ncircuit_operations_total 1\n') })) }); // prettier-ignore
    const [server] = snapshot().servers;
    const cells = server === undefined ? [] : memberCells(server, snapshot(), before);
    expect(cells).to.deep.equal(['web-1', 'X1', '2h', '0.50/8', '25%', '71 MB', '4', '2', '3']);
  });

  it('a server that does not answer as one', () => {
    const silent = snapshot({ servers: snapshot().servers.map((one) => ({ ...one, figures: undefined })) });
    expect(listing(silent, 200)[3]).to.match(/^web-1 .*does not answer$/);
  });

  it('first what is held back by unread output, last what has ended', () => {
    const runnables = [
      runnable('/X1/done', { ended: true, phase: 'exited 0' }),
      runnable('/X1/runs'),
      runnable('/X1/held', { held: ['stdout'] }),
    ];
    const lines = listing(snapshot({ runnables }), 200);
    expect(lines[0]).to.contain('2 running  1 held back by unread output');
    const order = lines.map((line) => /\/X1\/\w+/.exec(line)?.[0]).filter((path) => path !== undefined);
    expect(order).to.deep.equal(['/X1/held', '/X1/runs', '/X1/done']);
    expect(lines.find((line) => line.includes('/X1/held'))).to.contain('running, held');
  });

  it('first the channels at which most wait', () => {
    const peek = { Cap: 3, Closed: false, Buffered: 2, PendingEmpty: 1, WaitingSenders: 1, WaitingReceivers: 0 };
    const channels = [
      channelOf('web-1', '/X1/a', { ...peek, WaitingSenders: 0, PendingEmpty: 0, Closed: true }),
      channelOf('web-1', '/X1/b', { ...peek, NumTaken: 1, Dead: 4 }),
    ];
    const lines = listing(snapshot({ channels: channels.filter((one) => one !== undefined) }), 200);
    expect(lines.at(-2)).to.match(/^web-1 +\/X1\/b +2\/3 +2 +0 +1 +4$/);
    expect(lines.at(-1)).to.match(/^web-1 +\/X1\/a +2\/3 +0 +0 +0 +0 +closed$/);
    expect(channelOf('web-1', '/X1/c', { Phase: 'running' })).to.equal(undefined);
  });

  it('who holds what, and first the locks for which most wait', () => {
    const Since = '2026-01-02T03:04:01.000Z';
    const lock = (path: string, NumWaiting: number, ...Holders: readonly object[]): Held | undefined =>
      heldOf('web-1', path, { Slots: 2, NumHolders: Holders.length, NumWaiting, Holders, Waiting: [] }, (id) =>
        id === 'X2' ? 'web-2' : undefined,
      );
    const held = [lock('/X1/a', 0), lock('/X1/b', 3, { Pid: 7, Since, Token: 5 }, { Pid: 8, Server: 'X2', Since, Token: 6, Lost: Since })];
    const lines = listing(snapshot({ held: held.filter((one) => one !== undefined) }), 200);
    expect(lines[0]).to.contain('2 locks');
    expect(lines.slice(-7)).to.deep.equal([
      'HOST   LOCK   HELD  WAITING',
      'web-1  /X1/b  2/2   3',
      'web-1  /X1/a  0/2   0',
      '',
      'HOST   HELD   PID  ON     SINCE  HOLDS',
      'web-1  /X1/b  7    web-1  4s     token 5',
      'web-1  /X1/b  8    web-2  4s     token 6, lost',
    ]);
  });

  it('that not all elements are shown, if so', () => {
    expect(listing(snapshot({ isCut: true }), 200)[0]).to.contain('not all elements are shown');
  });

  it('no line wider than the terminal, and nothing that it acts on, whatever is to be shown', () => {
    const paths = fc.array(fc.string({ unit: 'binary', maxLength: 60 }), { maxLength: 40 });
    fc.assert(
      fc.property(fc.nat(120), paths, paths, (columns, running, channels) => {
        const shown = snapshot({
          runnables: running.map((path) => runnable(path)),
          channels: channels.map((path) => ({
            host: 'h',
            path,
            capacity: 1,
            buffered: 0,
            senders: 0,
            receivers: 0,
            taken: 0,
            dead: 0,
            closed: false,
          })),
        });
        const lines = listing(shown, columns);
        for (const line of lines) expect(widthOf(line)).to.be.at.most(columns);
        expect(lines.join('')).to.equal(escapeControls(lines.join('')));
      }),
    );
  });
});
