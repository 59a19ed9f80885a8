/**
 * Carries one output of a container from its connection into the window that its readers read: as much as there is room for, so that a container
 * whose output nobody reads waits. The engine holds about a megabyte of its own before it does.
 */
import { finished, type Readable } from 'node:stream';
import type { OutputWindow } from '../../stream/window.js';
import { FrameReader } from './frames.js';

export class ConnectionOutput {
  readonly #connection: Readable;
  readonly #window: OutputWindow;
  readonly #onFirstHold: () => void;
  readonly #frames = new FrameReader();
  /** What has come and has no room yet, oldest first. */
  #waiting: Uint8Array[] = [];
  #everHeld = false;
  #closed = false;
  readonly #whenRead: (() => void)[] = [];

  /** @param onFirstHold the container is held back for the first time */
  constructor(connection: Readable, window: OutputWindow, onFirstHold: () => void) {
    this.#connection = connection;
    this.#window = window;
    this.#onFirstHold = onFirstHold;
    connection.on('data', (bytes: Uint8Array) => {
      this.#waiting.push(...this.#frames.feed(bytes));
      this.#pump();
    });
    // It may have ended by now, when no event would tell: a container ends whenever it likes, its engine's answer to its start takes its time.
    finished(connection, { writable: false }, () => {
      this.#closed = true;
      connection.destroy();
      this.#tell();
    });
  }

  /** There is room again. */
  resume(): void {
    this.#pump();
  }

  /** Resolves when the connection has ended and all that came is in the window. */
  async read(): Promise<void> {
    if (!this.#done) await new Promise<void>((resolve) => this.#whenRead.push(resolve));
  }

  close(): void {
    this.#waiting = [];
    this.#connection.destroy();
  }

  get #done(): boolean {
    return this.#closed && this.#waiting.length === 0;
  }

  #pump(): void {
    this.#window.begin();
    for (let part = this.#waiting[0]; part !== undefined; part = this.#waiting[0]) {
      const count = this.#window.append(part);
      if (count === part.length) this.#waiting.shift();
      else this.#waiting[0] = part.subarray(count);
      if (count < part.length && this.#window.room() === 0) {
        this.#hold();
        return;
      }
    }
    this.#connection.resume();
    this.#tell();
  }

  #hold(): void {
    this.#connection.pause();
    this.#window.hold(Date.now());
    if (!this.#everHeld) this.#onFirstHold(); // once: a reader that is only slower than the container would fill the log
    this.#everHeld = true;
  }

  #tell(): void {
    if (this.#done) for (const resolve of this.#whenRead.splice(0)) resolve();
  }
}
