/**
 * Carries what a process writes from its pipe into the window that its readers read: as much as there is room for, so that a process whose output
 * nobody reads waits, as it would at any pipe.
 */
import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import { native, type Watch } from '../../../native/index.js';
import type { OutputWindow } from '../../stream/window.js';

/** Most that is read in one turn of the event loop, so that one process does not keep the others waiting. */
const TURN_BYTES = 1_048_576;
const READ_BYTES = 256 * 1024;
/** Where the first bytes of every output are read, so that a process that prints nothing costs no memory for it. */
const FIRST = new Uint8Array(4096);

export class Output {
  readonly #fd: number;
  readonly #window: OutputWindow;
  readonly #watch: Watch;
  readonly #onFirstHold: () => void;
  #open = true;
  #everHeld = false;
  #empty = true;

  /** @param fd our end of the pipe; closed at end-of-file. @param onFirstHold the process is held back for the first time */
  constructor(fd: number, window: OutputWindow, onFirstHold: () => void) {
    this.#fd = fd;
    this.#window = window;
    this.#onFirstHold = onFirstHold;
    this.#watch = native.watch(fd, () => this.#read());
    this.#watch.want(true, false);
  }

  /** There is room again. */
  resume(): void {
    if (this.#open) this.#watch.want(true, false);
  }

  #read(): void {
    this.#window.begin();
    for (let turn = 0; turn < TURN_BYTES;) {
      const room = this.#window.room();
      if (room === 0) {
        this.#watch.want(false, false);
        this.#window.hold(Date.now());
        if (!this.#everHeld) this.#onFirstHold(); // once: a reader that is only slower than the process would fill the log
        this.#everHeld = true;
        return;
      }
      const space = this.#empty ? FIRST : this.#window.space(Math.min(room, READ_BYTES));
      const count = native.read(this.#fd, space, 0, Math.min(space.length, room));
      if (count === -constants.errno.EAGAIN) return;
      if (count <= 0) {
        this.#end();
        return;
      }
      if (this.#empty) this.#window.append(FIRST.subarray(0, count));
      else this.#window.commit(count);
      this.#empty = false;
      turn += count;
    }
  }

  #end(): void {
    this.#open = false;
    this.#watch.close();
    closeSync(this.#fd);
    this.#window.end();
  }
}
