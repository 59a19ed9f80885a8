/**
 * What a server tells of itself in numbers: its `metrics`, and the load of its host in its `peek`. Pure: what comes from a server is looked at field by
 * field.
 */
import { KINDS_SHOWN_MAX } from '../base/limits.js';
import { fieldsOf, numberOf } from './ps/runnable.js';

/** A figure that it does not tell is undefined. */
export interface Figures {
  /** Processor time that its daemon has used, in seconds. */
  readonly cpu_s: number | undefined;
  readonly memory_bytes: number | undefined;
  readonly anchors: number | undefined;
  /** Processes that run. */
  readonly processes: number | undefined;
  readonly operations: number | undefined;
  /** Of its host: processes that run or want to, on average over a minute; and how many processors there are. */
  readonly load: number | undefined;
  readonly processors: number | undefined;
}

/** Prometheus' text format: a sample's name, its labels, its value. */
const SAMPLE = /^([a-zA-Z_:][\w:]*)(\{[^\n]*\})? (\S+)/gm;
const KIND = /kind="((?:[^"\\\n]|\\.)*)"/;

/** A metric with labels is the sum of all of them. */
export function figuresOf(metrics: string, peek?: unknown): Figures {
  const values = new Map<string, number>();
  for (const [, name = '', , value = ''] of metrics.matchAll(SAMPLE)) values.set(name, (values.get(name) ?? 0) + Number(value));
  const { Load: load, Cpus: processors } = fieldsOf(peek);
  return {
    cpu_s: values.get('process_cpu_seconds_total'),
    memory_bytes: values.get('process_resident_memory_bytes'),
    anchors: values.get('circuit_anchors'),
    processes: values.get('circuit_processes'),
    operations: values.get('circuit_operations_total'),
    load: numberOf(load) ?? undefined,
    processors: numberOf(processors) ?? undefined,
  };
}

/** How many elements of each kind a server has, those it has none of left out; the server itself is none. */
export function elementCounts(metrics: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const [, name, labels = '', value] of metrics.matchAll(SAMPLE)) {
    const [, kind = ''] = KIND.exec(labels) ?? [];
    const count = Number(value);
    if (name === 'circuit_elements' && kind !== '' && kind !== 'server' && count > 0 && counts.size < KINDS_SHOWN_MAX)
      counts.set(kind, count);
  }
  return counts;
}

/** Of the host: `0.42/8`. */
export function loadText({ load, processors }: Pick<Figures, 'load' | 'processors'>): string {
  return load === undefined ? '-' : processors === undefined ? load.toFixed(2) : `${load.toFixed(2)}/${processors}`;
}

/** Whether more wants to run than there are processors for. */
export function isOverloaded({ load, processors }: Pick<Figures, 'load' | 'processors'>): boolean {
  return load !== undefined && processors !== undefined && load > processors;
}
