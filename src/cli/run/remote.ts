/**
 * One program on one server, from its start to its end: its output is handed on as it comes, and its element is scrubbed whatever happens.
 */
import { type ByteWriter, type Credentials, TRUNCATE } from '../../base/bytes.js';
import { type Deferred, deferred } from '../../base/deferred.js';
import { CircuitError } from '../../base/error.js';
import { within } from '../../base/within.js';
import type { AnchorPath, ServerTree } from '../../tree/server-tree.js';
import { Process } from '../../api/process.js';
import { LOST, statusOf, statusOfFailure } from './status.js';

/** One read, in bytes. */
const CHUNK_BYTES = 256 * 1024;
/** How long the output of a program that was told to end, and has ended, may be held open by what it left behind. */
const LINGER_MS = 1000;
/** For a server that may be gone to scrub an element. */
const SCRUB_MS = 5000;

/** What a program prints, for whoever shows it. */
export interface Sink {
  /** Resolves when more may come; the bytes are borrowed. */
  take(file: 'stdout' | 'stderr', bytes: Uint8Array): Promise<void>;
  /** What went wrong with the program on this server, not in it. */
  complain(error: unknown): void;
}

export interface Program {
  readonly path: string;
  readonly args: readonly string[];
  /** Whether input will be given; else it has ended before it began. */
  readonly input: boolean;
}

export class RemoteRun {
  readonly #started: Deferred<boolean> = deferred();
  readonly #tree: ServerTree;
  readonly #path: AnchorPath;
  readonly #asker: Credentials;
  readonly #sink: Sink;
  readonly #leave = new AbortController();
  #state: 'starting' | 'running' | 'ended' = 'starting';
  #signal: string | undefined;
  #status = LOST;

  /** @param path an anchor that is not there yet */
  constructor(tree: ServerTree, path: AnchorPath, asker: Credentials, sink: Sink) {
    this.#tree = tree;
    this.#path = path;
    this.#asker = asker;
    this.#sink = sink;
  }

  /** Resolves with the exit status when all is over and scrubbed; never rejects. */
  async run({ path, args, input }: Program): Promise<number> {
    try {
      await this.#tree.makeElement(this.#path, 'proc', { Path: path, Args: [...args] }, this.#asker);
    } catch (error) {
      this.#started.resolve(false);
      this.#sink.complain(error);
      return statusOfFailure(error);
    }
    try {
      return await this.#attend(input);
    } catch (error) {
      if (!this.#leave.signal.aborted) this.#sink.complain(error);
      return this.#status;
    } finally {
      this.#started.resolve(false);
      await this.#scrub();
    }
  }

  /** Sends the program's process group a signal, when it runs. One that has ended is waited for no longer, whatever holds its output open. */
  signal(name: 'TERM' | 'KILL'): void {
    this.#signal = name;
    if (this.#state === 'ended') this.leave();
    if (this.#state !== 'running') return;
    void Promise.resolve(this.#tree.perform(this.#path, 'signal', [name], this.#asker)).catch((error: unknown) => {
      // That it has ended meanwhile is what was wanted.
      if (CircuitError.from(error).code !== 'EINVAL') this.#sink.complain(error);
    });
  }

  /** Waits for nothing any more. */
  leave(): void {
    this.#leave.abort(new CircuitError('EINTR', 'the program is no longer waited for'));
  }

  async #attend(input: boolean): Promise<number> {
    this.#state = 'running';
    if (this.#signal !== undefined) await this.#tree.perform(this.#path, 'signal', [this.#signal], this.#asker);
    // All at once: on a server elsewhere each of them is a question, and they travel together.
    const status = this.#wait();
    const outputs = [this.#pour('stdout'), this.#pour('stderr'), input ? undefined : this.#endInput()];
    this.#started.resolve(true);
    await Promise.all([status, ...outputs]);
    return status;
  }

  async #wait(): Promise<number> {
    this.#status = statusOf(await new Process(this.#tree, this.#path, this.#asker).wait(this.#leave));
    this.#state = 'ended';
    if (this.#signal !== undefined) setTimeout(() => this.leave(), LINGER_MS).unref();
    return this.#status;
  }

  async #pour(file: 'stdout' | 'stderr'): Promise<void> {
    const { signal } = this.#leave;
    const reader = await this.#tree.openReader(this.#path, file, this.#asker);
    try {
      for (;;) {
        const bytes = await reader.read(CHUNK_BYTES, { signal });
        await this.#sink.take(file, bytes);
        if (bytes.length === 0) return;
      }
    } finally {
      reader.close();
    }
  }

  /** Where input for the program goes. Waits until it runs; undefined if it never does. */
  async input(): Promise<ByteWriter | undefined> {
    return (await this.#started.promise) ? await this.#tree.openWriter(this.#path, 'stdin', TRUNCATE, this.#asker) : undefined;
  }

  async #endInput(): Promise<void> {
    (await this.#tree.openWriter(this.#path, 'stdin', TRUNCATE, this.#asker)).close();
  }

  async #scrub(): Promise<void> {
    try {
      await within(SCRUB_MS, async () => this.#tree.scrub(this.#path, { recursive: false }, this.#asker));
    } catch {
      // It is gone with its server, or somebody else has scrubbed it.
    }
  }
}
