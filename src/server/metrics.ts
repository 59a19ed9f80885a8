/**
 * What a server counts, in Prometheus' text format (the file `metrics`).
 */
import { SYSTEM_CLOCK } from '../base/clock.js';
import { COMMANDS } from '../command/table.js';
import type { CallMetrics } from './call-metrics.js';
import type { Census } from './census.js';
import { EventLoopLag } from './event-loop-lag.js';

/** What `circuit_operations_total` tells apart. Anything else, which a user or a peer may have made up, is `other`. */
const OPERATIONS: ReadonlySet<string> = new Set([...COMMANDS.map(({ name }) => name), 'mkdir', 'rmdir', 'held', 'ctl']);

export class Metrics {
  readonly #count: () => Census;
  readonly #calls: CallMetrics | undefined;
  /** By operation, then by result; both are from tables of ours. */
  readonly #operations = new Map<string, Map<string, number>>();
  readonly #lag = new EventLoopLag(SYSTEM_CLOCK);
  /** Made when somebody asks. */
  #registry: Promise<{ metrics(): Promise<string> }> | undefined;
  /** Counted once for all that one text tells. */
  #seen: Census | undefined;

  constructor(count: () => Census, calls?: CallMetrics) {
    this.#count = count;
    this.#calls = calls;
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
    const registry = await this.#registry;
    this.#seen = undefined;
    return registry.metrics();
  }

  async #makeRegistry(): Promise<{ metrics(): Promise<string> }> {
    const { makeRegistry } = await import('./exposition.js');
    const census = (): Census => (this.#seen ??= this.#count());
    return makeRegistry({ census, operations: () => this.#counted(), lag: this.#lag, calls: this.#calls });
  }

  *#counted(): Generator<{ operation: string; result: string; count: number }> {
    for (const [operation, results] of this.#operations) for (const [result, count] of results) yield { operation, result, count };
  }
}
