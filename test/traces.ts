/**
 * What a run of the tests could leave on the machine: processes, mounts, files, beds of hosts, network namespaces. Processes are known by a
 * mark in their environment, which everything inherits that the run starts, however it forks, or by their parent; mounts and files by the run's own
 * temporary directory; beds by their names. Children and beds are looked for by the process whose they are, all else by the one that started the run.
 * With `CI` set, every other new FUSE mount that nobody serves and every new namespace counts as well, but is only named: it may be somebody else's.
 */
import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bedsLeft, removeBed } from './hosts/namespaces.js';

const run = promisify(execFile);
const MARK = 'CIRCUIT_TEST_RUN';
const CLEAN_UP_LIMIT_MS = 5_000;

export class Traces {
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
    left.push(...end(this.#processes()));
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
    const isMarked = (pid: number): boolean => readProc(pid, 'environ').split('\0').includes(this.#mark);
    return running().filter((pid) => pid !== process.pid && isMarked(pid));
  }
}

/** Removes the beds and children of this process, and says what there was, a line each. */
export function removeOwn(): readonly string[] {
  const beds = bedsLeft('this process');
  for (const bed of beds) removeBed(bed);
  return [...beds.map((bed) => `hosts ${bed}`), ...end(running().filter((pid) => parentOf(pid) === process.pid))];
}

function running(): readonly number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => !isZombie(pid));
}

/** Kills these, and says what they were. */
function end(pids: readonly number[]): readonly string[] {
  return pids.map((pid) => {
    const commandLine = readProc(pid, 'cmdline').replaceAll('\0', ' ');
    killQuietly(pid);
    return `process ${pid}: ${commandLine}`;
  });
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

function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)/m.exec(readProc(pid, 'status'))?.[1]);
}

function isZombie(pid: number): boolean {
  return /^State:\s+[ZX]/m.test(readProc(pid, 'status'));
}

/** A file of a process; empty if it has ended or is somebody else's. */
function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended in the meantime.
  }
}
