/**
 * What a round of the soak does: which programs work, in which styles, on which hosts, and what goes wrong meanwhile. A pure function of seed and
 * round number, so that a violation is replayed by both.
 *
 * Rounds take turns: in a calm one nothing goes wrong, so that no error is excused; in a mild one every fault is shorter than what may make a
 * server be taken for dead, so that no call may fail either; in a hard one everything is allowed.
 */
import { Random } from '../../src/cluster/membership/random.js';

export const HOSTS = [1, 2, 3, 4] as const;
const WEATHERS = ['calm', 'mild', 'hard', 'mild'] as const;
export type Weather = (typeof WEATHERS)[number];

/** How a program sends or receives; `workers/` has one program for each group of them. */
export const SEND_STYLES = ['plain', 'repeat', 'once', 'packet', 'echo', 'trap', 'timeout'] as const;
export const RECV_STYLES = ['plain', 'repeat', 'once', 'packet', 'cat', 'timeout'] as const;
export type Style = (typeof SEND_STYLES)[number] | (typeof RECV_STYLES)[number];

export interface WorkerPlan {
  readonly name: string;
  readonly role: 'send' | 'recv' | 'select' | 'copy' | 'output';
  readonly host: number;
  readonly style: Style;
  /** Sizes of its messages, in turn. */
  readonly sizes: readonly number[];
  /** Between two messages. */
  readonly pace_ms: number;
  /** Between two signals, for the styles that have them. */
  readonly signal_ms: number;
}

export interface JobPlan {
  readonly name: string;
  readonly kind: 'messages' | 'late' | 'selection' | 'stdin' | 'output' | 'tree';
  /** Where its channels, its processes or its anchors are. */
  readonly host: number;
  readonly capacity: number;
  readonly workers: readonly WorkerPlan[];
}

export type FaultPlan = { readonly at_ms: number; readonly for_ms: number } & (
  | { readonly kind: 'cut' | 'stop' | 'kill' | 'unmount' | 'hup' | 'reset'; readonly host: number }
  | { readonly kind: 'oneWay' | 'split'; readonly host: number; readonly other: number }
  | { readonly kind: 'loss'; readonly host: number; readonly percent: number }
);

export interface RoundPlan {
  readonly seed: number;
  readonly index: number;
  readonly weather: Weather;
  readonly work_ms: number;
  readonly jobs: readonly JobPlan[];
  readonly faults: readonly FaultPlan[];
}

const JOBS: readonly JobPlan['kind'][] = ['messages', 'messages', 'late', 'selection', 'stdin', 'output', 'tree'];
const WORK_MS = { calm: 4_000, mild: 10_000, hard: 14_000 } as const;
/** One write(2) each, but for the largest. Those who use bash get small ones alone: bash writes long texts in pieces. */
const SMALL = [40, 100, 400];
/** Below the window of 1 MiB, beyond which a second reader may come too late for the first bytes. */
const OUTPUT_LINES = 150_000;
const LARGE = [40, 5_000, 60_000, 300_000];

export function planRound(seed: number, index: number): RoundPlan {
  const random = new Random(seed * 0x1_0000 + index);
  const weather = WEATHERS[index % WEATHERS.length] ?? 'calm';
  const work_ms = WORK_MS[weather];
  const jobs = JOBS.map((kind, at) => planJob(random, kind, `r${index}j${at}`));
  return { seed, index, weather, work_ms, jobs, faults: planFaults(random, weather, work_ms) };
}

function planJob(random: Random, kind: JobPlan['kind'], name: string): JobPlan {
  const [host, ...others] = shuffled(random, HOSTS);
  const capacity = kind === 'late' ? 1_000 : pick(random, [0, 1, 16]);
  return { name, kind, host, capacity, workers: planWorkers(random, kind, name, others) };
}

