/**
 * A terminal as a screen: what is drawn replaces what was there, and afterwards the terminal is as it was before. Control sequences as in
 * console_codes(4) and xterm's list: alternate screen, cursor.
 */
import type { ConsoleInput, ConsoleOutput } from '../../console/console.js';

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';
const CTRL_C = '\u0003';

export class Screen {
  readonly #output: ConsoleOutput;
  readonly #input: ConsoleInput | undefined;
  readonly #heard: (key: Buffer) => void;
  #open = true;
  #drawing = false;

  /**
   * @param input where keys are pressed; undefined if that is no terminal
   * @param quit called for q and Ctrl-C
   */
  constructor(output: ConsoleOutput, input: ConsoleInput | undefined, quit: () => void) {
    this.#output = output;
    this.#input = input;
    this.#heard = (key) => {
      const keys = key.toString('latin1');
      if (/q/i.test(keys) || keys.includes(CTRL_C)) quit();
    };
    output.write(ENTER);
    // Raw, so that keys are neither shown nor wait for Enter; Ctrl-C then comes as a key.
    input?.setRawMode?.(true);
    input?.on('data', this.#heard).resume();
  }

  /** Lines are no wider than the terminal, and no more than it has. A terminal that still takes the last picture, or stands still, gets none. */
  draw(lines: readonly string[]): void {
    if (!this.#open || this.#drawing) return;
    this.#drawing = true;
    this.#output.write(HOME + lines.map((line) => line + CLEAR_LINE).join('\r\n') + CLEAR_BELOW, () => (this.#drawing = false));
  }

  /** Idempotent. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#input?.off('data', this.#heard).pause();
    this.#input?.setRawMode?.(false);
    this.#output.write(LEAVE);
  }
}
