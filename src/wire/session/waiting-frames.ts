/**
 * Frames that wait to be sent, and how they are put together into messages.
 */
import type { EncodedFrame } from './frame.js';

/** Frames beyond this start another message, unless it is one large frame. */
const BATCH_BYTES = 64 * 1024;

interface Tagged extends EncodedFrame {
  readonly tag: number;
}

/** The frames of one message. */
export interface Batch {
  readonly frames: readonly EncodedFrame[];
  readonly size_bytes: number;
}

export class WaitingFrames {
  #frames: Tagged[] = [];
  #size_bytes = 0;

  get size_bytes(): number {
    return this.#size_bytes;
  }

  /** @param tag to withdraw it by */
  add({ head, payload }: EncodedFrame, tag: number): void {
    this.#frames.push({ head, payload, tag });
    this.#size_bytes += head.length + payload.length;
  }

  /** Returns how many bytes the frame has that does not wait any more; 0 if there is none. */
  withdraw(tag: number): number {
    const at = this.#frames.findIndex((frame) => frame.tag === tag);
    const [frame] = at < 0 ? [] : this.#frames.splice(at, 1);
    if (frame === undefined) return 0;
    const bytes = frame.head.length + frame.payload.length;
    this.#size_bytes -= bytes;
    return bytes;
  }

  /** All that wait, in order: none waits any more. */
  take(): readonly Batch[] {
    const frames = this.#frames;
    this.#frames = [];
    this.#size_bytes = 0;
    const batches: Batch[] = [];
    let start = 0;
    let size_bytes = 0;
    for (const [at, { head, payload }] of frames.entries()) {
      const more_bytes = head.length + payload.length;
      if (at > start && size_bytes + more_bytes > BATCH_BYTES) {
        batches.push({ frames: frames.slice(start, at), size_bytes });
        start = at;
        size_bytes = 0;
      }
      size_bytes += more_bytes;
    }
    if (frames.length > 0) batches.push({ frames: frames.slice(start), size_bytes });
    return batches;
  }
}