function planWorkers(random: Random, kind: JobPlan['kind'], job: string, [here, there]: readonly number[]): readonly WorkerPlan[] {
  const [first = 1, second = 2] = [here, there];
  let count = 0;
  const worker = (role: WorkerPlan['role'], host: number, style: Style, sizes: readonly number[] = SMALL): WorkerPlan => {
    const [pace_ms, signal_ms] = [pick(random, [2, 10, 40]), pick(random, [5, 30, 200])];
    return { name: `${job}w${count++}`, role, host, style, sizes, pace_ms, signal_ms };
  };
  switch (kind) {
    case 'messages': {
      const receivers = [pick(random, RECV_STYLES), pick(random, RECV_STYLES)].slice(0, 1 + random.below(2));
      const sizes = receivers.some((style) => style === 'cat' || style === 'timeout' || style === 'packet') ? SMALL : LARGE;
      // Where a packet reader's read ends that meets a message of several writes, nobody has promised.
      const senders = receivers.includes('packet')
        ? (['packet', 'packet'] as const)
        : [pick(random, SEND_STYLES), pick(random, SEND_STYLES)];
      return [
        ...senders.map((style) => worker('send', first, style, isBash(style) || style === 'packet' ? SMALL : sizes)),
        ...receivers.map((style) => worker('recv', second, style)),
      ];
    }
    case 'late':
      return [
        worker('send', first, 'repeat', SMALL),
        worker('send', first, 'once', SMALL),
        worker('send', first, 'timeout', SMALL),
        worker('recv', second, 'plain'),
      ];
    case 'selection':
      return [worker('send', first, 'plain'), worker('send', second, 'repeat'), worker('select', second, 'plain')];
    case 'stdin':
      return [worker('copy', first, 'repeat', [1_000_000, 3_000_000]), worker('copy', second, 'plain', [200_000])];
    case 'output':
      return [worker('output', first, 'plain', [OUTPUT_LINES]), worker('output', second, 'plain', [20_000])];
    case 'tree':
      return [];
  }
}

/** Whether `workers/send.sh` has that style, not `send.py`. */
export function isBash(style: Style): boolean {
  return style === 'echo' || style === 'trap' || style === 'timeout' || style === 'cat';
}

function planFaults(random: Random, weather: Weather, work_ms: number): readonly FaultPlan[] {
  const faults: FaultPlan[] = [];
  if (weather === 'calm') return faults;
  const one = weather === 'mild' ? mildFault : hardFault;
  for (let at_ms = 500 + random.below(1_000); at_ms < work_ms - 1_500;) {
    const fault = one(random, at_ms);
    faults.push(fault);
    // Mild ones never overlap, so that no host is silent for longer than one lasts.
    at_ms += weather === 'mild' ? fault.for_ms + 400 + random.below(800) : 300 + random.below(3_000);
  }
  return faults;
}

function mildFault(random: Random, at_ms: number): FaultPlan {
  const [host, other] = shuffled(random, HOSTS);
  const for_ms = 1_200 + random.below(1_600);
  const kind = pick(random, ['cut', 'stop', 'stop', 'oneWay', 'split', 'loss', 'reset', 'reset', 'hup'] as const);
  if (kind === 'oneWay' || kind === 'split') return { kind, host, other, at_ms, for_ms };
  if (kind === 'loss') return { kind, host, percent: 5, at_ms, for_ms };
  return { kind, host, at_ms, for_ms: kind === 'reset' || kind === 'hup' ? 0 : for_ms };
}

function hardFault(random: Random, at_ms: number): FaultPlan {
  const [host, other] = shuffled(random, HOSTS);
  const for_ms = 500 + random.below(9_000);
  const kind = pick(random, ['cut', 'stop', 'stop', 'kill', 'kill', 'oneWay', 'split', 'loss', 'reset', 'hup', 'unmount'] as const);
  if (kind === 'oneWay' || kind === 'split') return { kind, host, other, at_ms, for_ms };
  if (kind === 'loss') return { kind, host, percent: 10 + random.below(30), at_ms, for_ms };
  return { kind, host, at_ms, for_ms: kind === 'reset' || kind === 'hup' ? 0 : Math.min(for_ms, kind === 'stop' ? 9_000 : 4_000) };
}

function pick<T>(random: Random, from: readonly T[]): T {
  const picked = from[random.below(from.length)];
  if (picked === undefined) throw new Error('nothing to pick from');
  return picked;
}

function shuffled(random: Random, from: readonly number[]): readonly [number, number, ...number[]] {
  const rest = [...from];
  for (let at = rest.length - 1; at > 0; at--) {
    const other = random.below(at + 1);
    [rest[at], rest[other]] = [rest[other] ?? 0, rest[at] ?? 0];
  }
  const [first = 0, second = 0, ...others] = rest;
  return [first, second, ...others];
}
