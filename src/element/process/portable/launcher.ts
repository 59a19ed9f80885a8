/**
 * The server's side of the portable launcher: starts programs through a process of Node's own, where the launcher in C is not built.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, constants, existsSync, openSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { deferred } from '../../../base/deferred.js';
import { CircuitError } from '../../../base/error.js';
import { LAUNCHES_PENDING_MAX } from '../../../base/limits.js';
import { familyIn, processTable, signalProcess } from '../../../base/process-table.js';
import { launchError } from '../launch-error.js';
import { LaunchedProcess } from '../launched-process.js';
import { type LaunchRequest, measure } from '../launcher-protocol.js';
import type { LauncherOptions, ProgramLauncher, StartedProgram } from '../program-launcher.js';
import type { Notice, Order, PipePaths } from './messages.js';
import { NamedPipeOutput } from './named-pipe-output.js';
import { NamedPipeSink } from './named-pipe-sink.js';

const { O_RDONLY, O_WRONLY, O_NONBLOCK } = constants;
/** How much longer than the grace time its end may take before it is taken for stuck. */
const STOP_SLACK_MS = 10_000;
const ENDED = 'nothing can be started any more: the launcher has ended';

interface Launching {
  readonly request: LaunchRequest;
  readonly settle: (outcome: StartedProgram | CircuitError) => void;
  /** Our ends of its pipes, in the order of the process's own. */
  ends: readonly number[];
}

export class PortableLauncher implements ProgramLauncher {
  readonly #child: ChildProcess;
  readonly #grace_s: number;
  readonly #onLost: ((error: CircuitError) => void) | undefined;
  readonly #launching = new Map<number, Launching>();
  readonly #running = new Map<number, LaunchedProcess>();
  readonly #ready = deferred();
  /** Resolves when nothing more will be heard of it. */
  readonly #over = deferred();
  #directory: string | undefined;
  #lastId = 0;
  #isOpen = true;
  #isDone = false;
  #stopped: Promise<void> | undefined;

  /** Starts the launcher program. @throws Error when the system is out of something */
  static start(options: LauncherOptions): PortableLauncher {
    return new PortableLauncher(options);
  }

