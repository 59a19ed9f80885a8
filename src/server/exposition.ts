/**
 * The counts of a server in Prometheus' text format. A module of its own, with its library: a server that nobody asks for `metrics` does without.
 */
import { Counter, Gauge, Registry } from 'prom-client';
import type { EventLoopLag } from './event-loop-lag.js';
import type { CallMetrics } from './call-metrics.js';
import { type Census, registerCensus } from './census.js';
import { collectRuntimeMetrics } from './runtime-metrics.js';
import { snakeCase } from './snake-case.js';

/** What a server counts. */
export interface Counted {
  readonly census: () => Census;
  readonly operations: () => Iterable<{ readonly operation: string; readonly result: string; readonly count: number }>;
  readonly lag: EventLoopLag;
  readonly calls: CallMetrics | undefined;
}

/** Whose `metrics()` is the text. */
export function makeRegistry({ census, operations, lag, calls }: Counted): Registry {
  const registry = new Registry();
  const registers = [registry];
  collectRuntimeMetrics(registry, lag);
  registerCensus(registry, census, { Gauge, Counter });
  calls?.register(registry);
  const counter: Counter = new Counter({
    ...{
      name: 'circuit_operations_total',
      help: 'Operations that changed something, or failed to',
      labelNames: ['operation', 'result'],
      registers,
    },
    collect: () => {
      counter.reset();
      for (const { operation, result, count } of operations()) counter.inc({ operation, result }, count);
    },
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
  return registry;

  function gauge(name: string, help: string, collect: (self: Gauge) => void): void {
    const self: Gauge = new Gauge({ name, help, registers, collect: () => collect(self) });
  }
}
