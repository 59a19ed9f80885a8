/**
 * Snapshots for the parts of `circuit top` that know no circuit, and keys pressed one after the other.
 */
import type { Runnable } from '../../../src/cli/ps/runnable.js';
import type { Snapshot } from '../../../src/cli/top/model.js';
import { type Effect, type Event, initialState, type State } from '../../../src/cli/top/state/state.js';
import { step } from '../../../src/cli/top/state/step.js';
import { screenOf } from '../../../src/cli/top/draw/screen.js';
import { plainText } from '../../../src/cli/terminal/line.js';

export const NOW_MS = Date.parse('2026-01-02T03:04:05.000Z');
export const LARGE = { columns: 100, rows: 30 };

export function runnable(name: string, more: Partial<Runnable> = {}): Runnable {
  const since = '2026-01-02T03:04:01.000Z';
  return { host: 'web-1', path: `/X1/${name}`, kind: 'proc', pid: 7, phase: 'running', since, command: ['sleep', '9'], ended: false, held: [], ...more }; // prettier-ignore
}

export function snapshotOf(runnables: readonly Runnable[], more: Partial<Snapshot> = {}): Snapshot {
  const figures = { cpu_s: 1, memory_bytes: 71e6, anchors: 4, processes: 2, operations: 7, load: 0.5, processors: 8 };
  const server = { host: 'web-1', id: 'X1', joined: '2026-01-02T01:04:05.000Z', figures };
  return { now_ms: NOW_MS, servers: [server], runnables, channels: [], held: [], others: [], isCut: false, ...more };
}

/** A state machine with what it has asked for so far. */
export class Machine {
  state: State;
  readonly effects: Effect[] = [];

  constructor(now: Snapshot, size = LARGE) {
    this.state = initialState(now, size);
    this.take({ kind: 'resized', size });
  }

  take(event: Event): this {
    const { state, effects } = step(this.state, event);
    this.state = state;
    this.effects.push(...effects);
    return this;
  }

  press(...keys: readonly string[]): this {
    for (const key of keys) this.take({ kind: 'key', key });
    return this;
  }

  type(text: string): this {
    return this.press(...Array.from(text));
  }

  /** What comes for the pane that is open. */
  prints(text: string): this {
    return this.take({ kind: 'printed', pane: this.state.pane?.serial ?? 0, text });
  }

  get selected(): string | undefined {
    return this.state.selected;
  }

  get lines(): readonly string[] {
    return screenOf(this.state).map((line) => plainText(line, this.state.size.columns));
  }

  get screen(): string {
    return this.lines.join('\n');
  }
}
