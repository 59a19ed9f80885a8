/**
 * Servers that come and go, told by the files of subscriptions.
 */
import { expect } from 'chai';
import { Daemon } from '../lib/daemon.js';
import { needs } from '../lib/machine.js';
import { Neighbours, PLACES } from '../lib/neighbours.js';
import { Programs } from '../lib/mount/programs.js';

for (const where of PLACES)
  describe(`a subscription, at ${where}`, function () {
    this.timeout(60_000);
    let neighbours: Neighbours | undefined;
    let programs: Programs;
    let newcomer: Daemon | undefined;

    before(async function () {
      needs(this, 'fuse');
      neighbours = await Neighbours.start(where);
      programs = new Programs({ A: neighbours.directory });
    });

    after(async () => {
      await newcomer?.stop();
      await neighbours?.stop();
    });

    afterEach(async function () {
      if (this.currentTest?.state === 'failed') console.log(neighbours?.log);
      await programs.end();
    });

    it('tells of a server that joins, and of one that is killed, each to one of those who wait', async () => {
      await programs.run('mkdir $A/j $A/l; echo mk@join > $A/j/ctl; echo mk@leave > $A/l/ctl');
      for (let count = where === 'another server' ? 2 : 1; count > 0; count--) await programs.run('cat $A/j/recv');
      const joins = [programs.bash('exec cat $A/j/recv'), programs.bash('exec cat $A/j/recv')];
      const leaves = programs.bash('exec cat $A/l/recv');
      for (const program of [...joins, leaves]) await program.blocked();
      newcomer = await Daemon.start({ args: ['--no-mount', '-j', neighbours?.daemon.url ?? ''] });
      const told = await Promise.race(joins.map((program, at) => program.outcome().then(({ out }) => ({ out, at }))));
      expect(told.out).to.equal(`/${newcomer.id}\n`);
      newcomer.kill('SIGKILL');
      expect((await leaves.outcome()).out).to.equal(`/${newcomer.id}\n`);
      await programs.run('echo scrub > $A/j/ctl');
      expect((await joins[1 - told.at]?.outcome())?.err).to.match(/Identifier removed/);
      expect(await programs.run('ls $A/l; rmdir $A/j $A/l')).to.include('recv');
    });
  });
