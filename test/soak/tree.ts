/**
 * Changes to a tree, a step at a time on one host, and after each that went well a look on the others: none of them may still see what was before.
 * After a step that failed nothing is known of that anchor, and another one is taken.
 */
import { appendFileSync } from 'node:fs';
import { Agent } from './agent.js';
import type { Bed } from '../lib/hosts/bed.js';
import type { Looked } from './journal.js';
import { HOSTS, type JobPlan } from './plan.js';
import type { Violation } from './violation.js';

/** A change to a silent host gives up after about 5 s; what is still not answered long after is a hang. */
const ASK_LIMIT_MS = 45_000;

/** What changes, how it is looked at, and what is then true. `$A` is the anchor. */
const STEPS = [
  { change: 'mkdir $A', look: 'ls -d $A', expected: 'there' },
  { change: 'echo mkchan 3 > $A/ctl', look: 'grep Cap $A/peek', expected: 'there' },
  { change: 'echo scrub > $A/ctl', look: 'cat $A/peek', expected: 'gone' },
  { change: 'mkdir $A/below', look: 'ls $A/below', expected: 'there' },
  { change: 'rmdir $A/below', look: 'stat $A/below', expected: 'gone' },
  { change: 'rmdir $A', look: 'ls -d $A', expected: 'gone' },
] as const;

export class TreeJob {
  readonly #job: JobPlan;
  readonly #journal: string;
  readonly #agents: readonly Agent[];
  #enough = false;

  constructor(bed: Bed, job: JobPlan, journal: string) {
    this.#job = job;
    this.#journal = journal;
    this.#agents = HOSTS.map((host) => new Agent(bed.host(host)));
  }

  /** @param directory that of the server which holds the anchors: `/circuit/X…` */
  async run(directory: string): Promise<readonly Violation[]> {
    try {
      for (let number = 1; !this.#enough; number++) await this.#one(directory, `${directory}/${this.#job.name}-${number}`, number);
      return [];
    } catch (error) {
      return [{ rule: 'hung', at_ms: Date.now(), who: this.#job.name, what: `no answer in ${ASK_LIMIT_MS} ms: ${String(error)}` }];
    } finally {
      for (const agent of this.#agents) agent.end();
    }
  }

  enough(): void {
    this.#enough = true;
  }

  async #one(directory: string, anchor: string, number: number): Promise<void> {
    const at = number % HOSTS.length;
    for (const { change, look, expected } of STEPS) {
      const { code } = await this.#ask(at, `A=${anchor}; ${change}`);
      if (code !== 0) return;
      const others = HOSTS.map((_, other) => other).filter((other) => other !== at);
      await Promise.all(
        others.map(async (other) => {
          const isListed = async (): Promise<boolean> => (await this.#ask(other, `ls -d ${directory}`)).code === 0;
          // A host that has just begun may learn of the server between the look and the question whether it knows of it.
          const wasListed = await isListed();
          const answer = await this.#ask(other, `A=${anchor}; ${look}`);
          const isGone = answer.text.includes('No such file') && wasListed && (await isListed());
          const saw = answer.code === 0 ? 'there' : isGone ? 'gone' : 'unknown';
          this.#note(`web-${other + 1} after ${change.replace('$A', anchor)} on web-${at + 1}`, expected, saw);
        }),
      );
    }
  }

  async #ask(at: number, line: string): Promise<{ readonly code: number; readonly text: string }> {
    const agent = this.#agents[at];
    if (agent === undefined) throw new Error(`no agent ${at}`);
    return agent.ask(line, ASK_LIMIT_MS).catch((error: unknown) => {
      throw new Error(`web-${at + 1}: ${line}: ${String(error)}`);
    });
  }

  #note(what: string, expected: string, saw: string): void {
    const entry: Looked = { at_ms: Date.now(), worker: `${this.#job.name}w`, op: 'looked', what, expected, saw };
    appendFileSync(this.#journal, `${JSON.stringify(entry)}\n`);
  }
}
