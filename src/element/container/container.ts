/**
 * A container as an element: its files, which are those of a process, its state, and what becomes of it when it ends, is abandoned, or its engine
 * goes away.
 */
import type { Duplex } from 'node:stream';
import type { Credentials, ByteReader, ByteWriter, ReaderMode, WriterMode } from '../../base/bytes.js';
import { CircuitError } from '../../base/error.js';
import { ENGINE_PEEK_MS } from '../../base/limits.js';
import type { ControlFile } from '../../base/name.js';
import { signalNumber } from '../../base/signal.js';
import { Input } from '../../stream/input.js';
import { outputMemoryOf } from '../../stream/output-memory.js';
import { OutputWindow } from '../../stream/window.js';
import type { Element, ElementEvents } from '../element.js';
import { StandardFiles } from '../standard-files.js';
import { ConnectionOutput } from './connection-output.js';
import { ConnectionSink } from './connection-sink.js';
import type { ContainerInspectInfo, Engine } from './engine.js';
import { follow } from './life.js';
import type { ContainerPeek } from './peek.js';
import type { Run } from './run.js';

/** A container that has been started, and the connections to its streams. */
export interface Started {
  readonly id: string;
  readonly engine: Engine;
  readonly inputAndOutput: Duplex;
  readonly errors: Duplex;
  /** How long the engine may be away before nothing more is expected of it. */
  readonly patience_ms: number;
  /** Removes it, whether it runs or not. */
  readonly remove: () => Promise<void>;
}

export class ContainerElement implements Element {
  readonly kind = 'docker';
  readonly #run: Run;
  readonly #started: Started;
  readonly #events: ElementEvents;
  readonly #stdin: Input;
  readonly #windows: readonly OutputWindow[];
  readonly #files: StandardFiles;
  readonly #outputs: ConnectionOutput[] = [];
  /** Ends the following of its life. */
  readonly #abandoned = new AbortController();
  /** The last document that the engine gave. */
  #document: Partial<ContainerInspectInfo> = {};
  #over = false;
  #removal: Promise<void> | undefined;

  constructor(run: Run, started: Started, events: ElementEvents) {
    this.#run = run;
    this.#started = started;
    this.#events = events;
    this.#stdin = new Input('container', (writable) => new ConnectionSink(started.inputAndOutput, writable));
    const stdout = this.#window('stdout', started.inputAndOutput);
    const stderr = this.#window('stderr', started.errors);
    this.#windows = [stdout, stderr];
    this.#files = new StandardFiles('container', { stdin: this.#stdin, stdout, stderr }, () => this.#leave());
    void this.#follow();
  }

  get busy(): boolean {
    return !this.#over;
  }

  /** As the engine says within `ENGINE_PEEK_MS`, or else as it said last. */
  async peek(): Promise<ContainerPeek> {
    let stale: string | undefined;
    if (!this.#over) {
      const { engine, id } = this.#started;
      try {
        this.#learn(await engine.inspect(id, ENGINE_PEEK_MS));
      } catch (error) {
        stale = CircuitError.from(error).message;
      }
    }
    return this.#told(stale);
  }

  /** @throws CircuitError ENOENT also when a container that scrubs itself has ended and only those who had it open still read */
  openReader(file: ControlFile, credentials: Credentials, mode?: ReaderMode): ByteReader {
    return this.#files.openReader(file, credentials, mode);
  }

  openWriter(file: ControlFile, mode: WriterMode): ByteWriter {
    return this.#files.openWriter(file, mode);
  }

  /** @throws CircuitError EINVAL for another command, an unknown signal, or a container that has ended; EIO */
  perform(verb: string, args: readonly string[]): Promise<void> | undefined {
    const [name] = args;
    const { engine, id } = this.#started;
    if (verb === 'signal' && name !== undefined && args.length === 1) return engine.signal(id, signalNumber(name));
    if (verb !== 'drain' || args.length > 0)
      throw new CircuitError('EINVAL', 'invalid command of a container: expected "signal NAME" or "drain"');
    this.drain();
    return undefined;
  }

  /** Lets unread output go from now on. */
  drain(): void {
    this.#files.drain();
  }

  get removal(): Promise<void> | undefined {
    return this.#removal;
  }

  /** Unlike a process, the container goes with its element. */
  scrub(): void {
    if (this.#removal !== undefined) return;
    this.#over = true;
    this.#abandoned.abort();
    this.#files.scrub();
    for (const output of this.#outputs) output.close();
    this.#removal = this.#started.remove();
    this.#removal.catch(() => undefined); // it stays known to the server, which tries again when it stops
  }

  #window(name: 'stdout' | 'stderr', connection: Duplex): OutputWindow {
    const { Buffer: capacity_bytes, Overflow } = this.#run;
    const window = new OutputWindow(
      capacity_bytes,
      Overflow,
      { room: () => output.resume(), drained: () => this.#files.leaveIfRead() },
      outputMemoryOf(capacity_bytes),
    );
    const output = new ConnectionOutput(connection, window, () => this.#events.happened('held', [name]));
    this.#outputs.push(output);
    return window;
  }

  async #follow(): Promise<void> {
    const { engine, id, patience_ms } = this.#started;
    for await (const event of follow(engine, id, this.#abandoned.signal, patience_ms)) {
      if (event.type === 'ended') this.#ended(event.state);
      else if (event.type === 'lost') this.#lost(event.error);
      else this.#files.cutOff(new CircuitError('EIO', `the Docker engine was away: what it has of the output, "docker logs ${id}" shows`));
    }
  }

  #ended(state: ContainerInspectInfo): void {
    this.#learn(state);
    this.#over = true;
    this.#stdin.fail(new CircuitError('EPIPE', 'the container reads no more input'));
    for (const [index, window] of this.#windows.entries()) void this.#outputs[index]?.read().then(() => window.end());
    this.#events.changed();
    this.#events.told?.('exited', { code: state.State.ExitCode, signal: null });
    this.#files.end(this.#told(), state.State.ExitCode, this.#run.Scrub);
  }

  #leave(): void {
    this.scrub();
    this.#events.gone();
  }

  #lost(error: CircuitError): void {
    this.#over = true;
    // Its streams are cut off, and cannot be taken up again where they were.
    this.#files.fail(error);
    this.#events.changed();
  }

  #learn(document: ContainerInspectInfo): void {
    if (!this.#over) this.#document = document;
  }

  #told(stale?: string): ContainerPeek {
    return {
      ...this.#document,
      Id: this.#started.id,
      Held: this.#files.held,
      ...(stale !== undefined && { Stale: stale }),
    };
  }
}
