/**
 * The programs of a round: started with their plan, watched until they have ended, and ended by force when they should have. One that does not end
 * then is a violation of its own: nothing that waits for a mount may outlive a KILL.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PROGRAM } from '../lib/daemon.js';
import type { Host } from '../lib/hosts/host.js';
import type { Program } from '../lib/hosts/program.js';
import { isBash, type WorkerPlan } from './crew-plan.js';
import type { Violation } from './violation.js';

/** They are not built: they lie in the source tree. */
const WORKERS = fileURLToPath(new URL('../../../test/soak/workers/', import.meta.url));
const PROGRAMS: Readonly<Record<WorkerPlan['role'], string>> = {
  recv: 'recv',
  send: 'send',
  select: 'choose',
  copy: 'copy',
  output: 'output',
  lock: 'lock',
  take: 'take',
  dead: 'recv',
  publish: 'send',
  subscribe: 'subscribe',
  look: 'look',
};
/** The program itself: what stands for it in PATH may be a script that takes a second to find it. */
const PYTHON = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
const KILL_LIMIT_MS = 5_000;

export interface Places {
  /** Where they note what they do. */
  readonly journals: string;
  /** Where they are told when to end. */
  readonly flags: string;
  /** The file that they use, or the directory for their anchors. */
  readonly path: string;
  /** The channels of a selection, and where it may be made. */
  readonly paths?: readonly string[];
  readonly selection?: string;
  /** How many messages each sender sends, unless it is told that it has been enough. */
  readonly most: number;
}

export class Worker {
  readonly plan: WorkerPlan;
  readonly program: Program;

  static start(host: Host, plan: WorkerPlan, places: Places): Worker {
    const bash = isBash(plan.style) || plan.role === 'output';
    const file = join(WORKERS, `${PROGRAMS[plan.role]}.${bash ? 'sh' : 'py'}`);
    const journal = join(places.journals, `${plan.name}.jsonl`);
    if (!bash) return new Worker(plan, host.spawn([PYTHON, file, JSON.stringify({ ...plan, ...places, journal })]));
    const env = { NAME: plan.name, STYLE: plan.style, TARGET: places.path, SIZES: plan.sizes.join(' '), MOST: String(places.most) };
    const seconds = (ms: number): string => (ms / 1000).toFixed(3);
    const rest = { PACE: seconds(plan.pace_ms), EVERY: seconds(plan.signal_ms), FLAGS: places.flags, JOURNAL: journal };
    const command = { NODE: process.execPath, PROGRAM, CIRCUIT_KEY: host.key, CIRCUIT_CONFIG: '' };
    return new Worker(plan, host.spawn(['bash', file], { ...env, ...rest, ...command }));
  }

  /** @param program one that notes as those of this folder do */
  constructor(plan: WorkerPlan, program: Program) {
    this.plan = plan;
    this.program = program;
    program.stdin.end();
  }

  /** Waits until it has ended, or must have: then it is killed, and that is what is returned. */
  async end(limit_ms: number): Promise<readonly Violation[]> {
    if (await this.#endsWithin(limit_ms)) return this.#complaints();
    const where = stacksOf(this.program.pid);
    this.program.kill('SIGKILL');
    const violation = { at_ms: Date.now(), who: this.plan.name };
    const hung = { ...violation, rule: 'hung', what: `still runs ${limit_ms} ms after all was well: ${where}` };
    if (await this.#endsWithin(KILL_LIMIT_MS)) return [hung];
    return [hung, { ...violation, rule: 'unkillable', what: `runs on after a KILL: ${stacksOf(this.program.pid)}` }];
  }

  async #endsWithin(limit_ms: number): Promise<boolean> {
    const late = new AbortController();
    const ended = await Promise.race([
      this.program.exited.then(() => true),
      delay(limit_ms, false, { signal: late.signal }).catch(() => false),
    ]);
    late.abort();
    return ended;
  }

  /** A worker that failed for a reason of its own has judged nothing. */
  async #complaints(): Promise<readonly Violation[]> {
    const [code] = await this.program.exited;
    if (code === 0) return [];
    const what = `ended with ${String(code)}: ${this.program.stderr.slice(-500)}`;
    return [{ rule: 'worker', at_ms: Date.now(), who: this.plan.name, what }];
  }
}

/** Where in the kernel the threads of a process group wait. */
function stacksOf(group: number): string {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const members = pids.filter((pid) => read(`/proc/${pid}/stat`).replace(/^.*\) /s, '').split(' ')[2] === String(group)); // prettier-ignore
  return members.map((pid) => `${read(`/proc/${pid}/comm`).trim()} in ${read(`/proc/${pid}/wchan`)}`).join(', ');
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // it has just ended
  }
}
