/**
 * What a server counts, in Prometheus' text format (the file `metrics`).
 */
import { Counter, Gauge, Registry } from 'prom-client';
import { COMMANDS } from '../command/table.js';
import type { CallMetrics } from './call-metrics.js';
import { type Census, registerCensus } from './census.js';
import { collectRuntimeMetrics } from './runtime-metrics.js';
import { snakeCase } from './snake-case.js';

/** What `circuit_operations_total` tells apart. Anything else, which a user or a peer may have made up, is `other`. */
const OPERATIONS: ReadonlySet<string> = new Set([...COMMANDS.map(({ name }) => name), 'mkdir', 'rmdir', 'held', 'ctl']);

export type { Census };

export class Metrics {
  readonly #registry = new Registry();
  readonly #operations: Counter;

  /** Counted once for all that one text tells. */
  #seen: Census | undefined;

  constructor(count: () => Census, calls?: CallMetrics) {
    const census = (): Census => (this.#seen ??= count());
    const registers = [this.#registry];
    collectRuntimeMetrics(this.#registry);
    registerCensus(this.#registry, census, { Gauge, Counter });
    calls?.register(this.#registry);
    this.#operations = new Counter({
      name: 'circuit_operations_total',
      help: 'Operations that changed something, or failed to',
      labelNames: ['operation', 'result'],
      registers,
    });
    gauge('circuit_anchors', 'Anchors of this server', (self) => self.set(census().anchors));
    gauge('circuit_processes', 'Processes that run', (self) => self.set(census().processes));
    gauge('circuit_containers', 'Containers that run', (self) => self.set(census().containers));
    gauge('circuit_members', 'Live servers of the circuit, this one included', (self) => self.set(census().members));
    const membership: Counter = new Counter({
      ...{
        name: 'circuit_membership_total',
        help: 'What membership has done: dials, links, suspicions …',
        labelNames: ['event'],
        registers,
      },
      collect: () => {
        membership.reset();
        for (const [event, count] of Object.entries(census().membership)) membership.inc({ event: snakeCase(event) }, count);
      },
    });
    const elements = new Gauge({
      ...{ name: 'circuit_elements', help: 'Elements of this server, by kind', labelNames: ['kind'], registers },
      collect: () => {
        elements.reset();
        for (const [kind, count] of census().elements) elements.set({ kind }, count);
      },
    });

    function gauge(name: string, help: string, collect: (self: Gauge) => void): void {
      const self: Gauge = new Gauge({ name, help, registers, collect: () => collect(self) });
    }
  }

  /** @param result 'ok' or an error's code */
  count(operation: string, result: string): void {
    this.#operations.inc({ operation: OPERATIONS.has(operation) ? operation : 'other', result });
  }

  text(): Promise<string> {
    this.#seen = undefined;
    return this.#registry.metrics();
  }
}
