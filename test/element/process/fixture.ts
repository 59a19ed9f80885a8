/**
 * Real processes, started by each launcher, and calls on their elements put into words. Nothing is left when the bed is disposed of.
 */
import type { Credentials, ByteReader, ByteWriter, WriterMode } from '../../../src/base/bytes.js';
import { CircuitError } from '../../../src/base/error.js';
import type { ControlFile } from '../../../src/base/name.js';
import { InheritedEnvironment } from '../../../src/element/process/environment.js';
import { COMPILED_LAUNCHER, type LauncherKind, PORTABLE_LAUNCHER } from '../../../src/element/process/launchers.js';
import type { ProcessPeek } from '../../../src/element/process/peek.js';
import type { ProgramLauncher } from '../../../src/element/process/program-launcher.js';
import { makeProcess, type ProcessElement } from '../../../src/element/process/process.js';

const credentials: Credentials = { uid: 0, gid: 0, pid: 1 };
/** open(2) as the shell does it for `>`, `>>` and `<>`. */
export const ALL: WriterMode = { truncate: true, append: false };
export const MORE: WriterMode = { truncate: false, append: true };
export const PLAIN: WriterMode = { truncate: false, append: false };

/** A process's element and what it tells. */
export class Made {
  readonly element: ProcessElement;
  readonly gone: Promise<void>;
  readonly #changes: { wake: (() => void) | undefined };

  constructor(element: ProcessElement, gone: Promise<void>, changes: { wake: (() => void) | undefined }) {
    this.element = element;
    this.gone = gone;
    this.#changes = changes;
  }

  reader(file: ControlFile, pid = 1): ByteReader {
    return this.element.openReader(file, { ...credentials, pid });
  }

  stdin(mode: WriterMode): ByteWriter {
    return this.element.openWriter('stdin', mode);
  }

  /** As `cat FILE`: all of it, or the code of the error. */
  text(file: ControlFile): Promise<string> {
    return textOf(this.reader(file));
  }

  /** As `echo -n text > stdin` or `>>`. */
  async say(text: string | Uint8Array, mode: WriterMode): Promise<void> {
    const writer = this.stdin(mode);
    await writer.write(Buffer.from(text));
    writer.close();
  }

  /** As `cat wait`. */
  async ended(): Promise<ProcessPeek> {
    return JSON.parse(await this.text('wait')) as ProcessPeek;
  }

  /** Waits until `peek` says what is wanted; each state that the process tells is looked at. */
  async until(wanted: (peek: ProcessPeek) => boolean): Promise<ProcessPeek> {
    for (;;) {
      const peek = this.element.peek();
      if (wanted(peek)) return peek;
      await new Promise<void>((resolve) => (this.#changes.wake = resolve));
    }
  }
}

/** The same tests with each launcher. */
export function eachLauncher(what: string, tests: (kind: LauncherKind) => void): void {
  for (const [name, kind] of Object.entries({ compiled: COMPILED_LAUNCHER, portable: PORTABLE_LAUNCHER }))
    describe(`${what}, started by the ${name} launcher`, () => tests(kind));
}

export class Bed implements AsyncDisposable {
  readonly #launcher: ProgramLauncher;
  readonly #elements: ProcessElement[] = [];

  constructor(kind: LauncherKind) {
    this.#launcher = kind.start({ grace_s: 0.5 });
  }

  /** As `mkproc {…}`. */
  async make(spec: unknown): Promise<Made> {
    const changes: { wake: (() => void) | undefined } = { wake: undefined };
    let tell: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => (tell = resolve));
    const events = { changed: () => changes.wake?.(), happened: () => undefined, gone: () => tell() };
    const element = await makeProcess(spec, events, this.#launcher, new InheritedEnvironment(process.env));
    this.#elements.push(element);
    return new Made(element, gone, changes);
  }

  sh(script: string, more: object = {}): Promise<Made> {
    return this.make({ Path: '/bin/sh', Args: ['-c', script], ...more });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const element of this.#elements) element.scrub(); // what they still write is drained, so that none hangs
    await this.#launcher.stop();
  }
}

export async function textOf(reader: ByteReader): Promise<string> {
  const parts: Uint8Array[] = [];
  try {
    for (let part = await reader.read(65_536); part.length > 0; part = await reader.read(65_536)) parts.push(Buffer.from(part));
    return Buffer.concat(parts).toString();
  } catch (error) {
    return codeOf(error);
  } finally {
    reader.close();
  }
}

/** What one call comes to: its bytes, its count, or its error, be it at once or later. */
export async function outcome(call: () => Uint8Array | number | Promise<Uint8Array | number>): Promise<string> {
  try {
    const answer = await call();
    return typeof answer === 'number' ? String(answer) : Buffer.from(answer).toString();
  } catch (error) {
    return codeOf(error);
  }
}

function codeOf(error: unknown): string {
  return error instanceof CircuitError ? error.code : String(error);
}
