/**
 * Each program of the table on each of our files, at both places, on two daemons: first the files that are there as they are, while nothing changes
 * (so that `log`, of some hundred lines, stays the same, too), then those that are waited for, each program on elements of its own. Several programs run at once.
 *
 * What they print goes into files, since it need not be text, and is compared afterwards.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lacking } from '../../lib/machine.js';
import { Neighbours, type PlaceName, PLACES } from '../../lib/neighbours.js';
import { type Program, Programs } from '../../lib/mount/programs.js';
import { MISREADERS, type Misreader, type Reader, READERS } from './table.js';

const SOURCE = fileURLToPath(new URL('../../../../test/mount/reading/copy.c', import.meta.url));
const AT_ONCE = 6;
/** A program that waits for ever is killed, and has then not printed what it should. */
const LIMIT_MS = 20_000;

/** Prints lines of 121 bytes. Not many: GNU's sort of coreutils 9.1 makes a temporary file for each few lines of a file whose size is 0. */
const lines = (count: number): string => `seq -f %0120.0f ${count}`;

/** In the anchor of a process that has ended; `log` is the server's, `members` the circuit's. */
const STILL_FILES = ['stdout', 'wait', 'peek', 'help', 'ctl', 'error', 'log', 'members'] as const;
/** The output of a process that prints on, its end, and a message. Output and message are longer than what can be read again. */
const WAITED_FILES = ['stdout', 'wait', 'recv'] as const;

type Row = Reader | Misreader;

/** What a program made of a file. */
export interface Reading {
  readonly place: PlaceName;
  readonly file: string;
  readonly out: Buffer;
  /** What it said on standard error. */
  readonly said: string;
  readonly succeeded: boolean;
  /** What read(2) gives. */
  readonly content: Buffer;
}

export class Matrix {
  readonly #scratch = mkdtempSync(join(tmpdir(), 'reading-'));
  readonly #neighbours: Neighbours;
  readonly #programs: Programs;
  readonly #readings = new Map<Row, Reading[]>();

  static async start(): Promise<Matrix> {
    return new Matrix(await Neighbours.start('another server'));
  }

