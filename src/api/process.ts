/**
 * A handle of a process element.
 */
import type { ProcessPeek } from '../element/process/peek.js';
import { Running } from './running.js';

/** A process: a program that runs, or has run, on a server. Scrubbing it abandons the element; the operating system's process runs on. */
export class Process extends Running<ProcessPeek> {
  readonly kind = 'proc';
}
