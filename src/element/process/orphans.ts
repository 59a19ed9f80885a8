/**
 * Descendants whose launcher was killed. The kernel kills those that it had started itself, and makes the others children of this process, their
 * subreaper: they are killed, and reaped, until none comes any more.
 *
 * A child that is not reaped keeps its number, so nobody else's process can be met.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { isHelper } from '../../../native/helper.js';
import { native } from '../../../native/index.js';

/** How long those who do not end are told to: processes of other users, or ones that wait for a device. */
const PATIENCE_MS = 10_000;
const AGAIN_MS = 5;

export class Orphans {
  /** Children that are none of ours: this program was started with them, by exec. */
  readonly #before: ReadonlySet<number>;
  #ending: Promise<readonly number[]> | undefined;

  constructor() {
    this.#before = new Set(listedChildren() ?? children());
  }

  /** Kills and reaps all that there are. @returns those that are still there after some time */
  end(): Promise<readonly number[]> {
    this.#ending ??= this.#end().finally(() => (this.#ending = undefined));
    return this.#ending;
  }

  async #end(): Promise<readonly number[]> {
    const deadline_ms = performance.now() + PATIENCE_MS;
    for (;;) {
      const listed = this.#ours(listedChildren() ?? children()).filter((pid) => !native.reap(pid));
      // The list may lack one while another one ends, and those that were reaped leave more.
      const left = listed.length > 0 ? listed : this.#ours(children());
      if (left.length === 0) return [];
      if (performance.now() > deadline_ms) return left;
      left.forEach(kill);
      await delay(AGAIN_MS);
    }
  }

  /** Each program of a launcher has a session of its own or a parent's, never ours, in which Node's children are. */
  #ours(all: readonly number[]): readonly number[] {
    const ours = sessionOf('self');
    return all.filter((pid) => !isHelper(pid) && !this.#before.has(pid) && sessionOf(String(pid)) !== ours);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile, or is another user's, whom only root may kill.
  }
}

/**
 * Of this process, zombies included, as the kernel lists them for each thread (CONFIG_PROC_CHILDREN); undefined if it does not. A child that ends at
 * that moment may hide another one, proc_pid_task(5).
 */
function listedChildren(): readonly number[] | undefined {
  try {
    const lists = readdirSync('/proc/self/task').map((thread) => readFileSync(`/proc/self/task/${thread}/children`, 'latin1'));
    return lists.flatMap((list) => list.split(' ').map(Number)).filter((pid) => pid > 0);
  } catch {
    return undefined;
  }
}

/** The same by a look at all processes of the machine: slow where there are thousands. */
function children(): readonly number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => Number(statOf(pid)[1]) === process.pid).map(Number);
}

function sessionOf(pid: string): number {
  return Number(statOf(pid)[3]);
}

/** state, parent, group, session …: what follows the name in /proc/PID/stat (proc_pid_stat(5)); nothing if it is not there. */
function statOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
  } catch {
    return [];
  }
}
