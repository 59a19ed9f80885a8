/**
 * What is counted of the calls that peers make here: how many, with which result, how long they took, and how many wait. Labels are the names of our own
 * tables. Counting costs two look-ups a call, so the figures are plain numbers until somebody reads them.
 */
import type { Registry } from 'prom-client';
import type { Awaitable } from '../base/bytes.js';
import { CircuitError } from '../base/error.js';
import { isCall } from '../remote/calls.js';
import { Data } from '../wire/session/bulk.js';
import type { IncomingCall, SessionHandler } from '../wire/session/session-handler.js';

/** Upper ends of the histogram's buckets, in seconds. */
const BUCKETS_S = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5] as const;
/** Calls that are made to wait: how long they take says nothing of the server. */
const WAITING: ReadonlySet<string> = new Set(['read', 'receive', 'room', 'ready', 'probe', 'members', 'write']);

interface Kind {
  readonly results: Map<string, number>;
  /** Not yet cumulative; the last one is for all that took longer. */
  readonly buckets: number[];
  sum_s: number;
}

interface Sample {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  readonly metricName?: string;
}

export class CallMetrics {
  readonly #kinds = new Map<string, Kind>();
  readonly #now_ms: () => number;
  /** Calls of peers that are not yet answered. */
  blocked = 0;
  /** Bytes of streams and messages, from peers and to them. */
  received_bytes = 0;
  sent_bytes = 0;

  constructor(now_ms: () => number = () => performance.now()) {
    this.#now_ms = now_ms;
  }

  /** The same handler, counted. */
  measure(handler: SessionHandler): SessionHandler {
    return {
      handle: (name, args, call) => this.#measured(isCall(name) ? name : 'other', () => handler.handle(name, args, call)),
      transfer: (handle, flags, bytes, call) => this.#transfer(handler, handle, flags, bytes, call),
      noted: (name, args) => handler.noted?.(name, args),
      detached: () => handler.detached?.(),
      attached: () => handler.attached?.(),
      ended: (reason, peer) => handler.ended?.(reason, peer),
    };
  }

  register(registry: Registry): void {
    const add = (name: string, help: string, type: 'counter' | 'histogram', values: () => Sample[]): void =>
      registry.registerMetric({ name, get: () => Promise.resolve({ name, help, type, aggregator: 'sum', values: values() }) } as never);
    add('circuit_calls_total', 'Calls of servers and clients, by kind and result', 'counter', () => this.#counts());
    const name = 'circuit_call_duration_seconds';
    add(name, 'How long calls took that are not made to wait', 'histogram', () => this.#durations(name));
  }

  #transfer(handler: SessionHandler, handle: number, flags: number, bytes: Uint8Array, call: IncomingCall): Awaitable<unknown> {
    const { length } = bytes;
    return this.#measured('write', () => {
      this.received_bytes += length;
      if (handler.transfer === undefined) throw new CircuitError('EINVAL', 'this end takes no bytes');
      return handler.transfer(handle, flags, bytes, call);
    });
  }

  #measured(name: string, act: () => Awaitable<unknown>): Awaitable<unknown> {
    const began_ms = this.#now_ms();
    let answer;
    try {
      answer = act();
    } catch (error) {
      this.#count(name, began_ms, codeOf(error));
      throw error;
    }
    if (!(answer instanceof Promise)) {
      this.#answered(name, began_ms, answer);
      return answer;
    }
    this.blocked++;
    return answer.then(
      (value: unknown) => {
        this.blocked--;
        this.#answered(name, began_ms, value);
        return value;
      },
      (error: unknown) => {
        this.blocked--;
        this.#count(name, began_ms, codeOf(error));
        throw error;
      },
    );
  }

  #answered(name: string, began_ms: number, value: unknown): void {
    if (value instanceof Data) this.sent_bytes += value.bytes.length;
    this.#count(name, began_ms, 'ok');
  }

  #count(name: string, began_ms: number, result: string): void {
    let kind = this.#kinds.get(name);
    if (kind === undefined)
      this.#kinds.set(name, (kind = { results: new Map(), buckets: Array<number>(BUCKETS_S.length + 1).fill(0), sum_s: 0 }));
    kind.results.set(result, (kind.results.get(result) ?? 0) + 1);
    if (WAITING.has(name)) return;
    const took_s = (this.#now_ms() - began_ms) / 1000;
    kind.sum_s += took_s;
    const at = BUCKETS_S.findIndex((end_s) => took_s <= end_s);
    const bucket = at < 0 ? BUCKETS_S.length : at;
    kind.buckets[bucket] = (kind.buckets[bucket] ?? 0) + 1;
  }

  #counts(): Sample[] {
    return [...this.#kinds].flatMap(([kind, { results }]) =>
      Array.from(results, ([result, value]) => ({ labels: { kind, result }, value })),
    );
  }

  #durations(name: string): Sample[] {
    return [...this.#kinds]
      .filter(([kind]) => !WAITING.has(kind))
      .flatMap(([kind, { buckets, sum_s }]) => {
        let below = 0;
        const steps = buckets.map((count, at) => ({
          labels: { kind, le: BUCKETS_S[at] ?? '+Inf' },
          value: (below += count),
          metricName: `${name}_bucket`,
        }));
        return [...steps, { labels: { kind }, value: sum_s, metricName: `${name}_sum` }, { labels: { kind }, value: below, metricName: `${name}_count` }]; // prettier-ignore
      });
  }
}

/** A name of our own table of errors. */
function codeOf(error: unknown): string {
  return CircuitError.from(error).code;
}
