/**
 * `npm run simulate`: all figures of membership, at all sizes, with the targets beside them.
 *
 * `npm run simulate -- 100 1000` takes fewer sizes, `heartbeat_ms=2000` another value of a protocol parameter (src/cluster/membership/parameters.ts
 * has them all), `SEED=7` in the environment another run.
 */
import { DEFAULT_PARAMETERS, type Parameters } from '../../src/cluster/membership/parameters.js';
import { Circuit } from './circuit.js';
import {
  churn,
  halves,
  idle,
  joinStorm,
  massCrash,
  MINUTE_MS,
  multicastStorm,
  quantile,
  quiet,
  SECOND_MS,
  slowTimes,
  strike,
} from './scenarios.js';

const SIZES = process.argv.slice(2).map(Number).filter((size) => size > 1); // prettier-ignore
/** What differs from the defaults. */
const PARAMETERS: Partial<Parameters> = Object.fromEntries(
  process.argv.slice(2).flatMap((argument) => {
    const [name = '', value] = argument.split('=');
    if (value === undefined) return [];
    if (!Object.hasOwn(DEFAULT_PARAMETERS, name))
      throw new Error(`unknown parameter "${name}": expected one of ${Object.keys(DEFAULT_PARAMETERS).join(', ')}`);
    return [[name, Number(value)]];
  }),
);
const SEED = Number(process.env['SEED'] ?? 1);
/** Joining one by one would take too long above that. */
const JOINED_MAX = 1000;

function print(size: number, what: string, figure: string, target: string): void {
  process.stdout.write(`${String(size).padStart(6)}  ${what.padEnd(58)} ${figure.padEnd(34)} ${target}\n`);
}

function settled(size: number, seed = SEED): Circuit {
  const circuit = new Circuit({ seed, parameters: PARAMETERS });
  if (size <= JOINED_MAX) circuit.grow(size, SECOND_MS);
  else circuit.populate(size);
  circuit.run(SECOND_MS);
  circuit.settle(MINUTE_MS, size > JOINED_MAX ? 1000 : 100);
  quiet(circuit);
  return circuit;
}

function seconds(...times_ms: readonly number[]): string {
  return times_ms.map((time_ms) => (time_ms / SECOND_MS).toFixed(1)).join(' / ');
}

function spread(times_ms: readonly number[], digits: number, unit_ms: number): string {
  return [0.5, 0.99, 1].map((part) => (quantile(times_ms, part) / unit_ms).toFixed(digits)).join(' / ');
}

const REFERENCE: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  idle: { 8: '1.73, 116', 100: '1.71, 114', 1000: '1.71, 114 (2.4, 146)', 10_000: '1.51, 100' },
  kill: { 8: '2/3/3', 100: '3/4/5', 1000: '5/6/6', 10_000: '6/7/7' },
  vanish: { 8: '6.1/7.9', 100: '6.1/8.2', 1000: '6.1/9.0', 10_000: '5.8/7.5' },
  crash: { 8: '0.5/0.5', 100: '0.5/0.5', 1000: '0.5/6.5', 10_000: '2/8' },
  gone: { 8: '2/11', 100: '4/12.5', 1000: '6.5/18', 10_000: '8/24' },
  storm: { 100: '3.5 s, 43 kB', 1000: '5.5 s, 196 kB' },
  halves: { 8: '3–19', 100: '1.5', 1000: '1–4.5' },
};

function reference(row: string, size: number, target: string): string {
  return `${(REFERENCE[row]?.[size] ?? '–').padEnd(22)} ${target}`;
}

