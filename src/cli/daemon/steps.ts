/**
 * A start as a list of steps: if one fails, those before it are undone, so that a program that does not start leaves nothing behind. And its end,
 * in which what fails keeps nothing else from being done.
 */
import type { Awaitable } from '../../base/bytes.js';
import { CircuitError } from '../../base/error.js';

export interface Step {
  /** What is made, for messages. */
  readonly name: string;
  /** Makes it; leaves nothing of it if it fails. */
  readonly take: () => Awaitable<void>;
  /** Undoes it; called once, and only after `take` has succeeded. */
  readonly undo?: () => Awaitable<void>;
}

/** Told in a sentence what could not be undone. */
type Complain = (message: string) => void;

/**
 * Takes the steps one after another.
 * @throws CircuitError of the step that failed, EIO if that is a fault of ours or the system's; then all others are undone, the last one first
 */
export async function takeSteps(steps: readonly Step[], complain: Complain): Promise<void> {
  for (const [index, { name, take }] of steps.entries()) {
    try {
      await take();
    } catch (error) {
      await undoSteps(steps.slice(0, index), complain);
      throw asCircuitError(name, error);
    }
  }
}

/** Undoes steps, the last one first, each whatever becomes of the others. @returns whether all were undone */
export async function undoSteps(steps: readonly Omit<Step, 'take'>[], complain: Complain): Promise<boolean> {
  let all = true;
  for (const { name, undo } of steps.toReversed()) {
    try {
      await undo?.();
    } catch (error) {
      all = false;
      complain(asCircuitError(name, error).message);
    }
  }
  return all;
}

function asCircuitError(name: string, error: unknown): CircuitError {
  if (error instanceof CircuitError) return error;
  return new CircuitError('EIO', `${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
}
