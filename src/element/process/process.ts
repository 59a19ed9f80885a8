/**
 * A process as an element: its files, its state, and what becomes of it when it ends or is abandoned.
 */
import { homedir } from 'node:os';
import type { Credentials, ByteReader, ByteWriter, ReaderMode, WriterMode } from '../../base/bytes.js';
import { CircuitError } from '../../base/error.js';
import type { ControlFile } from '../../base/name.js';
import { describeSignal, exitStatus, signalNumber } from '../../base/signal.js';
import { Input } from '../../stream/input.js';
import { outputMemoryOf } from '../../stream/output-memory.js';
import { OutputWindow } from '../../stream/window.js';
import type { Element, ElementEvents } from '../element.js';
import { StandardFiles } from '../standard-files.js';
import { checkCommand, type Command } from './command.js';
import type { InheritedEnvironment } from './environment.js';
import { identityOf } from './identity.js';
import type { LaunchedProcess, ProcessState } from './launched-process.js';
import type { Phase, ProcessPeek } from './peek.js';
import type { OutputSource, ProgramLauncher, StartedProgram } from './program-launcher.js';

/**
 * Starts a program; resolves when it runs.
 * @throws CircuitError EINVAL for a bad spec; ENOENT, EACCES, ENOTDIR, EPERM, EAGAIN, EOPNOTSUPP why it cannot be started
 */
export async function makeProcess(
  spec: unknown,
  events: ElementEvents,
  launcher: Pick<ProgramLauncher, 'start'>,
  inherited: InheritedEnvironment,
): Promise<ProcessElement> {
  const asked = checkCommand(spec);
  const { Path: path, Args: args, User: user, Group: group } = asked;
  const identity = user === undefined ? undefined : await identityOf(user);
  const dir = asked.Dir === '' ? (identity?.directory ?? home()) : asked.Dir;
  const command = { ...asked, Dir: dir };
  const started = await launcher.start({ path, args, dir, user, group, env: inherited.of(command, identity) });
  return new ProcessElement(command, started, events);
}

/** Where programs run that name no directory; `/` if its name is not UTF-8, which Node does not have byte by byte. */
function home(): string {
  const directory = homedir();
  return directory.includes('\ufffd') ? '/' : directory;
}

export class ProcessElement implements Element {
  readonly kind = 'proc';
  readonly #command: Command;
  readonly #process: LaunchedProcess;
  readonly #events: ElementEvents;
  readonly #files: StandardFiles;
  readonly #started = new Date();
  #finished: Date | undefined;
  #phase: Phase = 'running';
  #code: number | undefined;
  #signal: string | undefined;
  #core = false;
  #scrubbed = false;

  constructor(command: Command, { process: launched, stdin, stdout, stderr }: StartedProgram, events: ElementEvents) {
    this.#command = command;
    this.#process = launched;
    this.#events = events;
    const streams = {
      stdin: new Input('process', stdin),
      stdout: this.#window('stdout', stdout),
      stderr: this.#window('stderr', stderr),
    };
    this.#files = new StandardFiles('process', streams, () => this.#leave());
    events.told?.('started', { pid: launched.pid });
    launched.onState((state) => this.#changed(state));
  }

  /** A stopped process does not run. */
  get busy(): boolean {
    return this.#phase === 'running' || this.#phase === 'continued';
  }

  peek(): ProcessPeek {
    const { Env, Dir, Path, Args, Scrub, ...more } = this.#command;
    return {
      Cmd: { Env, Dir, Path, Args, Scrub, ...more },
      Exit: this.#exit(),
      Phase: this.#phase,
      Pid: this.#process.pid,
      ExitCode: this.#code ?? null,
      Signal: this.#signal ?? null,
      Started: this.#started.toISOString(),
      Finished: this.#finished?.toISOString() ?? null,
      Held: this.#files.held,
    };
  }

  /** @throws CircuitError ENOENT also when a process that scrubs itself has ended and only those who had it open still read */
  openReader(file: ControlFile, credentials: Credentials, mode?: ReaderMode): ByteReader {
    return this.#files.openReader(file, credentials, mode);
  }

  openWriter(file: ControlFile, mode: WriterMode): ByteWriter {
    return this.#files.openWriter(file, mode);
  }

  /** @throws CircuitError EINVAL for another command, an unknown signal, or a process that has ended */
  perform(verb: string, args: readonly string[]): void {
    const [name] = args;
    if (verb === 'signal' && name !== undefined && args.length === 1) this.#process.signal(signalNumber(name));
    else if (verb === 'drain' && args.length === 0) this.#files.drain();
    else throw new CircuitError('EINVAL', 'invalid command of a process: expected "signal NAME" or "drain"');
  }

  scrub(): void {
    if (this.#scrubbed) return;
    this.#scrubbed = true;
    this.#files.scrub();
  }

  #window(name: 'stdout' | 'stderr', source: OutputSource): OutputWindow {
    const { Buffer: capacity_bytes, Overflow } = this.#command;
    const window = new OutputWindow(
      capacity_bytes,
      Overflow,
      { room: () => output.resume(), drained: () => this.#files.leaveIfRead() },
      outputMemoryOf(capacity_bytes),
    );
    const output = source(window, () => this.#events.happened('held', [name]));
    return window;
  }

  #changed(state: ProcessState): void {
    this.#phase = state.phase;
    if (state.phase === 'exited') this.#code = state.code;
    if (state.phase === 'signaled') {
      this.#signal = state.signal;
      this.#core = state.core;
    }
    if (state.phase === 'exited' || state.phase === 'signaled') this.#ended();
    if (!this.#scrubbed) this.#events.changed();
  }

  #ended(): void {
    this.#finished = new Date();
    if (!this.#scrubbed) this.#events.told?.('exited', { code: this.#code ?? null, signal: this.#signal ?? null });
    this.#files.end(this.peek(), exitStatus(this.#code ?? null, this.#signal ?? null), this.#command.Scrub);
  }

  #leave(): void {
    this.scrub();
    this.#events.gone();
  }

  #exit(): string | null {
    if (this.#signal !== undefined) return `signal: ${describeSignal(this.#signal)}${this.#core ? ' (core dumped)' : ''}`;
    return this.#code === undefined || this.#code === 0 ? null : `exit status ${this.#code}`;
  }
}
