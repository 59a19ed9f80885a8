/**
 * What `circuit top` shows at one moment: servers with their figures, what runs on them, channels at which somebody waits, and locks. Pure.
 */
import type { Held } from '../ps/holders.js';
import { fieldsOf, numberOf, type Runnable } from '../ps/runnable.js';

export interface ServerFigures {
  readonly host: string;
  readonly id: string;
  /** RFC 3339. */
  readonly joined: string;
  /** Undefined while it does not answer. */
  readonly figures: Figures | undefined;
}

/** From a server's `metrics`; a figure that it does not tell is undefined. */
export interface Figures {
  /** Processor time that its daemon has used, in seconds. */
  readonly cpu_s: number | undefined;
  readonly memory_bytes: number | undefined;
  readonly anchors: number | undefined;
  readonly processes: number | undefined;
  readonly operations: number | undefined;
}

export interface ChannelState {
  readonly host: string;
  readonly path: string;
  readonly capacity: number;
  readonly buffered: number;
  readonly senders: number;
  readonly receivers: number;
  /** Messages that somebody works on, and those that came back too often. */
  readonly taken: number;
  readonly dead: number;
  readonly closed: boolean;
}

export interface Snapshot {
  readonly now_ms: number;
  readonly servers: readonly ServerFigures[];
  readonly runnables: readonly Runnable[];
  readonly channels: readonly ChannelState[];
  /** Locks, and channels with messages that were taken. */
  readonly held: readonly Held[];
}

/** Reads Prometheus' text format: a metric with labels is the sum of all of them. */
export function figuresOf(metrics: string): Figures {
  const values = new Map<string, number>();
  for (const [, name = '', value = ''] of metrics.matchAll(/^([a-zA-Z_:][\w:]*)(?:\{[^\n]*\})? (\S+)/gm)) {
    values.set(name, (values.get(name) ?? 0) + Number(value));
  }
  return {
    cpu_s: values.get('process_cpu_seconds_total'),
    memory_bytes: values.get('process_resident_memory_bytes'),
    anchors: values.get('circuit_anchors'),
    processes: values.get('circuit_processes'),
    operations: values.get('circuit_operations_total'),
  };
}

/** Undefined for what is no channel's `peek`. */
export function channelOf(host: string, path: string, peek: unknown): ChannelState | undefined {
  const fields = fieldsOf(peek);
  const capacity = numberOf(fields['Cap']);
  if (capacity === null) return undefined;
  return {
    host,
    path,
    capacity,
    buffered: numberOf(fields['Buffered']) ?? 0,
    senders: (numberOf(fields['WaitingSenders']) ?? 0) + (numberOf(fields['PendingEmpty']) ?? 0),
    receivers: numberOf(fields['WaitingReceivers']) ?? 0,
    taken: numberOf(fields['NumTaken']) ?? 0,
    dead: numberOf(fields['Dead']) ?? 0,
    closed: fields['Closed'] === true,
  };
}
