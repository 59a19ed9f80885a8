/**
 * The files of whatever runs, a process or a container: its standard streams, and its end to wait for.
 *
 * With `"Scrub": true` the element leaves when nobody has one of them open with more to read, and either somebody has read the output or a grace
 * second after the end is over: so who starts a short program and reads then is not too late. After that second nobody opens anything (ENOENT).
 */
import type { Credentials, ByteReader, ByteWriter, ReaderMode, WriterMode } from '../base/bytes.js';
import { shownJson } from '../base/quote.js';
import { withoutEnvValues } from '../base/env-values.js';
import { CircuitError } from '../base/error.js';
import type { ControlFile } from '../base/name.js';
import { type HeldOutputs, heldPeek, heldSentence } from '../stream/held.js';
import type { Input } from '../stream/input.js';
import { WaitFile } from '../stream/wait-file.js';
import type { OutputWindow } from '../stream/window.js';

/** How long after its end one that scrubs itself waits for a first reader. */
export const SCRUB_GRACE_MS = 1000;
/** The status of what ended in a way that nobody can tell. */
const UNKNOWN = 255;

export interface StandardStreams {
  readonly stdin: Input;
  readonly stdout: OutputWindow;
  readonly stderr: OutputWindow;
}

export class StandardFiles {
  readonly #what: string;
  readonly #streams: StandardStreams;
  readonly #wait: WaitFile;
  readonly #exitCode: WaitFile;
  readonly #left: () => void;
  /** In `grace` it has ended and is about to leave, but can still be opened. */
  #state: 'there' | 'grace' | 'leaving' | 'gone' = 'there';
  #grace: NodeJS.Timeout | undefined;
  #opened = false;

  /**
   * @param what what runs, in a word: 'process'
   * @param left nobody needs it any more, and it was told to leave then
   */
  constructor(what: string, streams: StandardStreams, left: () => void) {
    this.#what = what;
    this.#streams = streams;
    this.#left = left;
    this.#wait = new WaitFile(what, () => this.leaveIfRead());
    this.#exitCode = new WaitFile(what, () => this.leaveIfRead());
  }

  /** Which outputs hold it back, since when and for whom, as `peek` shows it. */
  get held(): HeldOutputs {
    return heldPeek(this.#streams.stdout, this.#streams.stderr);
  }

  /** @throws CircuitError ENOENT for another file, and when it leaves or has left */
  openReader(file: ControlFile, credentials: Credentials, mode?: ReaderMode): ByteReader {
    this.#checkThere();
    const passive = mode?.passive === true;
    if (!passive) this.#opened = true;
    const { stdout, stderr } = this.#streams;
    switch (file) {
      case 'stdout':
        return stdout.openReader(credentials, mode);
      case 'stderr':
        return stderr.openReader(credentials, mode);
      case 'trystdout':
        return stdout.tryReader(credentials, mode);
      case 'trystderr':
        return stderr.tryReader(credentials, mode);
      case 'wait':
        return this.#wait.open({ passive });
      case 'exitcode':
        return this.#exitCode.open({ passive });
      case 'trywait':
        return this.#wait.open({ passive, refusal: () => heldSentence(this.#what, stdout, stderr) ?? this.#wait.refusal });
      default:
        throw new CircuitError('ENOENT', `a ${this.#what} has no file "${file}" to read`);
    }
  }

  /** @throws CircuitError as `openReader` */
  openWriter(file: ControlFile, mode: WriterMode): ByteWriter {
    this.#checkThere();
    if (file !== 'stdin') throw new CircuitError('ENOENT', `a ${this.#what} has no file "${file}" to write`);
    return this.#streams.stdin.open(mode);
  }

  /** Lets unread output go from now on. */
  drain(): void {
    this.#streams.stdout.drain();
    this.#streams.stderr.drain();
  }

  /** It has ended, in this state, which `wait` prints, and with this status. @param leave when its files have been read */
  end(state: object, status: number | undefined, leave: boolean): void {
    if (leave && this.#state === 'there') {
      this.#state = 'grace';
      this.#grace = setTimeout(() => this.#graceOver(), SCRUB_GRACE_MS).unref();
    }
    this.#wait.end(asText(state), asText(withoutEnvValues(state)));
    this.#exitCode.end(`${status ?? UNKNOWN}\n`);
    this.leaveIfRead();
  }

  #graceOver(): void {
    if (this.#state !== 'grace') return;
    this.#state = 'leaving';
    this.leaveIfRead();
  }

  /** Its streams are cut off; its end can still be waited for. */
  cutOff(error: CircuitError): void {
    this.#streams.stdin.fail(error);
    this.#streams.stdout.fail(error);
    this.#streams.stderr.fail(error);
  }

  /** Nothing more will be known of it: every call fails. */
  fail(error: CircuitError): void {
    this.cutOff(error);
    this.#wait.fail(error);
    this.#exitCode.fail(error);
  }

  /** The element was scrubbed. */
  scrub(): void {
    this.#state = 'gone';
    clearTimeout(this.#grace);
    this.fail(new CircuitError('EIDRM', `the ${this.#what} was scrubbed`));
  }

  /** Told when an output has been read to its end by all who had it open. */
  leaveIfRead(): void {
    const { stdout, stderr } = this.#streams;
    const read = stdout.drained && stderr.drained && this.#wait.drained && this.#exitCode.drained;
    const wanted = this.#state === 'grace' && !(this.#opened && stdout.consumed && stderr.consumed);
    if (read && !wanted && (this.#state === 'leaving' || this.#state === 'grace')) this.#left();
  }

  #checkThere(): void {
    if (this.#state !== 'there' && this.#state !== 'grace')
      throw new CircuitError('ENOENT', `the ${this.#what} has ended, and its element with it`);
  }
}

function asText(state: object): string {
  return `${shownJson(state, '\t')}\n`;
}