  private constructor({ grace_s, env, onLost }: LauncherOptions) {
    this.#grace_s = grace_s;
    this.#onLost = onLost;
    this.#ready.promise.catch(() => undefined); // told to who asks
    this.#child = spawn(process.execPath, [entry(), String(grace_s)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      serialization: 'advanced',
      detached: true,
      cwd: '/',
      ...(env !== undefined && { env }),
    });
    this.#child.once('error', (error) => this.#lost(error.message)).once('disconnect', () => this.#lost());
    this.#child.on('message', (message) => this.#take(message as Notice));
    this.#child.unref(); // the channel keeps us, for as long as an answer is waited for
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  answers(): Promise<void> {
    return this.#ready.promise;
  }

  async start(request: LaunchRequest): Promise<StartedProgram> {
    const { user, group } = request;
    if (!this.#isOpen || this.#stopped !== undefined) throw new CircuitError('EIO', ENDED);
    if (user !== undefined || group !== undefined)
      throw new CircuitError(
        'EOPNOTSUPP',
        `programs start as another ${user === undefined ? 'group' : 'user'} by the compiled launcher alone, which is not built here`,
      );
    if (this.#launching.size >= LAUNCHES_PENDING_MAX)
      throw new CircuitError('EAGAIN', `${LAUNCHES_PENDING_MAX} programs are being started already`);
    measure(request);
    const id = ++this.#lastId;
    const outcome = await new Promise<StartedProgram | CircuitError>((settle) => {
      this.#launching.set(id, { request, settle, ends: [] });
      this.#child.channel?.ref();
      this.#send({ type: 'prepare', id, request });
    });
    if (outcome instanceof CircuitError) throw outcome;
    return outcome;
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    if (!this.#isOpen) return;
    this.#child.ref();
    this.#child.channel?.ref();
    this.#child.kill('SIGCONT'); // whoever has stopped it must not stop the server's end
    this.#send({ type: 'stop' });
    const force = setTimeout(() => this.#child.kill('SIGKILL'), 1000 * this.#grace_s + STOP_SLACK_MS);
    await this.#over.promise;
    clearTimeout(force);
    if (!this.#isDone) throw new CircuitError('EIO', 'the launcher ended before it was done: processes may be left');
  }

  #send(order: Order): void {
    this.#child.send(order, () => undefined); // a channel that is closed says so itself
  }

  #take(notice: Notice): void {
    switch (notice.type) {
      case 'ready':
        return this.#begun(notice);
      case 'pipes':
        return this.#open(notice.id, notice.paths);
      case 'started':
        return this.#started(notice.id, notice.pid);
      case 'failed': {
        const { request } = this.#launching.get(notice.id) ?? {};
        return request && this.#fail(notice.id, launchError(request, notice.errno, notice.stage));
      }
      case 'stopped':
      case 'continued':
        return this.#running.get(notice.id)?.changed({ phase: notice.type });
      case 'exited':
        return this.#ended(notice.id)?.changed({ phase: 'exited', code: notice.code });
      case 'killed':
        return this.#ended(notice.id)?.changed({ phase: 'signaled', signal: notice.signal, core: false });
      case 'done':
        this.#isDone = true;
    }
  }

  #begun({ directory, problem }: Notice & { type: 'ready' }): void {
    this.#directory = directory;
    this.#rest();
    if (problem === undefined) this.#ready.resolve();
    else this.#ready.reject(new CircuitError('EIO', `the portable launcher cannot start programs: ${problem}`));
  }

  /** Opens our ends of a program's pipes: its input for writing, which the launcher has open already, its outputs before it does. */
  #open(id: number, paths: PipePaths): void {
    const launching = this.#launching.get(id);
    if (launching === undefined) return;
    const ends: number[] = [];
    launching.ends = ends;
    try {
      for (const [index, path] of paths.entries()) ends.push(openSync(path, (index === 0 ? O_WRONLY : O_RDONLY) | O_NONBLOCK));
      this.#send({ type: 'go', id });
    } catch (error) {
      this.#send({ type: 'cancel', id });
      const sentence = 'the server has no more descriptors for the pipes of another process: see "ulimit -n"';
      this.#fail(id, new CircuitError('EAGAIN', sentence, { cause: error }));
    }
  }

  #started(id: number, pid: number): void {
    const launching = this.#forget(id);
    const [stdin, stdout, stderr] = launching?.ends ?? [];
    if (launching === undefined || stdin === undefined || stdout === undefined || stderr === undefined) return;
    const process = new LaunchedProcess(pid, (signal) => this.#send({ type: 'signal', id, signal }));
    this.#running.set(id, process);
    launching.settle({
      process,
      stdin: (writable) => new NamedPipeSink(stdin, writable),
      stdout: (window, onFirstHold) => new NamedPipeOutput(stdout, window, onFirstHold),
      stderr: (window, onFirstHold) => new NamedPipeOutput(stderr, window, onFirstHold),
    });
  }

  #fail(id: number, error: CircuitError): void {
    const launching = this.#forget(id);
    launching?.ends.forEach((fd) => closeSync(fd));
    launching?.settle(error);
  }

  #forget(id: number): Launching | undefined {
    const launching = this.#launching.get(id);
    this.#launching.delete(id);
    this.#rest();
    return launching;
  }

  /** A program that waits for nothing may end. */
  #rest(): void {
    if (this.#directory !== undefined && this.#launching.size === 0 && this.#stopped === undefined) this.#child.channel?.unref();
  }

  #ended(id: number): LaunchedProcess | undefined {
    const process = this.#running.get(id);
    this.#running.delete(id);
    return process;
  }

  /** It has ended, or could not be started. What it was killed before it could end is killed now, as far as it is known. */
  #lost(why = 'the launcher has ended, and what it had started with it'): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    const error = new CircuitError('EIO', why);
    this.#ready.reject(new CircuitError('EIO', `the launcher cannot be started: ${why}`));
    if (!this.#isDone) killFamilies(new Set(Array.from(this.#running.values(), ({ pid }) => pid)));
    if (this.#directory !== undefined) rmSync(this.#directory, { recursive: true, force: true });
    for (const id of this.#launching.keys()) this.#fail(id, error);
    for (const process of this.#running.values()) process.changed({ phase: 'signaled', signal: 'SIGKILL', core: false });
    this.#running.clear();
    this.#over.resolve();
    if (this.#stopped === undefined) this.#onLost?.(error);
  }
}

function killFamilies(sessions: ReadonlySet<number>): void {
  if (sessions.size === 0) return;
  for (const { pid } of familyIn(processTable(), ({ session }) => sessions.has(session))) signalProcess(pid, 'SIGKILL');
}

/** The launcher's own program: its module, or in a package its bundle. */
function entry(): string {
  const module = fileURLToPath(new URL('./main.js', import.meta.url));
  return existsSync(module) ? module : fileURLToPath(new URL('../../../../bundle/launcher.cjs', import.meta.url));
}
