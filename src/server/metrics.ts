/**
 * What a server counts, in Prometheus' text format (the file `metrics`).
 */
import { SYSTEM_CLOCK } from '../base/clock.js';
import type { ElementKind } from '../base/kind.js';
import { COMMANDS } from '../command/table.js';
import { EventLoopLag } from './event-loop-lag.js';

/** What is counted only when somebody asks. */
export interface Census {
  readonly anchors: number;
  readonly elements: ReadonlyMap<ElementKind, number>;
  /** Processes that run, those whose elements were scrubbed included. */
  readonly processes: number;
  /** Containers that run. */
  readonly containers: number;
  /** Live servers of the circuit, this one included. */
  readonly members: number;
  /** What membership has done since the start, by name; none without a network. */
  readonly membership: Readonly<Record<string, number>>;
}

/** What `circuit_operations_total` tells apart. Anything else, which a user or a peer may have made up, is `other`. */
const OPERATIONS: ReadonlySet<string> = new Set([...COMMANDS.map(({ name }) => name), 'mkdir', 'rmdir', 'held', 'ctl']);

export class Metrics {
  readonly #census: () => Census;
  /** By operation, then by result; both are from tables of ours. */
  readonly #operations = new Map<string, Map<string, number>>();
  readonly #lag = new EventLoopLag(SYSTEM_CLOCK);
  /** Made when somebody asks. */
  #registry: Promise<{ metrics(): Promise<string> }> | undefined;

  constructor(census: () => Census) {
    this.#census = census;
  }

  /** @param result 'ok' or an error's code */
  count(operation: string, result: string): void {
    const name = OPERATIONS.has(operation) ? operation : 'other';
    let results = this.#operations.get(name);
    if (results === undefined) this.#operations.set(name, (results = new Map<string, number>()));
    results.set(result, (results.get(result) ?? 0) + 1);
  }

  async text(): Promise<string> {
    this.#registry ??= this.#makeRegistry();
    return (await this.#registry).metrics();
  }

  async #makeRegistry(): Promise<{ metrics(): Promise<string> }> {
    const { makeRegistry } = await import('./exposition.js');
    return makeRegistry({ census: this.#census, operations: () => this.#counted(), lag: this.#lag });
  }

  *#counted(): Generator<{ operation: string; result: string; count: number }> {
    for (const [operation, results] of this.#operations) for (const [result, count] of results) yield { operation, result, count };
  }
}
