/**
 * A process as an element: its files, its state, and what becomes of it when it ends or is abandoned.
 */
import { homedir } from 'node:os';
import type { Asker, ByteReader, ByteWriter, ReaderMode, WriterMode } from '../../base/bytes.js';
import { CircuitError } from '../../base/error.js';
import type { ControlFile } from '../../base/name.js';
import { describeSignal, signalNumber } from '../../base/signal.js';
import { heldPeek, heldSentence } from '../../stream/held.js';
import { Input } from '../../stream/input.js';
import { WaitFile } from '../../stream/wait-file.js';
import { OutputWindow } from '../../stream/window.js';
import type { Element, ElementEvents } from '../element.js';
import { checkCommand, type Command } from './command.js';
import { environmentOf } from './environment.js';
import type { LaunchedProcess, Launcher, ProcessState } from './launcher.js';
import { Output } from './output.js';
import type { Phase, ProcessPeek } from './peek.js';
import { PipeSink } from './pipe-sink.js';
import { closeEnds, type Ends, openPipes } from './pipes.js';

/**
 * Starts a program; resolves when it runs.
 * @throws CircuitError EINVAL for a bad spec; ENOENT, EACCES, ENOTDIR, EPERM, EAGAIN why it cannot be started
 */
export async function makeProcess(spec: unknown, events: ElementEvents, launcher: Launcher): Promise<ProcessElement> {
  const command = checkCommand(spec, homedir());
  const { Path: path, Args: args, Dir: dir, User: user, Group: group } = command;
  const { ours, theirs } = openPipes();
  try {
    const request = { path, args, dir, user, group, env: environmentOf(command, process.env) };
    return new ProcessElement(command, await launcher.launch(request, theirs), ours, events);
  } catch (error) {
    closeEnds(ours);
    throw error;
  } finally {
    closeEnds(theirs);
  }
}

export class ProcessElement implements Element {
  readonly kind = 'proc';
  readonly #command: Command;
  readonly #process: LaunchedProcess;
  readonly #events: ElementEvents;
  readonly #stdin: Input;
  readonly #stdout: OutputWindow;
  readonly #stderr: OutputWindow;
  readonly #wait = new WaitFile('process', () => this.#leaveIfDrained());
  readonly #started = new Date();
  #finished: Date | undefined;
  #phase: Phase = 'running';
  #code: number | undefined;
  #signal: string | undefined;
  #core = false;
  #scrubbed = false;
  #leaving = false;

  constructor(command: Command, launched: LaunchedProcess, [stdin, stdout, stderr]: Ends, events: ElementEvents) {
    this.#command = command;
    this.#process = launched;
    this.#events = events;
    this.#stdin = new Input('process', (writable) => new PipeSink(stdin, writable));
    this.#stdout = this.#window('stdout', stdout);
    this.#stderr = this.#window('stderr', stderr);
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
      Held: heldPeek(this.#stdout, this.#stderr),
    };
  }

  /** @throws CircuitError ENOENT also when a process that scrubs itself has ended and only those who had it open still read */
  openReader(file: ControlFile, asker: Asker, mode?: ReaderMode): ByteReader {
    this.#checkThere();
    switch (file) {
      case 'stdout':
        return this.#stdout.openReader(asker, mode);
      case 'stderr':
        return this.#stderr.openReader(asker, mode);
      case 'trystdout':
        return this.#stdout.tryReader(asker, mode);
      case 'trystderr':
        return this.#stderr.tryReader(asker, mode);
      case 'wait':
        return this.#wait.open();
      case 'trywait':
        return this.#wait.open(() => this.#whyNotEnded());
      default:
        throw new CircuitError('ENOENT', `a process has no file "${file}" to read`);
    }
  }

  openWriter(file: ControlFile, mode: WriterMode): ByteWriter {
    this.#checkThere();
    if (file !== 'stdin') throw new CircuitError('ENOENT', `a process has no file "${file}" to write`);
    return this.#stdin.open(mode);
  }

  /** @throws CircuitError EINVAL for another command, an unknown signal, or a process that has ended */
  perform(verb: string, args: readonly string[]): void {
    const [name] = args;
    if (verb === 'signal' && name !== undefined && args.length === 1) this.#process.signal(signalNumber(name));
    else if (verb === 'drain' && args.length === 0) this.#drain();
    else throw new CircuitError('EINVAL', 'a process takes the commands "signal NAME" and "drain"');
  }

  scrub(): void {
    if (this.#scrubbed) return;
    this.#scrubbed = true;
    this.#leaving = false;
    const error = new CircuitError('EIDRM', 'the process was scrubbed');
    this.#stdin.fail(error);
    this.#stdout.fail(error);
    this.#stderr.fail(error);
    this.#wait.fail(error);
  }

  #window(name: 'stdout' | 'stderr', fd: number): OutputWindow {
    const { Buffer: capacity_bytes, Overflow } = this.#command;
    const window = new OutputWindow(capacity_bytes, Overflow, { room: () => output.resume(), drained: () => this.#leaveIfDrained() });
    const output = new Output(fd, window, () => this.#events.happened('held', [name]));
    return window;
  }

  #drain(): void {
    this.#stdout.drain();
    this.#stderr.drain();
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
    this.#leaving = this.#command.Scrub && !this.#scrubbed;
    this.#wait.end(`${JSON.stringify(this.peek(), undefined, '\t')}\n`);
    this.#leaveIfDrained();
  }

  /** With `"Scrub": true`: goes when all who had a file open at its end have read to the end, or closed. */
  #leaveIfDrained(): void {
    if (!this.#leaving || !this.#stdout.drained || !this.#stderr.drained || !this.#wait.drained) return;
    this.#leaving = false;
    this.scrub();
    this.#events.gone();
  }

  #checkThere(): void {
    if (this.#leaving || this.#scrubbed) throw new CircuitError('ENOENT', 'the process has ended, and its element with it');
  }

  #exit(): string | null {
    if (this.#signal !== undefined) return `signal: ${describeSignal(this.#signal)}${this.#core ? ' (core dumped)' : ''}`;
    return this.#code === undefined || this.#code === 0 ? null : `exit status ${this.#code}`;
  }

  #whyNotEnded(): string {
    return heldSentence('process', this.#stdout, this.#stderr) ?? 'the process has not ended';
  }
}
