/**
 * Scenarios, each defined once: the tests use their figures as gates at small sizes, `simulate.ts` prints them at large ones.
 */
import type { Circuit } from './circuit.js';
import { checkQuiet, checkViews } from './invariants.js';
import type { Host } from './network.js';
import type { Server } from './server.js';

export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const QUIET_MS = 20 * SECOND_MS;

/** The value below which this part of them lies. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN;
}

/** The sum of a counter over all servers. */
export function total(circuit: Circuit, counter: keyof Server['core']['counters']): number {
  return circuit.servers.reduce((sum, { core }) => sum + core.counters[counter], 0);
}

/** Lets more than three heartbeats pass undisturbed, then checks everything. */
export function quiet(circuit: Circuit): void {
  circuit.run(QUIET_MS);
  checkViews(circuit);
  checkQuiet(circuit);
}

export interface Idle {
  readonly packets_s: number;
  readonly bytes_s: number;
  readonly busiestPackets_s: number;
  readonly busiestBytes_s: number;
  readonly dials: number;
  readonly comparisons: number;
  readonly evictions: number;
}

/** What each server sends while nothing happens. */
export function idle(circuit: Circuit, span_ms = MINUTE_MS): Idle {
  const before = circuit.running.map(({ cost }) => ({ ...cost }));
  const [dials, comparisons, evictions] = [total(circuit, 'dials'), total(circuit, 'comparisons'), total(circuit, 'evictions')];
  circuit.run(span_ms);
  const seconds = span_ms / SECOND_MS;
  const packets = circuit.running.map(({ cost }, at) => (cost.packets - (before[at]?.packets ?? 0)) / seconds);
  const bytes = circuit.running.map(({ cost }, at) => (cost.bytes - (before[at]?.bytes ?? 0)) / seconds);
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    packets_s: mean(packets),
    bytes_s: mean(bytes),
    busiestPackets_s: quantile(packets, 1),
    busiestBytes_s: quantile(bytes, 1),
    dials: total(circuit, 'dials') - dials,
    comparisons: total(circuit, 'comparisons') - comparisons,
    evictions: total(circuit, 'evictions') - evictions,
  };
}

/** A random running server. */
export function pick(circuit: Circuit): Server {
  const running = circuit.running;
  const server = running[circuit.random.below(running.length)];
  if (server === undefined) throw new Error('nobody runs');
  return server;
}

/** How long each other server took to learn that one is gone, in ms; one entry per server and time. */
export function strike(circuit: Circuit, blow: 'kill' | 'vanish' | 'leave', times: number, most_ms: number): readonly number[] {
  const latencies: number[] = [];
  for (let count = 0; count < times; count++) {
    const victim = pick(circuit);
    const start_ms = circuit.events.now_ms;
    let told = 0;
    circuit.watch = ({ at_ms, event, server }) => {
      if ((event.kind !== 'died' && event.kind !== 'left') || event.member.id !== victim.identity.id || server === victim) return;
      told++;
      latencies.push(at_ms - start_ms);
    };
    const others = circuit.running.length - 1;
    if (blow === 'kill') victim.kill();
    else if (blow === 'leave') victim.leave();
    else victim.host.up = false;
    circuit.run(most_ms, () => told >= others, 10);
    while (told++ < others) latencies.push(Number.POSITIVE_INFINITY);
    circuit.watch = undefined;
    circuit.run(5 * SECOND_MS);
  }
  return latencies;
}

export interface Recovery {
  readonly connected_ms: number;
  readonly right_ms: number;
}

/** A part of the circuit goes at once: when the rest is connected again, and when all views are right. */
export function massCrash(circuit: Circuit, fraction: number, blow: 'kill' | 'vanish', most_ms = 60 * SECOND_MS): Recovery {
  const start_ms = circuit.events.now_ms;
  const running = [...circuit.running];
  for (let count = Math.floor(running.length * fraction); count > 0; count--) {
    const [victim] = running.splice(circuit.random.below(running.length), 1);
    if (victim === undefined) break;
    if (blow === 'kill') victim.kill();
    else victim.host.up = false;
  }
  const connected = circuit.run(most_ms, () => circuit.connected, 500);
  const connected_ms = connected ? circuit.events.now_ms - start_ms : Number.POSITIVE_INFINITY;
  const right = circuit.run(most_ms, () => circuit.agreed && circuit.connected, 500);
  return { connected_ms, right_ms: right ? circuit.events.now_ms - start_ms : Number.POSITIVE_INFINITY };
}

/** Number of servers declared dead, healthy ones and paused ones. */
export interface Deaths {
  readonly healthy: number;
  readonly paused: number;
}

/**
 * Processes pause all the time: a fraction `slow` of the servers, each now and then for 1–10 s, one time in ten for just under 30 s; packets are lost.
 */
