/**
 * The three pipes between the server and a process.
 */
import { closeSync } from 'node:fs';
import { native } from '../../../native/index.js';
import { CircuitError } from '../../base/error.js';
import { PIPE_BYTES } from '../../base/limits.js';

/** Descriptors of one side's ends, in the order of the process's own: stdin, stdout, stderr. */
export type Ends = readonly [number, number, number];

export interface Pipes {
  readonly ours: Ends;
  readonly theirs: Ends;
}

/** @throws CircuitError EAGAIN when the server has no descriptors left; none is open then */
export function openPipes(): Pipes {
  const open: number[] = [];
  const pipe = (ours: 'read' | 'write', capacity: number): { readonly read: number; readonly write: number } => {
    const made = native.pipe(ours, capacity);
    open.push(made.read, made.write);
    return made;
  };
  try {
    const stdin = pipe('write', PIPE_BYTES);
    const stdout = pipe('read', PIPE_BYTES);
    const stderr = pipe('read', 0);
    return { ours: [stdin.write, stdout.read, stderr.read], theirs: [stdin.read, stdout.write, stderr.write] };
  } catch (error) {
    closeEnds(open);
    throw new CircuitError('EAGAIN', 'the server has no more descriptors for the pipes of another process: see "ulimit -n"', {
      cause: error,
    });
  }
}

export function closeEnds(ends: readonly number[]): void {
  for (const fd of ends) closeSync(fd);
}
