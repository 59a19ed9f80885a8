/**
 * A server that does not answer: its process is stopped, its host may be overloaded. Whoever asks it waits, can be ended, and goes on when it does;
 * everybody else is not held up.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { LEASE_MS } from '../../src/remote/leases.js';
import { needs } from '../lib/machine.js';
import { Neighbours } from '../lib/neighbours.js';
import { Programs } from '../lib/mount/programs.js';

/** Each asks the silent server in another way. */
const QUESTIONS = ['ls $A', 'stat $A/new', 'cat $A/peek', 'cat $A/error', 'cat $A/recv', 'echo lost > $A/send', 'cat $A/../log'] as const;

describe('a server that does not answer', function () {
  let neighbours: Neighbours | undefined;
  let programs: Programs;

  before(async function () {
    needs(this, 'fuse', 'root', 'python3');
    neighbours = await Neighbours.start('another server');
    const { daemon, directory, name } = neighbours;
    programs = new Programs({ A: `${directory}/a`, C: daemon.directory, NAME: name });
    await programs.run('mkdir $A; echo mkchan 0 > $A/ctl; cat $A/peek > /dev/null');
  });

  beforeEach(async () => {
    neighbours?.other?.kill('SIGSTOP');
    await delay(LEASE_MS); // what is known of its tree is not asked for
  });

  afterEach(async function () {
    neighbours?.other?.kill('SIGCONT');
    if (this.currentTest?.state === 'failed') console.log(neighbours?.log);
    await programs.end();
  });

  after(() => neighbours?.stop());

  for (const question of QUESTIONS) {
    it(`can be left alone by who asks it with ${question}`, async () => {
      // A shell that opens a file waits itself; for anything else the program does.
      const call = question.startsWith('echo') ? `${question}; :` : `exec ${question}`;
      const interrupted = programs.start('bash', ['-c', call]);
      await interrupted.blocked('answer');
      interrupted.kill('SIGTERM');
      await interrupted.ended;
      const killed = programs.start('bash', ['-c', call]);
      await killed.blocked('answer');
      const end = killed.outcome();
      killed.kill('SIGKILL');
      expect(await end).to.include({ signal: 'SIGKILL' });
    });
  }

  it('is listed, and holds up nobody else', async () => {
    const listed = await programs.run('ls $C; ls -l $C > /dev/null; ls $C/self; mkdir $C/self/mine; rmdir $C/self/mine; echo done');
    expect(listed)
      .to.include(neighbours?.name)
      .and.match(/done\n$/);
  });

  it('answers when it goes on, and nothing is lost', async () => {
    const waiting = programs.bash('exec cat $A/recv');
    await waiting.blocked('answer');
    neighbours?.other?.kill('SIGCONT');
    await programs.run('echo kept > $A/send');
    expect(await waiting.outcome()).to.include({ out: 'kept\n', code: 0 });
  });
});
