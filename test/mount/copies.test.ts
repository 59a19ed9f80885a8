/**
 * Programs that copy with sendfile or splice, map their input, or look for its end: busybox, uutils, Python. Each gets what read(2) gives, although
 * all of these files have a size of 0 (hazard 16).
 */
import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { needs, type Part } from '../machine.js';
import { atEachPlace } from './at-each-place.js';

interface Copier {
  readonly title: string;
  /** Prints the file `$f`; `$copy` is a file of its own. */
  readonly script: string;
  /** What makes the same of what read(2) gives. */
  readonly same?: string;
  readonly parts?: readonly Part[];
}

/** One of the programs that GNU, busybox and uutils all have. */
function ofEach(title: string, script: (prefix: string) => string, same = 'cat'): readonly Copier[] {
  return [
    { title, script: script(''), same },
    { title: `${title} of busybox`, script: script('busybox '), same, parts: ['busybox'] },
    { title: `${title} of uutils`, script: script('coreutils '), same, parts: ['uutils'] },
  ];
}

const COPIERS: readonly Copier[] = [
  ...ofEach('cat', (prefix) => `${prefix}cat $f`),
  ...ofEach('cp', (prefix) => `${prefix}cp $f $copy; cat $copy`),
  ...ofEach('tac', (prefix) => `${prefix}tac $f`, 'tac'),
  ...ofEach('tail', (prefix) => `${prefix}tail -n 5 $f`, 'tail -n 5'),
  ...ofEach('head', (prefix) => `${prefix}head -c 500000 $f`, 'head -c 500000'),
  { title: 'head, all but the end', script: 'head -n -5 $f', same: 'head -n -5' },
  { title: 'shutil.copyfile', script: `python3 -c "import shutil, sys; shutil.copyfile(*sys.argv[1:])" $f $copy; cat $copy` },
  {
    title: 'os.sendfile, and read where that is refused',
    script: `python3 -c "
import errno, os, sys
f = os.open(sys.argv[1], os.O_RDONLY)
try: assert os.sendfile(1, f, None, 100000) > 0
except OSError as error: assert error.errno == errno.EINVAL
while part := os.read(f, 100000): os.write(1, part)" $f | cat`,
  },
];

/** Told in place of long texts. */
const digest = (text: string): string => `${text.length} bytes, ${createHash('sha256').update(text).digest('hex')}`;

const READY = 'copy=$(mktemp); trap "rm -f $copy" EXIT; ';

atEachPlace('a program that copies', ['fuse', 'root', 'python3'], (here) => {
  for (const { title, script, same = 'cat', parts = [] } of COPIERS) {
    const sum = `{ ${script}; } | md5sum`;
    /** `from` prints what the file has to give. */
    const check = (file: string, from: string): string => `f=$A/${file}; [ "$(${sum})" = "$(${from} | ${same} | md5sum)" ] || echo ${file}`;

    it(`${title}: gets all of it`, async function () {
      needs(this, ...parts);
      const { programs } = here;
      await programs.run('echo mkproc seq 100000 > $A/ctl; dd if=$A/wait of=/dev/null status=none');
      const checks = ['wait', 'trywait', 'peek', 'help', 'ctl', '../help'].map((file) => check(file, `dd if=$A/${file} status=none`));
      expect(await programs.run(`${READY} ${check('stdout', 'seq 100000')}; ${checks.join('; ')}`), 'differ').to.equal('');
    });

    it(`${title}: waits for output and for a message`, async function () {
      needs(this, ...parts);
      const { programs } = here;
      await programs.run('echo \'mkproc sh -c "seq 20000; read line; seq 20000"\' > $A/ctl');
      const reader = programs.bash(`${READY} f=$A/stdout; ${script}`);
      await reader.blocked();
      await programs.run('echo go on > $A/stdin');
      expect(digest((await reader.outcome()).out)).to.equal(digest(await programs.run(`{ seq 20000; seq 20000; } | ${same}`)));

      await programs.run('dd if=$A/wait of=/dev/null status=none; echo scrub > $A/ctl; echo mkchan 0 > $A/ctl');
      const receiver = programs.bash(`${READY} f=$A/recv; ${script}`);
      await receiver.blocked();
      await programs.run('seq 30000 > $A/send');
      expect(digest((await receiver.outcome()).out)).to.equal(digest(await programs.run(`seq 30000 | ${same}`)));
    });
  }

  it('finds a size of 0, also while the file is open', async function () {
    needs(this, 'busybox', 'uutils');
    const { programs } = here;
    await programs.run('echo mkproc echo hello > $A/ctl; dd if=$A/wait of=/dev/null status=none');
    const look = 'for p in "" busybox coreutils; do $p stat -c %s $A/stdout $A/help; done; [ ! -s $A/stdout ] && echo empty';
    expect(await programs.run(`${look}; exec 3< $A/stdout 4< $A/help; ${look}; cat <&3`)).to.equal(
      `${'0\n'.repeat(6)}empty\n`.repeat(2) + 'hello\n',
    );
    expect(await programs.run("ls -l $A | awk 'NF > 2 { print $5 }' | sort -u")).to.equal('0\n');
  });

  it('gets all of it while many others list the tree', async function () {
    needs(this, 'busybox');
    const { programs } = here;
    await programs.run('echo mkproc seq 20000 > $A/ctl; dd if=$A/wait of=/dev/null status=none');
    const sum = await programs.run('seq 20000 | md5sum');
    const listers = Array.from({ length: 16 }, () => programs.bash('for i in {1..10}; do ls -lR $A/.. > /dev/null; done'));
    const readers = Array.from({ length: 16 }, () => programs.bash('for i in {1..10}; do busybox cat $A/stdout | md5sum; done'));
    const outcomes = await Promise.all([...listers, ...readers].map((program) => program.outcome()));
    expect(outcomes.map(({ code }) => code)).to.deep.equal(Array(32).fill(0));
    expect(outcomes.map(({ out }) => out).join('')).to.equal(sum.repeat(160));
  });
});
