/**
 * What a round of the soak does: which programs work, in which styles, on which hosts, and what goes wrong meanwhile. A pure function of seed and
 * round number, so that a violation is replayed by both.
 *
 * Rounds take turns: in a calm one nothing goes wrong, so that no error is excused; in a mild one every fault is shorter than what may make a
 * server be taken for dead, so that no call may fail either; in a hard one everything is allowed.
 */
import { Random } from '../../src/cluster/membership/random.js';
import { type JobKind, planCrew, planCrowdOf, type WorkerPlan } from './crew-plan.js';
import { pick, shuffled } from './draw.js';

export const HOSTS = [1, 2, 3, 4] as const;
const WEATHERS = ['calm', 'mild', 'hard', 'mild'] as const;
export type Weather = (typeof WEATHERS)[number];

export interface JobPlan {
  readonly name: string;
  readonly kind: JobKind;
  /** Where its elements or its anchors are. */
  readonly host: number;
  /** Messages in its channels; of a lock its slots, of a topic how many it keeps. */
  readonly capacity: number;
  /** At the end it waits for what lost holders keep, which takes a minute; otherwise that is scrubbed. */
  readonly patient: boolean;
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

const JOBS: readonly JobKind[] = ['messages', 'messages', 'late', 'selection', 'stdin', 'output', 'tree', 'locks', 'takes', 'topics'];
/** Where none of the usual ones will do. */
const CAPACITIES: Partial<Record<JobKind, readonly number[]>> = { late: [1_000], locks: [1, 1, 3], topics: [1, 20, 1_000] };
/** So often a message that was taken may come back before it is dead. */
export const TRIES = 3;
/** What a silent host holds stays with it, and a crowd waits. */
const CROWD_FAULT_MS = 1_500;
const WORK_MS = { calm: 4_000, mild: 10_000, hard: 14_000 } as const;

export function planRound(seed: number, index: number): RoundPlan {
  const random = new Random(seed * 0x1_0000 + index);
  const weather = WEATHERS[index % WEATHERS.length] ?? 'calm';
  const work_ms = WORK_MS[weather];
  const jobs = JOBS.map((kind, at) => planJob(random, kind, `r${index}j${at}`));
  return { seed, index, weather, work_ms, jobs, faults: planFaults(random, weather, work_ms) };
}

/**
 * A crowd at one lock and a crowd at one channel of the same server, where all goes wrong that may, but for a short time, and that server lives.
 */
export function planCrowd(seed: number, index: number): RoundPlan {
  const random = new Random(seed * 0x1_0000 + index);
  const work_ms = WORK_MS.hard;
  const [host, ...others] = shuffled(random, HOSTS);
  const jobs = (['locks', 'takes'] as const).map((kind, at): JobPlan => {
    const name = `r${index}j${at}`;
    return {
      name,
      kind,
      host,
      capacity: kind === 'locks' ? 1 : 16,
      patient: false,
      workers: planCrowdOf(random, kind, { job: name, host, others }),
    };
  });
  const hard = planFaults(random, 'hard', work_ms).filter(
    (fault) => fault.host !== host || (fault.kind !== 'kill' && fault.kind !== 'unmount'),
  );
  const faults = hard.map((fault) => ({ ...fault, for_ms: Math.min(fault.for_ms, CROWD_FAULT_MS) }));
  return { seed, index, weather: 'hard', work_ms, jobs, faults };
}

function planJob(random: Random, kind: JobKind, name: string): JobPlan {
  const [host, ...others] = shuffled(random, HOSTS);
  const capacity = pick(random, CAPACITIES[kind] ?? [0, 1, 16]);
  const patient = random.chance(1 / 4);
  return { name, kind, host, capacity, patient, workers: planCrew(random, kind, { job: name, host, others }) };
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
