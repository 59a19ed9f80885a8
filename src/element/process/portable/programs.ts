/**
 * What the portable launcher has started: states, signals, and the end of all of it.
 *
 * Only children are told of: a program that somebody else stops shows as running, and a descendant that leaves the session and loses its parents is
 * not found at the end. The launcher in C does better by system calls that Node does not have.
 */
import type { ChildProcess } from 'node:child_process';
import { closeSync, constants as modes, openSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { familyIn, type ProcessEntry, processTable, signalProcess } from '../../../base/process-table.js';
import type { LaunchRequest } from '../launcher-protocol.js';
import type { Notice, PipePaths } from './messages.js';
import type { NamedPipes } from './named-pipes.js';
import { startProgram } from './start-program.js';

const { O_RDONLY, O_WRONLY, O_NONBLOCK } = modes;
const { SIGSTOP, SIGCONT } = constants.signals;
/** How often those are looked for that are still there at the end, in ms; and for how long they are killed. */
const AGAIN_MS = 50;
const KILLING_MS = 5000;
/** How often groups that outlive their program are looked for, in ms: before their number can be another's. */
const LEFT_MS = 5000;

interface Prepared {
  readonly request: LaunchRequest;
  readonly paths: PipePaths;
  readonly stdin: number;
}

interface Running {
  readonly pid: number;
  isStopped: boolean;
}

export class Programs {
  readonly #pipes: NamedPipes;
  readonly #tell: (notice: Notice) => void;
  readonly #prepared = new Map<number, Prepared>();
  readonly #running = new Map<number, Running>();
  /** Groups of programs that have ended, with others still in them. */
  readonly #left = new Set<number>();
  #isEnding = false;

  constructor(pipes: NamedPipes, tell: (notice: Notice) => void) {
    this.#pipes = pipes;
    this.#tell = tell;
    setInterval(() => this.#forgetLeft(), LEFT_MS).unref();
  }

  prepare(id: number, request: LaunchRequest): void {
    try {
      const paths = this.#pipes.take();
      this.#prepared.set(id, { request, paths, stdin: openSync(paths[0], O_RDONLY | O_NONBLOCK) });
      this.#tell({ type: 'pipes', id, paths });
    } catch (error) {
      this.#tell({ type: 'failed', id, errno: -((error as NodeJS.ErrnoException).errno ?? -constants.errno.EIO), stage: 'stdio' });
    }
  }

  cancel(id: number): void {
    const prepared = this.#prepared.get(id);
    this.#prepared.delete(id);
    if (prepared === undefined) return;
    closeSync(prepared.stdin);
    for (const path of prepared.paths) rmSync(path, { force: true });
  }

  async start(id: number): Promise<void> {
    const prepared = this.#prepared.get(id);
    if (prepared === undefined) return;
    const { request, paths, stdin } = prepared;
    const opened: number[] = [];
    try {
      // They do not wait, so that nobody waits here for a server that has died meanwhile; Node makes 0 to 2 of a child such that wait.
      for (const path of paths.slice(1)) opened.push(openSync(path, O_WRONLY | O_NONBLOCK));
      const outcome = this.#isEnding
        ? { errno: constants.errno.ECANCELED, stage: 'fork' as const }
        : await startProgram(request, [stdin, ...opened]);
      if ('stage' in outcome) this.#tell({ type: 'failed', id, ...outcome });
      else this.#started(id, outcome);
    } catch (error) {
      this.#tell({ type: 'failed', id, errno: -((error as NodeJS.ErrnoException).errno ?? -constants.errno.EIO), stage: 'stdio' });
    } finally {
      opened.forEach((fd) => closeSync(fd));
      this.cancel(id);
    }
  }

  signal(id: number, signal: number): void {
    const program = this.#running.get(id);
    if (program === undefined) return;
    try {
      process.kill(-program.pid, signal);
    } catch {
      return; // it has just ended, or does not let itself be told
    }
    if (signal === SIGSTOP || signal === SIGCONT) this.#stopped(id, program, signal === SIGSTOP);
  }

  /** TERM, and after the grace time KILL, to all that are found, until none is left or can be reached. */
  async end(grace_ms: number): Promise<void> {
    this.#isEnding = true;
    for (const id of this.#prepared.keys()) this.cancel(id);
    const seen = new Map<number, string>();
    const begun_ms = performance.now();
    let isTold = grace_ms === 0;
    for (let family = this.#family(seen); family.length > 0 || this.#running.size > 0; family = this.#family(seen)) {
      const passed_ms = performance.now() - begun_ms;
      if (passed_ms > grace_ms + KILLING_MS) return;
      if (passed_ms >= grace_ms) for (const { pid } of family) signalProcess(pid, 'SIGKILL');
      // Also to who is stopped.
      else if (!isTold) for (const signal of ['SIGTERM', 'SIGCONT'] as const) for (const { pid } of family) signalProcess(pid, signal);
      isTold = true;
      await delay(AGAIN_MS);
    }
  }

  #started(id: number, child: ChildProcess): void {
    const { pid } = child;
    if (pid === undefined) return;
    this.#running.set(id, { pid, isStopped: false });
    this.#tell({ type: 'started', id, pid });
    child.once('exit', (code, signal) => {
      this.#running.delete(id);
      if (isGroupThere(pid)) this.#left.add(pid);
      if (signal === null) this.#tell({ type: 'exited', id, code: code ?? 0 });
      else this.#tell({ type: 'killed', id, signal });
    });
  }

  #stopped(id: number, program: Running, isStopped: boolean): void {
    if (program.isStopped === isStopped) return;
    program.isStopped = isStopped;
    this.#tell({ type: isStopped ? 'stopped' : 'continued', id });
  }

  /** Those who descend from what was started, and those who did when they were seen last. */
  #family(seen: Map<number, string>): readonly ProcessEntry[] {
    this.#forgetLeft();
    const sessions = new Set([...this.#left, ...Array.from(this.#running.values(), ({ pid }) => pid)]);
    const found = familyIn(processTable(), ({ pid, session, start }) => sessions.has(session) || seen.get(pid) === start);
    seen.clear();
    for (const { pid, start } of found) seen.set(pid, start);
    return found;
  }

  #forgetLeft(): void {
    for (const group of this.#left) if (!isGroupThere(group)) this.#left.delete(group);
  }
}

function isGroupThere(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
