/**
 * The watchdog of a mount: a process that frees whoever waits there when this one is stopped or stuck, and takes the mount away when it
 * is killed (native/watchdog). This is its client: it starts the program, and beats as long as the event loop turns.
 */
import { closeSync } from 'node:fs';
import { startHelper } from '../../native/helper.js';
import { builtPath, native } from '../../native/index.js';
import { CircuitError } from '../../src/base/error.js';

export interface WatchdogOptions {
  /** Minor device number of the mount, from /proc/self/mountinfo; never from a stat of our own mount. */
  readonly connection: number;
  /** Where it is mounted: an absolute path without symlinks. */
  readonly directory: string;
  /** After that long without a sign of life the connection is cut. */
  readonly stall_s: number;
}

/** Beats in the time that the watchdog waits: one or two may be late. */
const BEATS_PER_STALL = 6;
const BEAT = Uint8Array.of('.'.charCodeAt(0));
/** The program's word for an orderly end. */
const END = Uint8Array.of('q'.charCodeAt(0));

export class Watchdog {
  readonly #pipe: number;
  readonly #timer: NodeJS.Timeout;
  #open = true;

  /**
   * Starts to watch. `onError` is told if the program is not there or not executable: the mount works without, but nobody frees those who wait if the
   * server stalls.
   * @throws CircuitError EIO if it cannot be started for another reason
   */
  constructor({ connection, directory, stall_s }: WatchdogOptions, onError: (error: Error) => void) {
    const { read, write } = native.pipe('write', 0);
    try {
      startHelper('watchdog', [String(connection), directory, String(stall_s)], { descriptor: read }).on('error', onError);
    } catch (error) {
      closeSync(write);
      const { message } = error as Error;
      const remedy = `see that ${builtPath('watchdog')} is whole, or do without it by --watchdog 0`;
      throw new CircuitError('EIO', `the watchdog cannot be started: ${message}; ${remedy}`, { cause: error });
    } finally {
      closeSync(read);
    }
    this.#pipe = write;
    // A full pipe (the watchdog is stopped itself) is no matter: there are beats enough in it.
    this.#timer = setInterval(() => native.write(this.#pipe, BEAT, 0, 1), (stall_s * 1000) / BEATS_PER_STALL);
    this.#timer.unref();
  }

  /** The mount is gone in good order: the watchdog ends. Idempotent. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    clearInterval(this.#timer);
    native.write(this.#pipe, END, 0, 1);
    closeSync(this.#pipe);
  }
}
