/**
 * What stands behind programs.test.ts: sizes, and the system calls with which programs look for a file's size, map it, or copy without reading it: each works, or fails with the errno upon which
 * programs read and write instead, and consumes nothing. docs/programs.md has the same table.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { needs } from '../../lib/machine.js';
import { atEachPlace } from '../../lib/mount/at-each-place.js';

const CALLS = fileURLToPath(new URL('../../../../test/mount/reading/calls.py', import.meta.url));
const PAGE = readFileSync(new URL('../../../../docs/programs.md', import.meta.url), 'utf8');

/** What each gives on a file without a size that is read, on `log`, and on a file that is only written; undefined where it is not tried. */
const RESULTS: Readonly<Record<string, readonly [string | undefined, string | undefined, string | undefined]>> = {
  'lseek SEEK_END': ['ESPIPE', 'ok', 'ok'],
  'lseek SEEK_DATA': ['ESPIPE', 'ok', 'ENXIO'],
  'lseek SEEK_HOLE': ['ESPIPE', 'ok', 'ENXIO'],
  'mmap MAP_SHARED': ['ENODEV', 'ENODEV', undefined],
  'mmap MAP_PRIVATE': ['ok', 'ok', undefined],
  copy_file_range: ['EXDEV', 'EXDEV', 'EXDEV'],
  'copy_file_range within the circuit': ['EINVAL', 'ok', undefined],
  sendfile: ['EINVAL', 'ok', 'ok'],
  splice: ['EINVAL', 'ok', 'ok'],
  'preadv2 RWF_NOWAIT': ['EOPNOTSUPP', 'EOPNOTSUPP', undefined],
  readahead: ['ok', 'ok', undefined],
  posix_fadvise: ['ok', 'ok', 'ok'],
  fallocate: [undefined, undefined, 'EOPNOTSUPP'],
  fsync: ['ok', 'ok', 'ok'],
  flock: ['EOPNOTSUPP', 'EOPNOTSUPP', 'EOPNOTSUPP'],
};

const column = (index: 0 | 1 | 2): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(RESULTS).flatMap(([name, results]) => (results[index] === undefined ? [] : [[name, results[index]]])));

atEachPlace('a file without a size', ['fuse', 'root', 'python3'], (here) => {
  const results = async (how: 'read' | 'write', file: string): Promise<unknown> =>
    JSON.parse(await here.programs.run(`python3 -S ${CALLS} ${how} ${file} $A-sends/send`));

  beforeEach(() => here.programs.run('mkdir $A-sends; echo mkchan 9 > $A-sends/ctl'));
  afterEach(() => here.programs.run('rmdir $A-sends'));

  it('fails at once on files without a size, and consumes nothing', async () => {
    const { programs } = here;
    await programs.run('echo mkproc sh -c \'"echo hello; read go"\' > $A/ctl');
    for (const file of ['stdout', 'wait', 'peek', 'help', 'ctl', '../help'])
      expect(await results('read', `$A/${file}`), file).to.deep.equal(column(0));
    expect(await programs.run('echo go > $A/stdin; cat $A/stdout; grep -c Phase $A/wait')).to.equal('hello\n1\n');

    await programs.run('echo scrub > $A/ctl; echo mkchan 3 > $A/ctl; echo message > $A/send');
    expect(await results('read', '$A/recv'), 'recv').to.deep.equal(column(0));
    expect(await programs.run('cat $A/recv')).to.equal('message\n');
  });

  it('works on the log, which has a size', async () => {
    expect(await results('read', '$A/../log')).to.deep.equal(column(1));
    expect(await here.programs.run('cat $A-sends/recv')).to.match(/^\{"/);
  });

  it('writes to files that are only written', async () => {
    const { programs } = here;
    await programs.run('echo mkchan 3 > $A/ctl');
    expect(await results('write', '$A/send'), 'send').to.deep.equal(column(2));
    expect(await programs.run('cat $A/recv')).to.equal('text\nspliced\n');
    await programs.run('echo scrub > $A/ctl; echo mkproc cat > $A/ctl');
    expect(await results('write', '$A/stdin'), 'stdin').to.deep.equal(column(2));
    expect(await programs.run(': > $A/stdin; cat $A/stdout')).to.equal('text\nspliced\n');
  });

  it('is read with O_DIRECT as without, and log, too', async () => {
    const { programs } = here;
    await programs.run('echo mkproc seq 20000 > $A/ctl; dd if=$A/wait of=/dev/null status=none');
    const compare = 'cmp <(dd if=$f bs=4096 iflag=direct status=none) <(dd if=$f status=none)';
    await programs.run(`for f in $A/{stdout,wait,peek,help,ctl} $A/../log; do ${compare}; done`);
  });

  it('is copied to another file of the circuit, which takes a message', async function () {
    needs(this, 'busybox', 'uutils');
    const { programs } = here;
    await programs.run('echo mkproc seq 3000 > $A/ctl; cat $A/wait > /dev/null');
    for (const cp of ['cp', 'busybox cp'])
      expect(await programs.run(`${cp} $A/stdout $A-sends/send; cat $A-sends/recv | cmp - $A/stdout && echo same`), cp).to.equal('same\n');
    expect((await programs.bash('coreutils cp $A/stdout $A-sends/send').outcome()).err).to.include('Operation not permitted');
  });

  it('is followed by cat; tail -f and the time limit of bash read are as the page says', async () => {
    const { programs } = here;
    await programs.run('echo \'mkproc sh -c "read line; echo $line; read line"\' > $A/ctl');
    const reader = programs.bash('read -r -t 0.01 line < $A/stdout; echo "$? $line"');
    const follower = programs.bash('cat $A/stdout');
    const tail = programs.bash('exec tail -f $A/stdout');
    await Promise.all([reader, follower, tail].map((program) => program.blocked()));
    await programs.run('echo hello >> $A/stdin');
    expect((await reader.outcome()).out).to.equal('0 hello\n');
    await follower.prints('hello\n');
    await programs.run(': > $A/stdin');
    expect((await follower.outcome()).code).to.equal(0);
    await tail.prints('hello\n');
    expect(tail.running).to.equal(true);
    expect(
      await programs.run(
        'plain=$(mktemp); cat $A/stdout > $plain; cmp -s $A/stdout $plain || echo differs; rm $plain; stat --cached=always -c %s $A/stdout',
      ),
    ).to.equal('differs\n1\n');
  });

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

describe('docs/programs.md', () => {
  it('says what each of these calls gives', () => {
    const section = PAGE.split(/^## /m).find((part) => part.startsWith('System calls\n')) ?? '';
    const rows = Array.from(section.matchAll(/^\| `(.+?)` \| (.*?) \| (.*?) \| (.*?) \|/gm), ([, name = '', ...cells]) => [
      name,
      cells.map((cell) => (cell === '–' ? undefined : cell)),
    ]);
    expect(Object.fromEntries(rows)).to.deep.equal(RESULTS);
  });
});
