/**
 * What judges are given in their tests: a round of one job, and faults.
 */
import type { Disturbance } from './excuses.js';
import type { WorkerPlan } from './crew-plan.js';
import type { JobPlan, RoundPlan } from './plan.js';

/** With that job on host 1. */
export function roundOf(kind: JobPlan['kind'], workers: readonly WorkerPlan[], capacity = 1): RoundPlan {
  const job: JobPlan = { name: 'j', kind, host: 1, capacity, patient: false, workers };
  return { seed: 1, index: 0, weather: 'hard', work_ms: 1, faults: [], jobs: [job] };
}

export function workerOf(name: string, role: WorkerPlan['role'], host: number, style: WorkerPlan['style'] = 'plain'): WorkerPlan {
  return { name, role, host, style, sizes: [40], pace_ms: 1, signal_ms: 10 };
}

export function fault(kind: Disturbance['kind'], host: number, begin_ms: number, for_ms: number): Disturbance {
  return { kind, host, begin_ms, end_ms: begin_ms + for_ms };
}
