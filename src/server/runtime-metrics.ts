/**
 * What Node's runtime tells of itself, for `metrics`: prom-client's own collection, but for what does not hold. Its event-loop lag has the interval
 * of its samples in it, and is reset for all by each who reads it; its totals of handles are no counters.
 */
import { collectDefaultMetrics, Counter, Gauge, type Registry } from 'prom-client';
import type { EventLoopLag, Lag } from './event-loop-lag.js';
import { snakeCase } from './snake-case.js';

/** Its event-loop monitor cannot be left out, only be kept from waking the loop, which is what it would do 100 times a second: in ms. */
const NEVER_MS = 2 ** 30;
const REPLACED = /^nodejs_(eventloop_lag|active)_/;

const LAG_HELP: Readonly<Record<keyof Lag, string>> = {
  last: 'Lateness of a timer of the event loop that rings each second, each five seconds in an idle server: the last time',
  min: 'The same over the last minute: the least',
  max: 'The same over the last minute: the most',
  mean: 'The same over the last minute: the mean',
  stddev: 'The same over the last minute: the standard deviation',
  p50: 'The same over the last minute: the median',
  p90: 'The same over the last minute: the 90th percentile',
  p99: 'The same over the last minute: the 99th percentile',
};

export function collectRuntimeMetrics(registry: Registry, lag: EventLoopLag): void {
  const registers = [registry];
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: NEVER_MS });
  for (const { name } of registry.getMetricsAsArray()) if (REPLACED.test(name)) registry.removeSingleMetric(name);

  for (const [figure, help] of Object.entries(LAG_HELP) as [keyof Lag, string][]) {
    const name = figure === 'last' ? 'nodejs_eventloop_lag_seconds' : `nodejs_eventloop_lag_${figure}_seconds`;
    const gauge: Gauge = new Gauge({ name, help, registers, collect: () => gauge.set(lag.figures[figure]) });
  }
  const busy: Counter = new Counter({
    ...{ name: 'nodejs_eventloop_active_seconds_total', help: 'Time in which the event loop did not wait for anything', registers },
    collect: () => {
      busy.reset();
      busy.inc(performance.eventLoopUtilization().active / 1000);
    },
  });
  const resources = new Gauge({
    ...{ name: 'nodejs_active_resources', help: 'What keeps the event loop alive, by type', labelNames: ['type'], registers },
    collect: () => {
      resources.reset();
      for (const type of process.getActiveResourcesInfo()) resources.inc({ type: snakeCase(type) });
    },
  });
}
