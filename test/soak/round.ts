/**
 * One round: makes what its jobs need, lets their workers and the faults loose, makes all well again, and sees each worker to its end, so that the
 * model has something to judge: whatever was sent must have come by then.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Bed } from '../lib/hosts/bed.js';
import type { Circuit } from '../lib/hosts/circuit.js';
import type { WorkerPlan } from './crew-plan.js';
import { Worker } from './crew.js';
import { type Disturbance, Excuses } from './excuses.js';
import { HoldingJob } from './holding.js';
import { type Entry, readJournals } from './journal.js';
import { judge } from './model.js';
import type { JobPlan, RoundPlan } from './plan.js';
import { TreeJob } from './tree.js';
import type { Violation } from './violation.js';
import { Weather } from './weather.js';

/** How long a call may take when all is well again; a write that was begun while its host was silent is tried for a minute. */
const END_LIMIT_MS = 75_000;
const COMPLETE_LIMIT_S = 90;
/** More than this in a channel that nobody receives from as yet is not worth waiting for. */
const MESSAGES_MAX = 300;
/** Of each job of messages; most use the first alone. */
const CHANNELS = ['a', 'b'] as const;
/** After the last interrupt: whoever receives now was not there before. */
const SETTLED_MS = 2_500;

export interface Outcome {
  readonly plan: RoundPlan;
  readonly entries: readonly Entry[];
  readonly disturbances: readonly Disturbance[];
  readonly violations: readonly Violation[];
}

export class Round {
  readonly #bed: Bed;
  readonly #circuit: Circuit;
  readonly #plan: RoundPlan;
  readonly #directory: string;
  readonly #weather: Weather;
  readonly #violations: Violation[] = [];

  constructor(bed: Bed, circuit: Circuit, plan: RoundPlan) {
    this.#bed = bed;
    this.#circuit = circuit;
    this.#plan = plan;
    this.#directory = join(bed.directory, `round-${plan.index}`);
    this.#weather = new Weather(bed, circuit);
    mkdirSync(join(this.#directory, 'journals'), { recursive: true });
  }

  async run(log: (what: string) => void): Promise<Outcome> {
    const { jobs, faults, work_ms } = this.#plan;
    const works = await Promise.all(jobs.map(async (job) => this.#prepare(job)));
    const well = Promise.all([this.#weather.run(faults, log), delay(work_ms)]).then(async () => this.#recover());
    await Promise.all(works.map(async (work) => work(well)));
    await this.#clear();
    const entries = readJournals(join(this.#directory, 'journals'));
    const { disturbances } = this.#weather;
    const violations = [...this.#violations, ...judge(this.#plan, entries, disturbances)].sort((a, b) => a.at_ms - b.at_ms);
    return { plan: this.#plan, entries, disturbances, violations };
  }

  /** All daemons run, and see each other. */
  async #recover(): Promise<void> {
    try {
      await this.#circuit.complete(undefined, COMPLETE_LIMIT_S);
    } catch (error) {
      this.#violations.push({ rule: 'apart', at_ms: Date.now(), who: 'all', what: String(error) });
    }
  }

  /** Makes what the job needs, before anything goes wrong. Returns how to do it. */
  async #prepare(job: JobPlan): Promise<(well: Promise<void>) => Promise<void>> {
    const server = `/circuit/${this.#circuit.daemon(job.host).id}`;
    if (job.kind === 'tree') return (well) => this.#tree(job, server, well);
    if (job.kind !== 'locks' && job.kind !== 'takes' && job.kind !== 'topics') {
      await this.#makeChannels(job, `${server}/${job.name}`);
      return (well) => this.#job(job, `${server}/${job.name}`, well);
    }
    const isGone = (): boolean => new Excuses(this.#weather.disturbances).killed(job.host);
    const holding = new HoldingJob(job, { host: (index) => this.#bed.host(index), server, directory: this.#directory, isGone });
    await holding.make();
    return async (well) => void this.#violations.push(...(await holding.run(well)));
  }

  async #tree(job: JobPlan, server: string, well: Promise<void>): Promise<void> {
    const tree = new TreeJob(this.#bed, job, join(this.#directory, 'journals', `${job.name}.jsonl`));
    void well.then(() => tree.enough());
    this.#violations.push(...(await tree.run(server)));
  }

  async #makeChannels({ host, capacity }: JobPlan, anchor: string): Promise<void> {
    const makes = CHANNELS.map((name) => `mkdir $A/${name}; echo mkchan ${capacity} > $A/${name}/ctl`);
    await this.#bed.host(host).run(`A=${anchor}; mkdir $A; ${makes.join('; ')}`);
  }

  async #job(job: JobPlan, anchor: string, well: Promise<void>): Promise<void> {
    const flags = join(this.#directory, job.name);
    const flag = (name: string): void => writeFileSync(join(flags, name), '');
    mkdirSync(flags);
    const start = (plan: WorkerPlan, at: number): Worker => {
      const channel = job.kind === 'selection' && plan.role === 'send' ? CHANNELS[at % 2] : 'a';
      const path = plan.role === 'send' || plan.role === 'recv' ? `${anchor}/${channel ?? ''}/${plan.role}` : anchor;
      const paths = CHANNELS.map((name) => `${anchor}/${name}/recv`);
      const places = {
        journals: join(this.#directory, 'journals'),
        flags,
        path,
        paths,
        selection: `/circuit/self/${plan.name}`,
        most: MESSAGES_MAX,
      };
      return Worker.start(this.#bed.host(plan.host), plan, places);
    };
    const receives = ({ role }: WorkerPlan): boolean => role === 'recv' || role === 'select';
    const [others, receivers] = [job.workers.filter((plan) => !receives(plan)), job.workers.filter(receives)];
    const working = others.map(start);
    let receiving = job.kind === 'late' ? [] : receivers.map(start);
    await well;
    flag('enough');
    await this.#end(working);
    if (job.kind === 'late') await delay(SETTLED_MS);
    if (job.kind === 'late') receiving = receivers.map(start);
    if (new Excuses(this.#weather.disturbances).killed(job.host)) flag('over');
    else await this.#bed.host(job.host).run(`for c in ${CHANNELS.join(' ')}; do echo close > ${anchor}/$c/ctl; done`);
    await this.#end(receiving);
  }

  async #end(workers: readonly Worker[]): Promise<void> {
    const violations = await Promise.all(workers.map(async (worker) => worker.end(END_LIMIT_MS)));
    this.#violations.push(...violations.flat());
  }

  /** What this round has made, on those servers that still have it; what hangs there is the business of the next look. */
  async #clear(): Promise<void> {
    const script = `
      for a in $(find /circuit/self/ -mindepth 1 -type d -name 'r${this.#plan.index}*' -prune); do
        echo scrub -r > $a/ctl
        find $a -depth -type d -exec rmdir {} + || true
      done 2> /dev/null`;
    for (const host of this.#circuit.hosts) {
      const { isRunning } = this.#circuit.daemon(host).program;
      if (!isRunning)
        this.#violations.push({ rule: 'died', at_ms: Date.now(), who: `web-${host}`, what: this.#circuit.daemon(host).log.slice(-2_000) });
    }
    await Promise.all(this.#circuit.hosts.map(async (host) => this.#bed.host(host).sh(script)));
  }
}
