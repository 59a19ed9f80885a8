/**
 * What a run of the tests could leave on the machine: processes, mounts, files, beds of hosts, network namespaces. Processes are known by a
 * mark in their environment, which everything inherits that the run starts, however it forks, or by their parent; mounts and files by the run's own
 * temporary directory; beds by their names. Children and beds are looked for by the process whose they are, all else by the one that started the run.
 * What is just ending is given time to be gone, since a busy machine takes it; what goes on is left behind.
 * With `CI` set, every other new FUSE mount that nobody serves and every new namespace counts as well, but is only named: it may be somebody else's.
 */
import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isTold } from './children.js';
import { bedsLeft, removeBed } from './hosts/namespaces.js';
import { comesTrue, commandLineOf, environmentOf, isEnding, isRunning, killQuietly, nameOf, parentOf, running } from './processes.js';

const run = promisify(execFile);
const MARK = 'CIRCUIT_TEST_RUN';
/** In the environment of what is started: the test file that does. */
const FILE_MARK = 'CIRCUIT_TEST_FILE';
const CLEAN_UP_LIMIT_MS = 5_000;
/** How long that may take which is just ending, or has been told to. */
const ENDING_LIMIT_MS = 5_000;
/** The names of programs that outlive their server by a moment: they end when they learn of its end, and take away what it has left. */
const OUTLIVING = ['circuit-launch', 'circuit-watchdg'];

export class Traces {
  /** Whether this run was started by a test of another one, whose all is that both share. */
  readonly isInner = process.env[MARK] !== undefined;
  readonly #directory: string;
  readonly #mark: string;
  readonly #mounts = new Set(fuseMounts());
  readonly #namespaces = new Set(networkNamespaces());

  /** Begins to watch, and sets the environment so that what is started from now on bears the mark. */
  constructor() {
    this.#directory = realpathSync(mkdtempSync(join(tmpdir(), 'circuit-test-')));
    // Tests that run programs as another user put them here too.
    chmodSync(this.#directory, 0o755);
    this.#mark = `${MARK}=${this.#directory}`;
    process.env[MARK] = this.#directory;
    process.env['TMPDIR'] = this.#directory;
  }

  /** Removes what is certainly this run's, and says what was left, a line each. */
  async remove(): Promise<readonly string[]> {
    const left: string[] = [];
    left.push(...(await end(() => this.#processes())));
    // A FUSE mount whose server has just been killed no longer blocks anybody, so it is taken away second.
    for (const directory of fuseMounts().filter((mount) => mount.startsWith(`${this.#directory}/`))) {
      left.push(`mount ${directory}`);
      await run('umount', ['--lazy', '--no-canonicalize', directory], { timeout: CLEAN_UP_LIMIT_MS }).catch(() =>
        run('fusermount3', ['-uz', directory], { timeout: CLEAN_UP_LIMIT_MS }),
      );
    }
    if (process.env['CI'] !== undefined) left.push(...(await this.#others()));
    for (const name of readdirSync(this.#directory)) left.push(`file ${name} in the temporary directory`);
    rmSync(this.#directory, { recursive: true, force: true });
    return left;
  }

  /** New mounts and namespaces of which it is not certain whose they are. */
  async #others(): Promise<readonly string[]> {
    const mounts: string[] = [];
    for (const mount of fuseMounts()) if (!this.#mounts.has(mount) && (await isDead(mount))) mounts.push(mount);
    const namespaces = networkNamespaces().filter((name) => !this.#namespaces.has(name));
    return [...mounts.map((mount) => `mount ${mount}`), ...namespaces.map((name) => `network namespace ${name}`)];
  }

  #processes(): readonly number[] {
    return running().filter((pid) => pid !== process.pid && environmentOf(pid).includes(this.#mark));
  }
}

/** From now on what is started bears the name of this test file; of none if not given. */
export function markFile(file: string | undefined): void {
  if (file === undefined) Reflect.deleteProperty(process.env, FILE_MARK);
  else process.env[FILE_MARK] = file;
}

/** Removes the beds and children of this process, and says what there was, a line each. */
export async function removeOwn(): Promise<readonly string[]> {
  const beds = bedsLeft('this process');
  for (const bed of beds) removeBed(bed);
  return [...beds.map((bed) => `hosts ${bed}`), ...(await end(() => running().filter((pid) => parentOf(pid) === process.pid)))];
}

/** Waits for those of them that are ending anyway, kills the others, and says what they were and who started them. */
async function end(find: () => readonly number[]): Promise<readonly string[]> {
  let left: readonly number[] = [];
  await comesTrue(() => !(left = find()).some((pid) => isEnding(pid) || isTold(pid) || isOrphaned(pid)), ENDING_LIMIT_MS);
  const lines = left.map((pid) => `process ${pid}: ${commandLineOf(pid)}${starterOf(pid)}`);
  left.forEach(killQuietly);
  await comesTrue(() => !left.some(isRunning), ENDING_LIMIT_MS); // else the check after the next file finds them, too
  return lines;
}

/** Whether it is of a server that is gone: nobody can tell it to end any more. */
function isOrphaned(pid: number): boolean {
  const parent = parentOf(pid);
  const isOurs = parent === process.pid || environmentOf(parent).some((variable) => variable.startsWith(`${MARK}=`));
  return OUTLIVING.includes(nameOf(pid)) && !isOurs;
}

function starterOf(pid: number): string {
  const mark = environmentOf(pid).find((variable) => variable.startsWith(`${FILE_MARK}=`));
  return mark === undefined ? '' : `, started by ${mark.slice(FILE_MARK.length + 1)}`;
}

/** Where FUSE file systems are mounted now. */
export function fuseMounts(): readonly string[] {
  const lines = readFileSync('/proc/mounts', 'utf8').split('\n');
  const fields = lines.map((line) => line.split(' '));
  // Blanks in a path are written as \040 and so on (proc_pid_mounts(5)).
  const unescape = (path: string): string => path.replace(/\\(\d{3})/g, (_all, octal: string) => String.fromCharCode(parseInt(octal, 8)));
  return fields.filter(([, , type]) => type === 'fuse' || type?.startsWith('fuse.')).map(([, directory = '']) => unescape(directory));
}

/** Whether nobody serves it any more. Asked by a program, which can be left behind if nobody answers. */
async function isDead(mount: string): Promise<boolean> {
  try {
    await run('stat', ['--file-system', mount], { timeout: CLEAN_UP_LIMIT_MS, env: { ...process.env, LC_ALL: 'C' } });
    return false;
  } catch (error) {
    return String(error).includes('not connected');
  }
}

function networkNamespaces(): readonly string[] {
  try {
    return readdirSync('/run/netns');
  } catch {
    return [];
  }
}
