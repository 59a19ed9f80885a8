import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { type LocalProcess, ownProcess, readLocalProcess, stateOf } from '../../src/base/local-process.js';
import { needs } from '../lib/machine.js';
import { startOf } from '../lib/processes.js';

describe('a process of this machine', () => {
  let own: LocalProcess;
  before(function () {
    needs(this, 'linux');
    const found = ownProcess();
    if (found === undefined) throw new Error('it does not know itself');
    own = found;
  });

  it('is known to run, and to be gone when it has ended', async () => {
    expect(own.pid).to.equal(process.pid);
    expect(stateOf(own)).to.equal('running');
    const child = spawn('sh', ['-c', 'read -r _'], { stdio: ['pipe', 'ignore', 'ignore'] });
    const other = { ...own, pid: child.pid ?? 0, start: startOf(child.pid ?? 0) ?? '' };
    expect(stateOf(other)).to.equal('running');
    expect(stateOf({ ...other, start: own.start }), 'another one had its ID').to.equal('gone');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(stateOf(other)).to.equal('gone');
  });

  it('is gone when only its parent has not asked yet', async function () {
    needs(this, 'python3');
    // A shell may ask by itself.
    const program = 'import os, time\npid = os.fork()\nif pid == 0: os._exit(0)\nprint(pid)\ntime.sleep(100)';
    const parent = spawn('python3', ['-uc', program], { stdio: ['ignore', 'pipe', 'ignore'] });
    const ended = once(parent, 'exit');
    try {
      const [line] = (await once(parent.stdout, 'data')) as [Buffer];
      const pid = Number(line.toString());
      const zombie = { ...own, pid, start: startOf(pid) ?? '' };
      while (stateOf(zombie) !== 'gone') await new Promise((resolve) => setImmediate(resolve));
      expect(startOf(pid)).to.equal(zombie.start);
    } finally {
      parent.kill('SIGKILL');
      await ended;
    }
  });

  it('of another machine or PID namespace is not known', () => {
    expect(stateOf({ ...own, boot: '0'.repeat(36) })).to.equal('unknown');
    expect(stateOf({ ...own, namespace: 'pid:[1]' })).to.equal('unknown');
  });

  it('is read as it was written, and from nothing else', () => {
    expect(readLocalProcess(JSON.parse(JSON.stringify(own)))).to.deep.equal(own);
    for (const wrong of [{ pid: 0 }, { pid: '1' }, { start: 1 }, { start: '../1' }, { boot: 'x' }, { namespace: 'net:[1]' }])
      expect(readLocalProcess({ ...own, ...wrong }), JSON.stringify(wrong)).to.equal(undefined);
    for (const value of [undefined, null, 'x', []]) expect(readLocalProcess(value)).to.equal(undefined);
  });
});
