/**
 * The server's side of its resident launcher (native/launcher): starts programs through it and hands on how they fare.
 *
 * Node's own spawn waits for the exec, which deadlocks when the program lies on our own mount, and takes four times as long. The launcher is also
 * what takes all descendants along when the server ends, however it ends.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import { startHelper } from '../../../native/helper.js';
import { builtPath, native, type Watch } from '../../../native/index.js';
import { CircuitError, isCircuitError } from '../../base/error.js';
import { LAUNCHES_PENDING_MAX } from '../../base/limits.js';
import { launchError } from './launch-error.js';
import { LaunchedProcess, signalName } from './launched-process.js';
import { encodeSignal, encodeStart, encodeStop, type LaunchRequest, type Report, ReportDecoder } from './launcher-protocol.js';
import type { LauncherOptions } from './program-launcher.js';

export type { LaunchRequest } from './launcher-protocol.js';
export type { LaunchedProcess, ProcessState } from './launched-process.js';

type Stdio = readonly [number, number, number];

interface Launching {
  readonly request: LaunchRequest;
  readonly resolve: (process: LaunchedProcess) => void;
  readonly reject: (error: CircuitError) => void;
}

interface Outgoing {
  readonly bytes: Uint8Array;
  readonly descriptors: readonly number[];
  sent: number;
}

const READ_BYTES = 64 * 1024;
/** How much longer than the grace time its end may take before it is taken for stuck: it kills, gives up the unreachable, and hands over reports. */
const STOP_SLACK_MS = 10_000;
const NO_DESCRIPTORS: readonly number[] = [];
/** A request that every launcher refuses: a directory cannot be run. */
const REFUSED: LaunchRequest = { path: '/', args: [], env: [], dir: '/' };

export class Launcher {
  readonly #child: ChildProcess;
  readonly #socket: number;
  readonly #watch: Watch;
  readonly #grace_s: number;
  readonly #onLost: ((error: CircuitError) => void) | undefined;
  readonly #decoder = new ReportDecoder();
  readonly #launching = new Map<number, Launching>();
  readonly #running = new Map<number, LaunchedProcess>();
  readonly #outgoing: Outgoing[] = [];
  readonly #incoming = new Uint8Array(READ_BYTES);
  #lastId = 0;
  #failure: Error | undefined;
  #stopped: Promise<void> | undefined;
  #open = true;

  /** Starts the launcher program: before the mount, so that it holds nothing of it. @throws Error when the system is out of something */
  static start(options: LauncherOptions): Launcher {
    const [ours, theirs] = native.socketpair();
    try {
      const child = startHelper('launcher', [String(options.grace_s)], { descriptor: theirs, env: options.env });
      return new Launcher(child, ours, options);
    } catch (error) {
      closeSync(ours);
      throw error;
    } finally {
      closeSync(theirs);
    }
  }

  private constructor(child: ChildProcess, socket: number, { grace_s, onLost }: LauncherOptions) {
    this.#child = child;
    this.#socket = socket;
    this.#grace_s = grace_s;
    this.#onLost = onLost;
    child.on('error', (error) => (this.#failure = error)); // shows as end-of-file, too
    this.#watch = native.watch(socket, (readable, writable) => {
      if (writable) this.#flush();
      if (readable) this.#receive();
    });
    this.#watch.want(true, false);
  }

  /** Process ID of the launcher, the parent of all processes; undefined if it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Resolves when it has answered, so that it runs. @throws CircuitError EIO with what is wrong if it does not */
  async answers(): Promise<void> {
    try {
      await this.launch(REFUSED, [0, 1, 2]);
    } catch (error) {
      if (!isCircuitError(error, 'EIO')) return;
      const why = this.#failure?.message ?? (this.#open ? error.message : 'it ended at once');
      throw new CircuitError('EIO', `the launcher cannot be started: ${why}; see that ${builtPath('launcher')} is whole`, { cause: error });
    }
  }

