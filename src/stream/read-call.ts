/**
 * A read that waits, and how many bytes it takes at most.
 */
import { Wait } from './wait.js';

export class ReadCall extends Wait<Uint8Array> {
  readonly max: number;

  constructor(max: number) {
    super();
    this.max = max;
  }
}
