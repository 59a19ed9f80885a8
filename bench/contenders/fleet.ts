/**
 * A cluster of one kind of agents on the hosts of a bed, to which things happen: each is timed from its cause until every agent has told of it.
 */
import type { Bed } from '../../test/lib/hosts/bed.js';
import type { Host } from '../../test/lib/hosts/host.js';
import { cpuSeconds, family, residentMegabytes } from '../cost.js';
import type { Scope } from '../scope.js';
import type { Agent, AgentKind, Told } from './agents.js';
import { makeBed } from './hosts.js';

/** More than any of them takes. */
const TOLD_MAX_S = 60;

/** What an agent costs on the average, up to now. */
export interface Spent {
  readonly packets: number;
  readonly bytes: number;
  readonly cpu_s: number;
  readonly resident_mb: number;
}

export class Fleet {
  readonly kind: AgentKind;
  readonly #bed: Bed;
  readonly #agents = new Map<Host, Agent>();
  #turn = 0;

  /** @throws AbsentError */
  static async create(scope: Scope, kind: AgentKind, size: number): Promise<Fleet> {
    const fleet = new Fleet(kind, await makeBed(scope, size));
    scope.defer(() => fleet.disband());
    return fleet;
  }

  private constructor(kind: AgentKind, bed: Bed) {
    this.kind = kind;
    this.#bed = bed;
  }

  /** One is there; all others start at once. @returns milliseconds until each has told of each */
  async gather(): Promise<number> {
    const [first, ...others] = this.#bed.hosts;
    if (first === undefined) return Number.NaN;
    await this.#start(first);
    return timed(async () => {
      await Promise.all(others.map((host) => this.#start(host)));
      const agents = [...this.#agents.values()];
      await Promise.all(agents.map((agent) => this.#knows(agent, agents)));
    });
  }

  /** One is killed. @returns milliseconds until all others have told of it. Another one takes its place, unmeasured */
  async crash(): Promise<number> {
    const [host, agent] = this.#next();
    const took_ms = await timed(async () => {
      this.#agents.delete(host);
      process.kill(agent.pid, 'SIGKILL');
      await this.#known(agent.id, 'down');
    });
    await agent.program.exited;
    await this.#enter(host);
    return took_ms;
  }

  /** One leaves in order, unmeasured, and starts again. @returns milliseconds from its start until it knows all, and all know it */
  async join(): Promise<number> {
    const [host, agent] = this.#next();
    this.#agents.delete(host);
    await Promise.all([agent.leave(), this.#known(agent.id, 'gone')]);
    return timed(() => this.#enter(host));
  }

  async disband(): Promise<void> {
    const agents = [...this.#agents.values()];
    this.#agents.clear();
    await Promise.all(agents.map((agent) => agent.leave()));
  }

  async spent(): Promise<Spent> {
    const sum = { packets: 0, bytes: 0, cpu_s: 0, resident_mb: 0 };
    for (const [host, { pid }] of this.#agents) {
      const { packets, bytes } = await this.#bed.network.sent(host.index);
      sum.packets += packets;
      sum.bytes += bytes;
      sum.cpu_s += await cpuSeconds(await family(pid));
      sum.resident_mb += await residentMegabytes(pid);
    }
    const count = this.#agents.size;
    return { packets: sum.packets / count, bytes: sum.bytes / count, cpu_s: sum.cpu_s / count, resident_mb: sum.resident_mb / count };
  }

  async #start(host: Host): Promise<Agent> {
    const agent = await this.kind.start(host, this.#bed.host(1));
    this.#agents.set(host, agent);
    return agent;
  }

  async #enter(host: Host): Promise<void> {
    const others = [...this.#agents.values()];
    const agent = await this.#start(host);
    await this.#known(agent.id, 'joined');
    await this.#knows(agent, others);
  }

  /** It has told of all others among these. */
  async #knows(agent: Agent, others: readonly Agent[]): Promise<void> {
    for (const { id } of others) if (id !== agent.id) await this.#tells(agent, id, 'joined');
  }

  /** All others have told this of it. */
  async #known(id: string, what: Told): Promise<void> {
    await Promise.all([...this.#agents.values()].filter((agent) => agent.id !== id).map((agent) => this.#tells(agent, id, what)));
  }

  async #tells(agent: Agent, id: string, what: Told): Promise<void> {
    await agent.program.says(this.kind.says(id, what), TOLD_MAX_S);
  }

  /** Each has its turn but the first, through whom the others come in. */
  #next(): readonly [Host, Agent] {
    const hosts = this.#bed.hosts.slice(1);
    const host = hosts[this.#turn++ % hosts.length];
    const agent = host && this.#agents.get(host);
    if (host === undefined || agent === undefined) throw new Error('a cluster of one');
    return [host, agent];
  }
}

async function timed(act: () => Promise<void>): Promise<number> {
  const begin_ms = performance.now();
  await act();
  return performance.now() - begin_ms;
}
