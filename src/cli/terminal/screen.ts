/**
 * A terminal as a screen: what is drawn replaces what was there, keys come as they are pressed, and afterwards the terminal is as it was before. Control
 * sequences as in console_codes(4) and xterm's list: alternate screen, cursor, no wrapping at the right margin.
 */
import type { Console, ConsoleOutput } from '../../console/console.js';
import { type Key, KeyReader } from './keys.js';
import { type Line, paint } from './line.js';

const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[2J';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';
/** What a terminal sends for one key comes at once, as a rule; over a slow line it may come in pieces. */
const ESCAPE_MS = 50;
const USUAL = { columns: 80, rows: 24 };

/** What is told of the terminal. */
export interface Heard {
  key(key: Key): void;
  /** It has another size, or shows nothing of what was drawn: draw. */
  changed(): void;
}

/** Whether it can be one. */
export function hasScreen({ stdout, env }: Pick<Console, 'stdout' | 'env'>): boolean {
  return stdout.isTTY === true && env['TERM'] !== 'dumb';
}

/** As https://no-color.org has it. */
export function hasColour({ stdout, env }: { readonly stdout: ConsoleOutput; readonly env: Console['env'] }): boolean {
  return stdout.isTTY === true && env['TERM'] !== 'dumb' && (env['NO_COLOR'] ?? '') === '';
}

export class Screen {
  readonly #console: Console;
  readonly #heard: Heard;
  readonly #hasColour: boolean;
  readonly #keys = new KeyReader();
  #escape: NodeJS.Timeout | undefined;
  #isOpen = false;
  /** As it is shown: what is the same is not drawn again. */
  #shown: readonly string[] | undefined;
  /** A terminal that still takes the last picture gets the newest one when it has. */
  #isBusy = false;
  #next: readonly string[] | undefined;
  readonly #onData = (bytes: Buffer): void => this.#took(bytes);
  readonly #onChange = (): void => this.#changed();
  readonly #onContinue = (): void => this.#enter();

  constructor(console: Console, heard: Heard) {
    this.#console = console;
    this.#heard = heard;
    this.#hasColour = hasColour(console);
  }

  /** The terminal is its own from now on: what is to be drawn is asked for. */
  open(): void {
    this.#console.stdout.on('resize', this.#onChange);
    this.#console.on('SIGCONT', this.#onContinue);
    this.#enter();
  }

  /** A terminal that does not know it, such as a serial line, is taken for a usual one. */
  get size(): { readonly columns: number; readonly rows: number } {
    const { columns = 0, rows = 0 } = this.#console.stdout;
    return { columns: columns || USUAL.columns, rows: rows || USUAL.rows };
  }

  /** No more lines than it has. */
  draw(lines: readonly Line[]): void {
    if (!this.#isOpen) return;
    const { columns } = this.size;
    this.#next = lines.map((each) => paint(each, columns, this.#hasColour));
    if (!this.#isBusy) this.#write();
  }

  /** Shows all of it anew at the next `draw`. */
  forget(): void {
    this.#shown = undefined;
  }

  /** Stops the program, as Ctrl-Z does, on the terminal as it was; when it goes on the screen is there again. */
  suspend(): void {
    if (!this.#isOpen) return;
    this.#leave(() => this.#console.suspend());
  }

  /** Idempotent. */
  close(): void {
    const { stdout } = this.#console;
    stdout.off('resize', this.#onChange);
    this.#console.off('SIGCONT', this.#onContinue);
    this.#leave();
  }

  #enter(): void {
    const { stdin, stdout } = this.#console;
    if (!this.#isOpen && stdin.isTTY === true) {
      stdin.on('data', this.#onData).resume();
    }
    this.#isOpen = true;
    // Raw, so that keys are neither shown nor wait for Enter; Ctrl-C and Ctrl-Z then come as keys. Whoever stopped us may have changed that.
    if (stdin.isTTY === true) {
      stdin.setRawMode?.(false);
      stdin.setRawMode?.(true);
    }
    stdout.write(ENTER);
    this.#changed();
  }

  #leave(then: () => void = () => undefined): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    clearTimeout(this.#escape);
    const { stdin, stdout } = this.#console;
    stdin.off('data', this.#onData);
    if (stdin.isTTY === true) {
      stdin.pause();
      stdin.setRawMode?.(false);
    }
    stdout.write(LEAVE, () => then());
  }

  #changed(): void {
    this.#shown = undefined;
    this.#heard.changed();
  }

  #took(bytes: Buffer): void {
    clearTimeout(this.#escape);
    const keys = this.#keys.feed(bytes);
    if (this.#keys.isPending) this.#escape = setTimeout(() => this.#tell(this.#keys.flush()), ESCAPE_MS);
    this.#tell(keys);
  }

  #tell(keys: readonly Key[]): void {
    for (const key of keys) if (this.#isOpen) this.#heard.key(key);
  }

  #write(): void {
    const lines = this.#next;
    if (lines === undefined || !this.#isOpen) return;
    this.#next = undefined;
    const shown = this.#shown;
    this.#shown = lines;
    // Cleared before it is written: a cursor that does not wrap stands on the last character of a full line, and would clear that.
    const changed = lines.flatMap((text, at) => (text === shown?.[at] ? [] : [rowAt(at) + CLEAR_LINE + text]));
    // Nor is there a row below the last one.
    const isShorter = lines.length < this.size.rows && (shown === undefined || shown.length > lines.length);
    const picture = changed.join('') + (isShorter ? rowAt(lines.length) + CLEAR_BELOW : '');
    if (picture === '') return;
    this.#isBusy = true;
    this.#console.stdout.write(picture, () => {
      this.#isBusy = false;
      this.#write();
    });
  }
}

/** Puts the cursor at the beginning of a row, counted from 0. */
function rowAt(row: number): string {
  return `\u001b[${row + 1};1H`;
}
