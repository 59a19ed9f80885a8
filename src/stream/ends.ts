/**
 * The two ends of an exchange, as it sees them: who stands in line to send or to receive, and who is to be told of changes.
 */
import type { QueueNode } from './wait-queue.js';

/** Stands in line until its message is accepted. */
export interface WaitingSender extends QueueNode {
  readonly pid: number;
  /** Whether it has closed already and left an empty message behind. */
  readonly empty: boolean;
  /** There is room for one message: calls `accept` once. */
  enter(): void;
  /** The channel was closed or scrubbed. */
  wake(): void;
}

/** Stands in line until a message comes. */
export interface WaitingReceiver extends QueueNode {
  readonly pid: number;
  /** A message is there, or none will come: takes it, or fails. */
  wake(): void;
}

/** An open end, to be told that the channel has changed. */
export interface End {
  /** Answers the calls that wait and can be answered now. */
  wake(): void;
  /** Tells those who wait for readiness (poll). */
  wakePolls(): void;
}