export function slowTimes(circuit: Circuit, span_ms: number, slow: number, loss: number): Deaths {
  const slowOnes = new Set(circuit.running.filter(() => circuit.random.chance(slow)));
  for (const host of circuit.hosts) host.loss = 1 - Math.sqrt(1 - loss);
  const deaths = { healthy: new Set<string>(), paused: new Set<string>() };
  circuit.watch = ({ event }) => {
    if (event.kind !== 'died') return;
    const victim = [...slowOnes].find(({ identity }) => identity.id === event.member.id);
    (victim === undefined ? deaths.healthy : deaths.paused).add(`${event.member.id} ${event.member.incarnation}`);
  };
  const stumble = (server: Server): void => {
    circuit.events.after(circuit.random.between(5, 55) * SECOND_MS, () => {
      server.pause();
      const length_ms = circuit.random.chance(0.1) ? 29_000 : circuit.random.between(1000, 10_000);
      circuit.events.after(length_ms, () => {
        server.resume();
        stumble(server);
      });
    });
  };
  for (const server of slowOnes) stumble(server);
  circuit.run(span_ms);
  circuit.watch = undefined;
  for (const host of circuit.hosts) host.loss = 0;
  return { healthy: deaths.healthy.size, paused: deaths.paused.size };
}

export interface Storm {
  readonly right_ms: number;
  readonly bytes: number;
  readonly seedBytes: number;
}

/** `count` servers join within a second through three seeds. */
export function joinStorm(circuit: Circuit, count: number): Storm {
  const seeds = circuit.running.slice(0, 3);
  const start_ms = circuit.events.now_ms;
  const before = new Map(circuit.servers.map((server) => [server, server.cost.bytes]));
  for (let joined = 0; joined < count; joined++) circuit.events.after(circuit.random.between(0, SECOND_MS), () => circuit.join(...seeds));
  circuit.run(SECOND_MS);
  circuit.settle(60 * SECOND_MS, 250);
  const spent = (servers: readonly Server[]): number =>
    servers.reduce((sum, server) => sum + server.cost.bytes - (before.get(server) ?? 0), 0) / servers.length;
  return { right_ms: circuit.events.now_ms - start_ms, bytes: spent(circuit.servers), seedBytes: spent(seeds) };
}

/** Of a storm without seeds; dials and bytes of each server. */
export interface MulticastStorm {
  readonly right_ms: number;
  readonly dials: readonly number[];
  readonly bytes: readonly number[];
}

/** `count` servers start within `span_ms` in one multicast domain, each finding the others by it alone. */
export function multicastStorm(circuit: Circuit, count: number, span_ms: number, most_ms = MINUTE_MS): MulticastStorm {
  const start_ms = circuit.events.now_ms;
  for (let entered = 0; entered < count; entered++) circuit.events.after(circuit.random.between(0, span_ms), () => circuit.enter());
  circuit.run(span_ms);
  circuit.settle(most_ms, 250);
  const right_ms = circuit.events.now_ms - start_ms;
  circuit.run(5 * SECOND_MS);
  return { right_ms, dials: circuit.servers.map(({ core }) => core.counters.dials), bytes: circuit.servers.map(({ cost }) => cost.bytes) };
}

export interface Churn {
  readonly bytes_s: number;
  /** How long views are wrong about an event: from the event until a server learns of it. */
  readonly stale_ms: readonly number[];
}

/** Servers come and go all the time. */
export function churn(circuit: Circuit, span_ms: number, joins_s: number, leaves_s: number): Churn {
  const began = new Map<string, number>();
  const stale_ms: number[] = [];
  circuit.watch = ({ at_ms, event, server }) => {
    if (event.kind !== 'joined' && event.kind !== 'left' && event.kind !== 'died') return;
    const start_ms = began.get(`${event.kind === 'joined'} ${event.member.id}`);
    // What one who joins learns is history.
    if (start_ms !== undefined && server.identity.joined_ms + 5000 < 1_700_000_000_000 + at_ms) stale_ms.push(at_ms - start_ms);
  };
  const bytes = circuit.running.reduce((sum, { cost }) => sum + cost.bytes, 0);
  const count = circuit.running.length;
  const every = (rate: number, act: () => void): void => {
    for (let at = 0; at < (rate * span_ms) / SECOND_MS; at++) circuit.events.after(circuit.random.between(0, span_ms), act);
  };
  const seeds = circuit.running.slice(0, 3);
  let spent = 0;
  every(joins_s, () => {
    const server = circuit.join(...seeds);
    began.set(`true ${server.identity.id}`, circuit.events.now_ms);
  });
  every(leaves_s, () => {
    const server = pick(circuit);
    if (seeds.includes(server) || server.core.state.leaving) return;
    spent += server.cost.bytes;
    began.set(`false ${server.identity.id}`, circuit.events.now_ms);
    server.leave();
  });
  circuit.run(span_ms);
  circuit.watch = undefined;
  const after = circuit.running.reduce((sum, { cost }) => sum + cost.bytes, 0) + spent;
  return { bytes_s: ((after - bytes) / count / span_ms) * SECOND_MS, stale_ms };
}

/** Cuts the circuit in halves for `cut_ms`; returns how long after that all views are equal again, in ms. */
export function halves(circuit: Circuit, cut_ms: number, most_ms = 5 * MINUTE_MS): number {
  const half = circuit.hosts.length / 2;
  circuit.network.cut = (from: Host, to: Host): boolean => from.index < half !== to.index < half;
  circuit.run(cut_ms);
  circuit.network.cut = undefined;
  return circuit.settle(most_ms, 100);
}