function simulate(size: number): void {
  const started_ms = Date.now();
  const circuit = settled(size);
  const rest = idle(circuit);
  const busiest = `(${rest.busiestPackets_s.toFixed(1)}, ${rest.busiestBytes_s.toFixed(0)})`;
  print(size, 'idle, sent a server: packets/s, B/s (busiest)', `${rest.packets_s.toFixed(2)}, ${rest.bytes_s.toFixed(0)} ${busiest}`, reference('idle', size, '< 2, < 270')); // prettier-ignore
  print(
    size,
    'idle, dials + comparisons + evictions a minute',
    `${rest.dials + rest.comparisons + rest.evictions}`,
    reference('', size, '0'),
  );
  const times = size > JOINED_MAX ? 3 : 20;
  const killed = strike(circuit, 'kill', Math.min(times, size - 4), 5 * SECOND_MS);
  print(size, 'kill -9 known to all, p50/p99/max ms', spread(killed, 1, 1), reference('kill', size, 'p99 < 100'));
  const blows = Math.min(times, size - 4);
  const lost = size <= 8 ? Array.from({ length: times }, (_, at) => strike(settled(size, SEED + at), 'vanish', 1, 60 * SECOND_MS)).flat() : strike(circuit, 'vanish', blows, 60 * SECOND_MS); // prettier-ignore
  print(size, 'host lost without a trace, p50/p99/max s', spread(lost, 1, SECOND_MS), reference('vanish', size, 'p99 < 10'));
  for (const [row, blow, what] of [
    ['crash', 'kill', '80 % crash at once: connected / all right, s'],
    ['gone', 'vanish', '80 % of the hosts vanish: the same, s'],
  ] as const) {
    // prettier-ignore
    const { connected_ms, right_ms } = massCrash(settled(size), 0.8, blow);
    print(size, what, seconds(connected_ms, right_ms), reference(row, size, '< 30'));
  }
  if (size <= JOINED_MAX) {
    print(size, 'cut in halves for 60 s, healed: one view after, s', [1, 2, 3].map((seed) => seconds(halves(settled(size, seed), MINUTE_MS))).join(', '), reference('halves', size, '')); // prettier-ignore
  }
  if (size === 100 || size === 1000) {
    const fresh = new Circuit({ seed: SEED, parameters: PARAMETERS });
    fresh.grow(3);
    fresh.settle(MINUTE_MS);
    const storm = joinStorm(fresh, size);
    print(size, `${size} join in 1 s through 3: views right; kB a server (a seed)`, `${seconds(storm.right_ms)} s, ${(storm.bytes / 1000).toFixed(0)} kB (${(storm.seedBytes / 1000).toFixed(0)})`, reference('storm', size, '')); // prettier-ignore
  }
  if (size === 100 || size === 1000) {
    const domain = new Circuit({ seed: SEED, parameters: PARAMETERS, handshakes: { young_ms: 10, usual_ms: 5 } });
    domain.multicast.loss = 0.1;
    const { right_ms, dials, bytes } = multicastStorm(domain, size, 5 * size);
    const kilobytes = bytes.reduce((sum, one) => sum + one, 0) / size / 1000;
    print(size, `${size} start in ${size / 200} s in one multicast domain: views right; dials p50/p99; kB a server`, `${seconds(right_ms)} s; ${quantile(dials, 0.5)} / ${quantile(dials, 0.99)}; ${kilobytes.toFixed(0)} kB`, reference('', size, '10 s; 8 / 15; 250 kB')); // prettier-ignore
  }
  if (size === 1000) {
    const { bytes_s, stale_ms } = churn(settled(size), 30 * SECOND_MS, 5, 5);
    print(
      size,
      '5 joins + 5 leaves a second: kB/s a server; stale p99 ms',
      `${(bytes_s / 1000).toFixed(1)}; ${quantile(stale_ms, 0.99).toFixed(0)}`,
      '8.1; 59',
    );
    const { healthy, paused } = slowTimes(settled(size), 60 * MINUTE_MS, 0.05, 0.01);
    print(size, '1 h, 5 % slow, 1 % loss: healthy / paused < 30 s declared dead', `${healthy} / ${paused}`, reference('', size, '0 / 0'));
  }
  process.stdout.write(`        ${((Date.now() - started_ms) / 1000).toFixed(0)} s, ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB\n`);
}

process.stdout.write(`  size  ${'what'.padEnd(58)} ${'ours'.padEnd(34)} ${'reference'.padEnd(22)} target\n`);
for (const size of SIZES.length > 0 ? SIZES : [8, 100, 1000, 10_000]) simulate(size);