  private constructor(neighbours: Neighbours) {
    this.#neighbours = neighbours;
    const reader = join(this.#scratch, 'reader');
    this.#programs = new Programs({ reader, LC_ALL: 'C.UTF-8', M: neighbours.daemon.directory });
    if (lacking(['gcc']).length === 0) execFileSync('gcc', ['-D_GNU_SOURCE', '-o', reader, SOURCE]);
  }

  get log(): string {
    return this.#neighbours.log;
  }

  async stop(): Promise<void> {
    await this.#programs.end();
    await this.#neighbours.stop();
    rmSync(this.#scratch, { recursive: true, force: true });
  }

  readings(row: Row): readonly Reading[] {
    return this.#readings.get(row) ?? [];
  }

  async run(): Promise<void> {
    const isHere = ({ parts = [] }: Row): boolean => lacking(parts).length === 0;
    const readers = READERS.filter(isHere);
    const rows = [...readers, ...MISREADERS.filter(isHere)];

    for (const place of PLACES)
      await this.#programs.run(`A=${this.#server(place)}/ended; mkdir $A $A/{1..300}; rmdir $A/{1..300}
        echo mkproc ${lines(700)} > $A/ctl; cat $A/wait > /dev/null; echo nonsense > $A/ctl || true`);
    const contents = new Map<PlaceName, ReadonlyMap<string, Buffer>>();
    for (const place of PLACES) contents.set(place, await this.#contents(place));
    await atOnce(rows, (row, place) => this.#readStill(row, place, contents.get(place)));

    const indices = readers.map((_, index) => index).join(' ');
    for (const place of PLACES)
      await this.#programs.run(`cd ${this.#server(place)}; for i in ${indices}; do mkdir p$i c$i
        echo 'mkproc sh -c "${lines(700)}; read go; ${lines(700)}"' > p$i/ctl; echo mkchan 0 > c$i/ctl; done`);
    const message = await this.#programs.run(lines(1000));
    const output = await this.#programs.run(`${lines(700)}; ${lines(700)}`);
    await atOnce(readers, (row, place, index) => this.#readWaited(row, place, index, { stdout: output, recv: message }));
  }

  /** Its directory. */
  #server(place: PlaceName): string {
    return place === 'its own server' ? '$M/self' : `$M/${this.#neighbours.name}`;
  }

  #still(place: PlaceName, file: (typeof STILL_FILES)[number]): string {
    if (file === 'members') return '$M/members';
    return file === 'log' ? `${this.#server(place)}/log` : `${this.#server(place)}/ended/${file}`;
  }

  /** What dd reads of the files that are there as they are. */
  async #contents(place: PlaceName): Promise<ReadonlyMap<string, Buffer>> {
    const all = new Map<string, Buffer>();
    const to = join(this.#scratch, 'content');
    for (const file of STILL_FILES) {
      await this.#programs.run(`dd if=${this.#still(place, file)} of=${to} status=none`);
      all.set(file, readFileSync(to));
    }
    return all;
  }

  async #readStill(row: Row, place: PlaceName, contents: ReadonlyMap<string, Buffer> | undefined): Promise<void> {
    const to = mkdtempSync(join(this.#scratch, 'still-'));
    const files = STILL_FILES.map((file) => [this.#still(place, file), join(to, file)] as const);
    await ended(this.#programs.bash(scriptOf(row, files)));
    for (const file of STILL_FILES)
      this.#note(row, { place, file, ...madeBy(row, join(to, file)), content: contents?.get(file) ?? Buffer.alloc(0) });
    rmSync(to, { recursive: true, force: true });
  }

  async #readWaited(row: Reader, place: PlaceName, index: number, contents: Record<'stdout' | 'recv', string>): Promise<void> {
    const to = mkdtempSync(join(this.#scratch, 'waited-'));
    const [process, channel] = [`${this.#server(place)}/p${index}`, `${this.#server(place)}/c${index}`];
    for (const file of WAITED_FILES) mkdirSync(join(to, file));
    const paths = { stdout: `${process}/stdout`, wait: `${process}/wait`, recv: `${channel}/recv` };
    const programs = WAITED_FILES.map((file) => this.#programs.bash(scriptOf(row, [[paths[file], join(to, file, 'got')]])));
    const ends = programs.map(ended);
    await Promise.all(programs.map((program) => program.waits(row.polls === true ? 'poll' : 'transfer')));
    const release = this.#programs.bash(`echo go > ${process}/stdin; ${lines(1000)} > ${channel}/send || true; cat ${process}/wait`);
    await Promise.all([ended(release), ...ends]);
    const all = { ...contents, wait: (await release.outcome()).out };
    for (const file of WAITED_FILES)
      this.#note(row, { place, file: `${file}, waited for`, ...madeBy(row, join(to, file, 'got')), content: Buffer.from(all[file]) });
    rmSync(to, { recursive: true, force: true });
  }

  #note(row: Row, reading: Reading): void {
    const readings = this.#readings.get(row) ?? [];
    this.#readings.set(row, [...readings, reading]);
  }
}

/** Runs all rows at all places, a few at once. */
async function atOnce<R extends Row>(rows: readonly R[], run: (row: R, place: PlaceName, index: number) => Promise<void>): Promise<void> {
  const jobs = rows.flatMap((row, index) => PLACES.map((place) => () => run(row, place, index))).values();
  const worker = async (): Promise<void> => {
    for (const job of jobs) await job();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** Runs a program on files, each with where what it prints is put; what it says and whether it fails is noted beside that. */
function scriptOf(row: Row, files: readonly (readonly [string, string])[]): string {
  const noted = (to: string): string => `2> ${notesOn(row, to)}.said || : > ${notesOn(row, to)}.failed`;
  if (row.ofPairs === true) return `set -- ${files.flat().join(' ')}; (${row.script}) ${noted(files[0]?.[1] ?? '')}`;
  for (const [, to] of files) mkdirSync(`${to}.copy`);
  return files.map(([file, to]) => `f=${file}; copy=${to}.copy; (${row.script}) > ${to} ${noted(to)}`).join('\n');
}

/** A program that is run once for all files of a directory has one note. */
function notesOn({ ofPairs = false }: Row, to: string): string {
  return ofPairs ? join(dirname(to), 'all') : to;
}

function madeBy(row: Row, to: string): Pick<Reading, 'out' | 'said' | 'succeeded'> {
  const notes = notesOn(row, to);
  const out = existsSync(to) ? readFileSync(to) : Buffer.alloc(0);
  return { out, said: readFileSync(`${notes}.said`, 'utf8'), succeeded: !existsSync(`${notes}.failed`) };
}

/** Waits for its end, which comes at the latest with the limit. */
async function ended(program: Program): Promise<void> {
  const limit = setTimeout(() => program.killGroup(), LIMIT_MS);
  await program.ended;
  clearTimeout(limit);
}

const made = new Map<string, Buffer>();

/** What a program's output should be: what read(2) gives, taken through `same`. */
export function expected({ same = 'cat' }: Row, content: Buffer): Buffer {
  if (same === 'cat') return content;
  const key = `${same} ${content.toString('latin1')}`;
  const known = made.get(key) ?? spawnSync('bash', ['-c', same], { input: content, env: { ...process.env, LC_ALL: 'C.UTF-8' } }).stdout;
  made.set(key, known);
  return known;
}
