/**
 * The system calls with which programs look for a file's size, map it, or copy without reading it: each works, or fails with the errno upon which
 * programs read and write instead, and consumes nothing. docs/programs.md has the same table.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { needs } from '../../machine.js';
import { atEachPlace } from '../at-each-place.js';

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

/** The results of all calls on a file, as a line of JSON. */
const tried = (how: 'read' | 'write', file: string): string =>
  `text=$(mktemp); echo text > $text; python3 -S ${CALLS} ${how} ${file} $text $A/other/send; rm $text`;

atEachPlace('a call that spares reading', ['fuse', 'root', 'python3'], (here) => {
  const results = async (how: 'read' | 'write', file: string): Promise<unknown> => JSON.parse(await here.programs.run(tried(how, file)));

  beforeEach(() => here.programs.run('mkdir $A/other; echo mkchan 9 > $A/other/ctl'));
  afterEach(() => here.programs.run('rmdir $A/other'));

  it('fails at once on files without a size, and consumes nothing', async () => {
    const { programs } = here;
    await programs.run('echo mkproc sh -c \'"echo hello; read go"\' > $A/ctl');
    for (const file of ['stdout', 'wait', 'peek', 'help', 'ctl', '../help']) expect(await results('read', `$A/${file}`), file).to.deep.equal(column(0));
    expect(await programs.run('echo go > $A/stdin; cat $A/stdout; grep -c Phase $A/wait')).to.equal('hello\n1\n');

    await programs.run('echo scrub > $A/ctl; echo mkchan 3 > $A/ctl; echo message > $A/send');
    expect(await results('read', '$A/recv'), 'recv').to.deep.equal(column(0));
    expect(await programs.run('cat $A/recv')).to.equal('message\n');
  });

  it('works on the log, which has a size', async () => {
    expect(await results('read', '$A/../log')).to.deep.equal(column(1));
    expect(await here.programs.run('cat $A/other/recv')).to.match(/^\{"/);
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
