/**
 * Programs that read our files, each on each kind of file, here and on another server: they get exactly what read(2) gives, or fail as
 * docs/programs.md says, which names each of them.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { needs } from '../../lib/machine.js';
import { expected, Matrix, type Reading } from './matrix.js';
import { MISREADERS, type Misreader, type Reader, READERS, titleOf } from './table.js';

const PAGE = readFileSync(new URL('../../../../docs/programs.md', import.meta.url), 'utf8');

/** The programs of the table below a heading: `| \`cat\` | GNU, busybox, uutils | … |`. */
function programs(heading: string): readonly string[] {
  const section = PAGE.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  const rows = Array.from(section.matchAll(/^\| `(.+?)` +\| *(.*?) *\|/gm), ([, name = '', which = '']) => ({
    name,
    which: which.replaceAll('`', ''),
  }));
  return rows.flatMap(({ name, which }) => (which === '' ? [name] : which.split(', ').map((of) => titleOf({ name, of, script: '' }))));
}

function describeBytes(bytes: Buffer): string {
  return `${bytes.length} bytes, ${createHash('sha256').update(bytes).digest('hex').slice(0, 8)}`;
}

/** A sentence for each file of which something else came. */
function differences(row: Reader | Misreader, readings: readonly Reading[]): readonly string[] {
  return readings.flatMap(({ place, file, out, said, succeeded, content }) => {
    const wanted = expected(row, content);
    if (succeeded && out.equals(wanted)) return [];
    return [`${place}, ${file}: ${describeBytes(out)} instead of ${describeBytes(wanted)}${succeeded ? '' : ', failed'} ${said}`.trimEnd()];
  });
}

describe('a program that reads our files', function () {
  let matrix: Matrix | undefined;

  before(async function () {
    needs(this, 'fuse', 'root');
    this.timeout(300_000); // of which it needs a tenth, unless programs wait for ever
    matrix = await Matrix.start();
    await matrix.run();
  });

  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.log(matrix?.log);
  });

  after(() => matrix?.stop());

  for (const row of READERS)
    it(`${titleOf(row)}: gets all that read(2) gives`, function () {
      needs(this, ...(row.parts ?? []));
      const readings = matrix?.readings(row) ?? [];
      expect(readings, 'files').to.have.lengthOf(2 * 11);
      expect(differences(row, readings)).to.deep.equal([]);
    });

  for (const row of MISREADERS)
    it(`${titleOf(row)}: ${row.makes === 'nothing' ? 'takes a file without a size for empty' : 'refuses a file without a size'}`, function () {
      needs(this, ...(row.parts ?? []));
      const readings = matrix?.readings(row) ?? [];
      expect(readings, 'files').to.have.lengthOf(2 * 8);
      const isRight = ({ file }: Reading): boolean => file === 'log' && row.maps !== true;
      expect(differences(row, readings.filter(isRight))).to.deep.equal([]);
      for (const { place, file, out, said, succeeded } of readings.filter((reading) => !isRight(reading))) {
        expect(out.toString(), `${place}, ${file}`).to.equal('');
        if (row.makes === 'nothing') expect({ said, succeeded }, `${place}, ${file}`).to.deep.equal({ said: '', succeeded: true });
        else expect(said, `${place}, ${file}`).to.match(row.makes);
      }
    });
});

describe('docs/programs.md', () => {
  it('names each program that reads our files, and no other', () => {
    expect(programs('What reads everything')).to.have.members(READERS.map(titleOf));
  });

  it('names each program that does not', () => {
    expect(programs('What cannot')).to.have.members(MISREADERS.map(titleOf));
  });
});
