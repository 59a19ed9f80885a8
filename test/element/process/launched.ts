/**
 * What tests of the launchers look at: the states of a process as they come, and what its descendants write of themselves.
 */
import { existsSync, readFileSync } from 'node:fs';
import type { LaunchedProcess, ProcessState } from '../../../src/element/process/launched-process.js';

const SOON_MS = 10_000;

/** The states of a process as they come: `next()` resolves with each. */
export function states(launched: LaunchedProcess): { next(): Promise<ProcessState> } {
  const come: ProcessState[] = [];
  let wake: (() => void) | undefined;
  launched.onState((state) => {
    come.push(state);
    wake?.();
  });
  return {
    async next() {
      for (;;) {
        const state = come.shift();
        if (state !== undefined) return state;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}

export async function ended(launched: LaunchedProcess): Promise<ProcessState> {
  const all = states(launched);
  for (;;) {
    const state = await all.next();
    if (state.phase === 'exited' || state.phase === 'signaled') return state;
  }
}

/** Polls, for what happens outside of this process and tells nobody. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + SOON_MS;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`not within ${String(SOON_MS)} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export async function numbersIn(path: string, count: number): Promise<number[]> {
  const read = (): number[] => (existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1).map(Number) : []);
  await until(`${String(count)} lines in ${path}`, () => read().length === count);
  return read();
}

/** A shell script whose child, setsid grandchild and double-forked grandchild each write their process ID to $1, and sleep. */
export const FAMILY = `
  (echo $$ >> "$1"; exec sleep 1000) &
  sleep 1000 & echo $! >> "$1"
  setsid sh -c 'echo $$ >> "$1"; exec sleep 1000' sh "$1" &
  (setsid sh -c 'trap "" TERM; echo $$ >> "$1"; while :; do sleep 1000; done' sh "$1" &) &
  wait`;
