/**
 * Names that the kernel keeps, on the mount of one server: what hangs on a name outlives whatever changes around it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { mountAt } from '../../src/base/mounts.js';
import { Client } from '../lib/client.js';
import { Daemon } from '../lib/daemon.js';
import { needs } from '../lib/machine.js';
import { type Program, Programs } from '../lib/mount/programs.js';
import { STORM, Walker } from '../lib/walker.js';

for (const args of [[], ['--no-name-cache']]) {
  describe(`a mount of circuit start ${args.join(' ')}`, () => {
    let daemon: Daemon;
    let programs: Programs;
    let walker: Walker;
    const made: { stop(): Promise<void> }[] = [];
    let anchor: string;

    before(async function () {
      needs(this, 'linux', 'fuse', 'root', 'python3');
      daemon = await Daemon.start({ args });
      anchor = `${daemon.directory}/self/a`;
      made.push(daemon);
      walker = new Walker('a walker');
      made.unshift(walker);
      programs = new Programs({ A: anchor, C: daemon.directory });
    });
    afterEach(() => programs.end());
    after(async () => {
      for (const one of made.splice(0)) await one.stop();
    });

    const storm = (...paths: readonly string[]): Program => programs.python(STORM, ...paths);
    /** Anchors come and go, in the mount and by the command line. */
    const change = async (): Promise<void> => {
      for (let i = 0; i < 8; i++) await walker.must('mkdir', `${anchor}${i}`).then(() => walker.must('rmdir', `${anchor}${i}`));
      const client = new Client(daemon.url);
      await client.start('mkchan', '/self/b/c', '1').ended;
      await client.start('scrub', '-r', '/self/b').ended;
      expect(await walker.does('look', `${daemon.directory}/self/b`)).to.equal('ENOENT');
    };

    it('has mounts below anchors that stay, here and in another mount namespace', async () => {
      await walker.must('mkdir', anchor);
      await walker.must('mkdir', `${anchor}/m`);
      const looking = storm(anchor, `${anchor}/m`, `${anchor}/ctl`);
      const elsewhere = programs.start('unshare', [
        '-m',
        'bash',
        '-euc',
        'mount -t tmpfs t $A/m; touch $A/m/elsewhere; echo made; read line; ls $A/m',
      ]);
      await elsewhere.prints('made');
      await programs.run('mount -t tmpfs t $A; touch $A/here');
      try {
        await change();
        await delay(150);
        await change();
        expect(await walker.does('list', anchor)).to.deep.equal(['here']);
      } finally {
        // A file system in which somebody just looks something up is busy: umount(2), EBUSY.
        looking.killGroup();
        await looking.ended;
        await programs.run('umount $A');
      }
      elsewhere.stdin.end('go on\n');
      expect(await elsewhere.outcome()).to.include({ out: 'made\nelsewhere\n', code: 0 });
      await walker.must('rmdir', `${anchor}/m`);
      await walker.must('rmdir', anchor);
    });

    it('lets a program know where it works, and use what it has open, whatever changes', async () => {
      await walker.must('mkdir', anchor);
      await walker.must('enter', anchor);
      const fd = await walker.must('open', 'ctl');
      storm(anchor, `${anchor}/ctl`);
      for (let i = 0; i < 3; i++) {
        const changer = programs.bash('for i in {1..20}; do mkdir $A.$i; rmdir $A.$i; done');
        while (changer.running) expect(await walker.does('where')).to.match(/\/X[0-9a-f]{16}\/a$/);
        expect(await changer.outcome()).to.include({ code: 0 });
        expect(await walker.does('fstat', fd)).to.be.a('number');
      }
      await programs.run('rmdir $A');
      expect(await walker.does('list', '.')).to.equal('ENOENT');
      expect(await walker.does('ino', 'ctl')).to.equal('ENOENT');
      await walker.must('enter', '/');
    });

    it('comes again after umount -l, while the old one is used, and both tell what is there now', async () => {
      await walker.must('mkdir', anchor);
      const old = new Walker('who was there before');
      try {
        await old.must('enter', `${daemon.directory}/self`);
        expect(await old.does('look', 'a/ctl')).to.equal('there');
        await programs.run('umount -l $C');
        await daemon.says('mounted at', 2);
        expect(mountAt(daemon.directory)?.source).to.equal('circuit');
        expect(await walker.does('look', `${anchor}/ctl`)).to.equal('there');
        await walker.must('rmdir', anchor);
        for (const path of ['a', 'a/ctl']) expect(await old.does('look', path)).to.equal('ENOENT');
        await walker.must('mkdir', anchor);
        for (const path of ['a', 'a/ctl']) expect(await old.does('look', path)).to.equal('there');
      } finally {
        await old.stop();
      }
      await walker.must('rmdir', anchor);
    });
  });
}
