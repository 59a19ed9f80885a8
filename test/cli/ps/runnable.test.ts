import { expect } from 'chai';
import { runnableOf } from '../../../src/cli/ps/runnable.js';
import { ageOf, runnablesText } from '../../../src/cli/ps/table.js';

const START = '2026-01-02T03:04:05.000Z';
const START_MS = Date.parse(START);
const PROCESS = { Cmd: { Path: '/bin/sh', Args: ['-c', 'a b'] }, Phase: 'running', Pid: 7, ExitCode: null, Signal: null, Started: START, Finished: null, Held: {} }; // prettier-ignore
const CONTAINER = { Id: 'ab', Path: 'nginx', Args: ['-g'], State: { Status: 'running', Pid: 9, ExitCode: 0, StartedAt: START, FinishedAt: '0001-01-01T00:00:00Z' } }; // prettier-ignore

describe('what circuit ps shows', () => {
  const seen = (peek: unknown, kind = 'proc'): ReturnType<typeof runnableOf> => runnableOf('web-1', '/X/a', kind, peek);

  it('is a process by its phase, program, and what holds it back', () => {
    expect(seen({ ...PROCESS, Held: { stdout: {} } })).to.deep.equal({
      ...{ host: 'web-1', path: '/X/a', kind: 'proc', pid: 7, phase: 'running', since: START },
      ...{ command: ['/bin/sh', '-c', 'a b'], ended: false, held: ['stdout'] },
    });
  });

  it('says of one that has ended how and since when', () => {
    const finished = '2026-01-02T03:04:06.000Z';
    expect(seen({ ...PROCESS, Phase: 'exited', ExitCode: 3, Finished: finished })).to.include({
      phase: 'exited 3',
      since: finished,
      ended: true,
    });
    expect(seen({ ...PROCESS, Phase: 'signaled', Signal: 'SIGTERM' })).to.include({ phase: 'SIGTERM', ended: true });
  });

  it("is a container by Docker's inspect document, of whatever kind it is called", () => {
    expect(seen(CONTAINER, 'some new kind')).to.deep.include({ kind: 'some new kind', pid: 9, phase: 'running', command: ['nginx', '-g'], ended: false }); // prettier-ignore
    expect(seen({ ...CONTAINER, State: { Status: 'exited', Pid: 0, ExitCode: 1 } })).to.include({
      phase: 'exited 1',
      pid: null,
      ended: true,
    });
  });

  it('is not what runs nothing, nor what makes no sense', () => {
    for (const peek of [null, undefined, 3, 'x', [], {}, { Phase: 3 }, { State: 'x' }, { Cap: 3, Closed: false }]) {
      expect(seen(peek), JSON.stringify(peek)).to.equal(undefined);
    }
    expect(seen({ Phase: 'running', Cmd: 'x' }))
      .to.include({ pid: null })
      .and.deep.include({ command: ['?'] });
  });

  it('is of bounded length, whatever a server says', () => {
    const found = seen({ ...PROCESS, Phase: 'p'.repeat(100_000), Cmd: { Path: '\u202e/x', Args: ['y'.repeat(100_000)] } });
    const text = runnablesText(found === undefined ? [] : [found], START_MS, Infinity);
    expect(text.length).to.be.below(40_000);
    expect(text).not.to.include('\u202e');
  });

  it('stands in columns, the command as it can be typed, cut where the terminal ends', () => {
    const found = seen(PROCESS);
    const rows = found === undefined ? [] : [found];
    const line = "web-1  7    running  4s     /X/a  /bin/sh -c 'a b'";
    expect(runnablesText(rows, START_MS + 4000, Infinity)).to.equal(`HOST   PID  PHASE    SINCE  PATH  COMMAND\n${line}\n`);
    expect(runnablesText(rows, START_MS + 4000, 20).split('\n')[1]).to.equal(`${line.slice(0, 19)}…`);
  });

  it('tells age in the largest unit that has passed', () => {
    const ages = [-5, 0, 59, 60, 3599, 3600, 86_399, 86_400 * 9].map((age_s) => ageOf(START, START_MS + age_s * 1000));
    expect(ages).to.deep.equal(['0s', '0s', '59s', '1m', '59m', '1h', '23h', '9d']);
    expect(ageOf(null, 0)).to.equal('-');
    expect(ageOf('never', 0)).to.equal('-');
  });
});
