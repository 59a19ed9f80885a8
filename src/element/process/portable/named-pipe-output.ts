/**
 * Carries what a process writes from its named pipe into the window that its readers read, as `Output` does, by Node's own streams: these hold up to
 * 64 KiB between pipe and window.
 */
import { Socket } from 'node:net';
import type { OutputWindow } from '../../../stream/window.js';

export class NamedPipeOutput {
  readonly #socket: Socket;
  readonly #window: OutputWindow;
  readonly #onFirstHold: () => void;
  #isOpen = true;
  #everHeld = false;

  /** @param fd our end; closed at end-of-file. @param onFirstHold the process is held back for the first time */
  constructor(fd: number, window: OutputWindow, onFirstHold: () => void) {
    this.#window = window;
    this.#onFirstHold = onFirstHold;
    this.#socket = new Socket({ fd, readable: true, writable: false });
    this.#socket.on('readable', () => this.#read());
    this.#socket.once('end', () => this.#end()).once('close', () => this.#end());
    this.#socket.on('error', () => undefined); // 'close' follows
  }

  /** There is room again. */
  resume(): void {
    setImmediate(() => this.#read()); // not within the call of the reader that has made it
  }

  #read(): void {
    if (!this.#isOpen) return;
    this.#window.begin();
    for (let { readableLength } = this.#socket; readableLength > 0; { readableLength } = this.#socket) {
      const room = this.#window.room();
      if (room === 0) {
        this.#window.hold(Date.now());
        if (!this.#everHeld) this.#onFirstHold();
        this.#everHeld = true;
        return;
      }
      const bytes = this.#socket.read(Math.min(room, readableLength)) as Buffer | null;
      if (bytes === null) return;
      this.#window.append(bytes);
    }
    this.#socket.read(0); // asks for more, or for the end
  }

  #end(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#socket.destroy();
    this.#window.end();
  }
}