  /**
   * Starts a program in a session and process group of its own, and resolves when it runs. Its stdin, stdout and stderr are those of `stdio`,
   * which stay the caller's to close, not before this has settled.
   * @throws CircuitError ENOENT, EACCES, ENOTDIR, ENAMETOOLONG, EPERM, EINVAL with what is wrong; EAGAIN when the system is full; EIO when the launcher is gone
   */
  async launch(request: LaunchRequest, stdio: Stdio): Promise<LaunchedProcess> {
    if (!this.#open || this.#stopped !== undefined)
      throw new CircuitError('EIO', 'nothing can be started any more: the launcher has ended');
    if (this.#launching.size >= LAUNCHES_PENDING_MAX)
      throw new CircuitError('EAGAIN', `${LAUNCHES_PENDING_MAX} programs are being started already`);
    const id = this.#freeId();
    const frame = encodeStart(id, request);
    return new Promise((resolve, reject) => {
      this.#launching.set(id, { request, resolve, reject });
      this.#send(frame, stdio);
    });
  }

  /**
   * Ends all descendants, TERM first, after the grace time KILL, and then the launcher. States are reported meanwhile. Idempotent.
   * @throws CircuitError EIO if the launcher ended before it was done, so that some may be left
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    if (!this.#open) return;
    this.#child.ref();
    this.#child.kill('SIGCONT'); // whoever has stopped it must not stop the server's end
    this.#send(encodeStop(), NO_DESCRIPTORS);
    const force = setTimeout(() => this.#child.kill('SIGKILL'), 1000 * this.#grace_s + STOP_SLACK_MS);
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'close');
    clearTimeout(force);
    while (this.#receive()) continue; // the last reports, up to the end-of-file
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== 0)
      throw new CircuitError('EIO', `the launcher ended (${signalCode ?? exitCode}) before it was done: processes may be left`);
  }

  #freeId(): number {
    do this.#lastId = (this.#lastId + 1) >>> 0;
    while (this.#launching.has(this.#lastId) || this.#running.has(this.#lastId));
    return this.#lastId;
  }

  #send(bytes: Uint8Array, descriptors: readonly number[]): void {
    this.#outgoing.push({ bytes, descriptors, sent: 0 });
    if (this.#outgoing.length === 1) this.#flush();
  }

  #flush(): void {
    for (let frame = this.#outgoing[0]; frame !== undefined && this.#open; frame = this.#outgoing[0]) {
      // Descriptors go with the first byte, which leaves once.
      const descriptors = frame.sent === 0 ? frame.descriptors : NO_DESCRIPTORS;
      const sent = native.sendDescriptors(this.#socket, frame.bytes, frame.sent, frame.bytes.length - frame.sent, descriptors);
      if (sent < 0) {
        if (sent === -constants.errno.EAGAIN) return this.#watch.want(true, true);
        if (sent === -constants.errno.EBADF) this.#refuseUnsendable();
        else return; // the launcher is gone: the end-of-file says so
        continue;
      }
      frame.sent += sent;
      if (frame.sent === frame.bytes.length) this.#outgoing.shift();
    }
    if (this.#open) this.#watch.want(true, false);
  }

  /** The first frame's descriptors are closed: a fault of the caller, and of this launch alone. */
  #refuseUnsendable(): void {
    const frame = this.#outgoing.shift();
    const id = Buffer.from(frame?.bytes.subarray(5, 9) ?? []).readUInt32LE(0);
    this.#launching.get(id)?.reject(new CircuitError('EBADF', 'stdin, stdout or stderr of the program is not open'));
    this.#launching.delete(id);
  }

  /** Whether there may be more to receive. */
  #receive(): boolean {
    if (!this.#open) return false;
    const bytes = native.read(this.#socket, this.#incoming, 0, READ_BYTES);
    if (bytes === -constants.errno.EAGAIN) return false;
    if (bytes > 0) for (const report of this.#decoder.feed(this.#incoming.subarray(0, bytes))) this.#take(report);
    else this.#lost();
    return bytes > 0;
  }

  #take(report: Report): void {
    if (report.type === 'started' || report.type === 'failed') return this.#conclude(report);
    const process = this.#running.get(report.id);
    if (process === undefined) return;
    switch (report.type) {
      case 'stopped':
      case 'continued':
        return process.changed({ phase: report.type });
      case 'exited':
        this.#running.delete(report.id);
        return process.changed({ phase: 'exited', code: report.code });
      case 'killed':
        this.#running.delete(report.id);
        return process.changed({ phase: 'signaled', signal: signalName(report.signal), core: report.core });
    }
  }

  #conclude(report: Report & { type: 'started' | 'failed' }): void {
    const { id } = report;
    const launching = this.#launching.get(id);
    if (launching === undefined) return;
    this.#launching.delete(id);
    if (report.type === 'failed') return launching.reject(launchError(launching.request, report.errno, report.stage));
    const process = new LaunchedProcess(report.pid, (signal) => {
      if (this.#open) this.#send(encodeSignal(id, signal), NO_DESCRIPTORS);
    });
    this.#running.set(id, process);
    launching.resolve(process);
  }

  /** End-of-file from the launcher. */
  #lost(): void {
    const error = new CircuitError('EIO', 'the launcher has ended, and what it had started with it');
    const expected = this.#stopped !== undefined;
    this.#close(error);
    if (!expected) this.#onLost?.(error);
  }

  #close(error: CircuitError): void {
    if (!this.#open) return;
    this.#open = false;
    this.#watch.close();
    closeSync(this.#socket);
    this.#outgoing.length = 0;
    for (const launching of this.#launching.values()) launching.reject(error);
    this.#launching.clear();
    // The kernel has killed them with their parent (PR_SET_PDEATHSIG); whoever waits for their end must learn of it.
    for (const process of this.#running.values()) process.changed({ phase: 'signaled', signal: 'SIGKILL', core: false });
    this.#running.clear();
  }
}
