/**
 * Room that is kept here for a peer that writes to one file: for the message that it has waited to begin, or its place in the line for that; and for
 * packets, one behind the other: its credit, which travels in the answers to them.
 *
 * Credit doubles with each packet that is taken at once, and goes back when a packet has to wait or the peer forgoes it. Either goes back when the
 * connection is down, and when the peer has not used it for a while. What arrives after that waits in line like any other write. Who is let in behind a
 * peer whose bytes are still on their way may come before it.
 */
import type { ByteWriter } from '../base/bytes.js';
import { type Clock, SYSTEM_CLOCK } from '../base/clock.js';
import { PACKET_CREDIT_MAX } from '../base/limits.js';

/** How long it is kept for a peer that neither uses nor forgoes it, in ms: much longer than a peer that runs takes to do one of them. */
const UNUSED_MS = 1_000;

export class KeptRoom {
  readonly #writer: ByteWriter;
  #count = 0;
  /** There is room for the message that it has waited to begin, or a place in the line. */
  #granted = false;
  readonly #clock: Clock;
  /** Calls off its end. */
  #unused: (() => void) | undefined;

  constructor(writer: ByteWriter, clock: Clock = SYSTEM_CLOCK) {
    this.#writer = writer;
    this.#clock = clock;
  }

  /** The peer has waited for room, and hears that there is some for its next write; or its bytes go back to it, and it keeps its place. */
  grant(): void {
    this.#granted = true;
    this.#watch();
  }

  /** It writes, or waits for room. */
  use(): void {
    if (!this.#granted) return;
    this.#granted = false;
    this.end();
  }

  /** A packet was taken. Returns for how many others room is kept. `earned`: it had not to wait, and the peer may have more. */
  behind(earned: boolean): number {
    if (!earned) return this.giveBack();
    this.#count = this.#writer.credit?.(Math.min(PACKET_CREDIT_MAX, Math.max(1, 2 * this.#count))) ?? 0;
    if (this.#count > 0) this.#watch();
    return this.#count;
  }

  giveBack(): 0 {
    if (this.#count > 0) this.#writer.credit?.(0);
    if (this.#granted) this.#writer.leaveRoom?.();
    this.#granted = false;
    this.end();
    return (this.#count = 0);
  }

  /** The writer is closed. */
  end(): void {
    this.#unused?.();
    this.#unused = undefined;
  }

  #watch(): void {
    this.#unused?.();
    this.#unused = this.#clock.after(UNUSED_MS, () => this.giveBack());
  }
}
