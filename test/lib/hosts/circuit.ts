/**
 * A circuit whose servers run on the hosts of a bed, as most tests want it: who belongs to it is known, and what each host sees can be compared.
 */
import { needs, type Part } from '../machine.js';
import { Bed } from './bed.js';
import type { HostDaemon, HostDaemonOptions } from './host-daemon.js';

const COMPLETE_LIMIT_S = 20;

export class Circuit {
  readonly bed: Bed;
  readonly #daemons = new Map<number, HostDaemon>();

  /** Starts a server on each of these hosts, all hosts unless given, one not waiting for the other; resolves when each sees all. */
  static async start(bed: Bed, hosts = bed.hosts.map(({ index }) => index), options: HostDaemonOptions = {}): Promise<Circuit> {
    const circuit = new Circuit(bed);
    await Promise.all(hosts.map(async (host) => circuit.add(host, options)));
    await circuit.complete();
    return circuit;
  }

  constructor(bed: Bed) {
    this.bed = bed;
  }

  async add(host: number, options: HostDaemonOptions = {}): Promise<HostDaemon> {
    const daemon = await this.bed.host(host).start(options);
    this.#daemons.set(host, daemon);
    return daemon;
  }

  get hosts(): readonly number[] {
    return [...this.#daemons.keys()].sort((a, b) => a - b);
  }

  daemon(host: number): HostDaemon {
    const daemon = this.#daemons.get(host);
    if (daemon === undefined) throw new Error(`no server on host ${host}`);
    return daemon;
  }

  /** From now on it belongs to the circuit no more. */
  forget(host: number): HostDaemon {
    const daemon = this.daemon(host);
    this.#daemons.delete(host);
    return daemon;
  }

  /** Resolves when each of these hosts, all of the circuit unless given, sees the servers of exactly these. */
  async complete(hosts = this.hosts, limit_s = COMPLETE_LIMIT_S): Promise<void> {
    const expected = hosts.map((host) => this.daemon(host).id).sort();
    const differs = async (host: number): Promise<string | undefined> => {
      const seen = await this.seenBy(host);
      return seen.join() === expected.join() ? undefined : `web-${host} sees ${seen.length}: ${seen.join(' ')}`;
    };
    await this.bed.until(
      `hosts ${hosts.join()} see each other, and nobody else`,
      async () => {
        const differences = (await Promise.all(hosts.map(differs))).filter((one) => one !== undefined);
        if (differences.length > 0) throw new Error(differences[0]);
        return true;
      },
      limit_s,
    );
  }

  /** The IDs under a host's `/circuit`. */
  async seenBy(host: number): Promise<readonly string[]> {
    const names = await this.bed.host(host).run('ls /circuit');
    return names.split('\n').filter((name) => /^X[0-9a-f]{16}$/.test(name)).sort(); // prettier-ignore
  }

  /** What the servers have logged, for a test that failed. */
  get log(): string {
    return [...this.#daemons].map(([host, { log }]) => `--- web-${host}\n${log}`).join('\n');
  }

  /** Stops all servers, all at a time. */
  async stop(): Promise<void> {
    await Promise.all([...this.#daemons.values()].map(async (daemon) => daemon.stop()));
    this.#daemons.clear();
  }
}

/**
 * For the tests of a suite: so many hosts with a server each, which see each other. They are made before the tests and removed after them; what the
 * servers have logged is shown with a test that fails. `parts` are needed besides what hosts need.
 */
export function onHosts(count: number, ...parts: readonly Part[]): { readonly bed: Bed; readonly circuit: Circuit } {
  let bed: Bed | undefined;
  let circuit: Circuit | undefined;
  const made = <T>(what: T | undefined): T => {
    if (what === undefined) throw new Error('there are no hosts outside of a test');
    return what;
  };
  before(async function () {
    needs(this, 'linux', 'netns', 'fuse', 'fusectl', ...parts);
    bed = await Bed.create({ hosts: count });
    circuit = await Circuit.start(bed);
  });
  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.log(circuit?.log);
  });
  after(() => bed?.remove());
  return {
    get bed() {
      return made(bed);
    },
    get circuit() {
      return made(circuit);
    },
  };
}
