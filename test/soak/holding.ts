/**
 * A job whose element is held or followed: a lock, messages that are taken, a topic. Makes it, lets its workers loose, and ends them when all is well
 * again: nothing is left then but what those hold whose servers were lost.
 */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Host } from '../lib/hosts/host.js';
import type { WorkerPlan } from './crew-plan.js';
import { Worker } from './crew.js';
import { END_ID, type Left } from './journal.js';
import { type JobPlan, TRIES } from './plan.js';
import type { Violation } from './violation.js';

/** Longer than a lost holder keeps what it holds (HOLDER_LOST_MS), from when its loss is known. */
const END_LIMIT_MS = 90_000;
const LOOK_MS = 500;
/** A message whose file was closed is on its way. */
const SETTLED_MS = 2_500;
const MESSAGES_MAX = 100_000;

export interface Stage {
  readonly host: (index: number) => Host;
  /** The directory of the server that has the element: `/circuit/X…`. */
  readonly server: string;
  /** Of this round, outside the mounts. */
  readonly directory: string;
  /** Whether the server with the element was ended meanwhile. */
  readonly isGone: () => boolean;
}

/** What it shows of itself, as far as somebody waits for it. */
interface Peek {
  readonly Holders?: readonly { readonly Lost?: string }[];
  readonly Taken?: readonly { readonly Lost?: string }[];
  readonly Buffered?: number;
  readonly Dead?: number;
}

export class HoldingJob {
  readonly #job: JobPlan;
  readonly #stage: Stage;
  readonly #anchor: string;
  readonly #flags: string;

  constructor(job: JobPlan, stage: Stage) {
    this.#job = job;
    this.#stage = stage;
    this.#anchor = `${stage.server}/${job.name}`;
    this.#flags = join(stage.directory, job.name);
    mkdirSync(this.#flags);
  }

  async make(): Promise<void> {
    await this.#at().run(`mkdir ${this.#anchor}; echo '${commandOf(this.#job)}' > ${this.#anchor}/ctl`);
  }

  /** @param well resolves when the faults are over and all hosts see each other */
  async run(well: Promise<void>): Promise<readonly Violation[]> {
    const crew = this.#job.workers.map((plan) => this.#start(plan));
    await well;
    this.#flag('enough');
    if (this.#stage.isGone()) this.#flag('over');
    const speakers = crew.filter(({ plan: { role } }) => role === 'send' || role === 'publish');
    const violations = await ended(speakers);
    if (!this.#stage.isGone()) await this.#close();
    const others = ended(crew.filter((worker) => !speakers.includes(worker)));
    if (!this.#job.patient && !this.#stage.isGone() && this.#job.kind !== 'topics') await this.#relieve(others);
    return [...violations, ...(await others)];
  }

  /** Nothing more will come. */
  async #close(): Promise<void> {
    if (this.#job.kind === 'takes') await this.#at().run(`echo close > ${this.#anchor}/ctl`);
    if (this.#job.kind !== 'topics') return;
    await delay(SETTLED_MS);
    await this.#at().run(`echo ${END_ID} > ${this.#anchor}/pub`);
  }

  /** Until they have ended, or only those keep something whose servers were lost: then that is taken away. */
  async #relieve(ending: Promise<unknown>): Promise<void> {
    const isOver = ending.then(() => true);
    while (!(await Promise.race([isOver, delay(LOOK_MS, false)]))) {
      const { stdout, code } = await this.#at().sh(`cat ${this.#anchor}/peek`);
      const lost = code === 0 ? keptByLost(JSON.parse(stdout) as Peek) : 0;
      if (lost === 0) continue;
      this.#note({ op: 'left', count: lost });
      this.#flag('over');
      await this.#at().run(`echo scrub > ${this.#anchor}/ctl`);
      return;
    }
  }

  #start(plan: WorkerPlan): Worker {
    const { directory, host } = this.#stage;
    const path = `${this.#anchor}/${fileOf(plan)}`;
    return Worker.start(host(plan.host), plan, { journals: join(directory, 'journals'), flags: this.#flags, path, most: MESSAGES_MAX });
  }

  #at(): Host {
    return this.#stage.host(this.#job.host);
  }

  #flag(name: string): void {
    writeFileSync(join(this.#flags, name), '');
  }

  #note(what: Omit<Left, 'at_ms' | 'worker'>): void {
    const file = join(this.#stage.directory, 'journals', `${this.#job.name}.jsonl`);
    appendFileSync(file, `${JSON.stringify({ at_ms: Date.now(), worker: `${this.#job.name}w`, ...what })}\n`);
  }
}

async function ended(workers: readonly Worker[]): Promise<readonly Violation[]> {
  return (await Promise.all(workers.map(async (worker) => worker.end(END_LIMIT_MS)))).flat();
}

function commandOf({ kind, capacity }: JobPlan): string {
  if (kind === 'locks') return `mklock ${capacity}`;
  if (kind === 'topics') return `mktopic ${capacity}`;
  return `mkchan ${JSON.stringify({ Capacity: capacity, Tries: TRIES })}`;
}

function fileOf({ role, style }: WorkerPlan): string {
  const files = { lock: 'lock', take: 'take', send: 'send', dead: 'dead', publish: 'pub', subscribe: 'sub', look: style };
  return files[role as keyof typeof files];
}

/** How much is kept by those whose servers were lost; 0 as long as others hold something, or may yet take it. */
function keptByLost({ Holders, Taken, Buffered = 0, Dead = 0 }: Peek): number {
  const holders = Holders ?? Taken ?? [];
  const lost = holders.filter(({ Lost }) => Lost !== undefined).length;
  const isAll = Holders !== undefined || (lost === Buffered && Dead === 0);
  return isAll ? lost : 0;
}
