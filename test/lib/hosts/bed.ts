/**
 * Several hosts on one machine, for tests: each with a network address, a host name, a `/circuit` and daemons of its own, joined by switches whose
 * cables can be cut and whose packets can be lost. Several beds are there at a time without knowing of each other.
 * All of it goes with `remove`, with the process that made it, or, if that was killed, when the next bed is made.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Faults } from './faults.js';
import { Host } from './host.js';
import { bedsLeft, makeHost, newBed, removeBed, sharedBy } from './namespaces.js';
import { Network } from './network.js';
import { Program } from './program.js';

const UNTIL_LIMIT_S = 20;
const UNTIL_STEP_MS = 20;

export interface BedOptions {
  readonly hosts: number;
  /** The hosts of each domain of multicast, by number; all of them in one unless given. */
  readonly domains?: readonly (readonly number[])[];
}

export class Bed {
  /** What the names of its namespaces begin with. */
  readonly name: string;
  /** For files that all hosts see, by the same path; removed with the bed. */
  readonly directory: string;
  readonly network: Network;
  readonly faults: Faults;
  readonly hosts: readonly Host[];
  readonly #cut = new Set<number>();

  static async create({ hosts, domains }: BedOptions): Promise<Bed> {
    for (const left of bedsLeft('nobody')) removeBed(left);
    removeAtExit();
    const name = await newBed();
    try {
      const all = Array.from({ length: hosts }, (_, at) => at + 1);
      const network = await Network.create(name, domains ?? [all]);
      const key = join(sharedBy(name), 'key');
      writeFileSync(key, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 });
      const made = await Promise.all(all.map(async (index) => newHost(name, network, index, key)));
      await network.plug();
      return new Bed(name, network, made);
    } catch (error) {
      removeBed(name);
      throw error;
    }
  }

  private constructor(name: string, network: Network, hosts: readonly Host[]) {
    this.name = name;
    this.directory = sharedBy(name);
    this.network = network;
    this.faults = new Faults(network);
    this.hosts = hosts;
  }

  /** They count from 1: host I is `web-I`. */
  host(index: number): Host {
    const host = this.hosts[index - 1];
    if (host === undefined) throw new Error(`no host ${index} in this bed`);
    return host;
  }

  /** Pulls the host's cable: nothing comes, nothing goes, and nobody is told. */
  async cut(host: number): Promise<void> {
    this.#cut.add(host);
    await this.network.setPort(host, 'down');
  }

  /** Plugs in again the cables of these hosts; of none in particular: of all that are cut, and ends every other fault. */
  async heal(...hosts: readonly number[]): Promise<void> {
    for (const host of hosts.length > 0 ? hosts : [...this.#cut]) {
      await this.network.setPort(host, 'up');
      this.#cut.delete(host);
    }
    if (hosts.length === 0) await this.faults.heal();
  }

  /** Nothing passes between these hosts and those. */
  async split(these: readonly number[], those: readonly number[]): Promise<void> {
    await this.faults.oneWay(these, those);
    await this.faults.oneWay(those, these);
  }

  /** Drops what the one sends to the other. */
  async oneWay(from: number, to: number): Promise<void> {
    await this.faults.oneWay([from], [to]);
  }

  /** Loses so many of a hundred packets, of those that come from the host and of those that go to it. */
  async loss(host: number, percent: number): Promise<void> {
    await this.faults.loss(host, percent);
  }

  /** Nothing passes to or from this port number; of one host or of all. */
  async blockPort(port: number, host?: number): Promise<void> {
    await this.faults.blockPort(port, host);
  }

  /** Resets all TCP connections between hosts that these have; of none in particular: of all. */
  async resetConnections(...hosts: readonly number[]): Promise<void> {
    const whose = hosts.length > 0 ? hosts.map((index) => this.host(index)) : this.hosts;
    await Promise.all(whose.map(async (host) => host.resetConnections()));
  }

  /** The host loses its power: its peers hear nothing any more, not even a reset. */
  async powerOff(host: number): Promise<void> {
    await this.cut(host);
    this.host(host).powerOff();
  }

  /** Records what a host sends and receives from when this returns, as tcpdump(8) writes it. `stop` gives the record. */
  async record(host: number): Promise<{ readonly stop: () => Promise<Buffer> }> {
    const file = join(this.directory, `record-${host}.pcap`);
    const port = this.network.port(host);
    const [program, args] = this.network.inside('tcpdump', '--immediate-mode', '-U', '-Z', 'root', '-s', '0', '-i', port, '-w', file);
    const tcpdump = new Program([program, ...args]);
    await tcpdump.says(/listening on/);
    const stop = async (): Promise<Buffer> => {
      await tcpdump.stop('SIGINT');
      return readFileSync(file);
    };
    return { stop };
  }

  /**
   * Waits for something that no event tells of, such as what another host sees.
   * @throws Error that says what did not happen, with the last error of the condition
   */
  async until(what: string, condition: () => boolean | Promise<boolean>, limit_s = UNTIL_LIMIT_S): Promise<void> {
    const end_ms = performance.now() + limit_s * 1000;
    let last = '';
    do {
      try {
        if (await condition()) return;
        last = '';
      } catch (error) {
        last = `: ${String(error)}`;
      }
      await delay(UNTIL_STEP_MS);
    } while (performance.now() < end_ms);
    throw new Error(`not within ${limit_s} s: ${what}${last}`);
  }

  /** Ends all that runs there, and removes it. */
  remove(): void {
    removeBed(this.name);
  }
}

async function newHost(bed: string, network: Network, index: number, key: string): Promise<Host> {
  const [name, address] = [`web-${index}`, network.address(index)];
  const cable = { address: `${address}/24`, gateway: network.gateway(index), port: network.port(index), into: network.name };
  return new Host({ index, name, address, key }, await makeHost(bed, index, { name, ...cable }));
}

let isWatched = false;

/** For a run that is interrupted, and does not come to its tests' `after`. */
function removeAtExit(): void {
  if (isWatched) return;
  isWatched = true;
  process.once('exit', () => {
    for (const bed of bedsLeft('this process')) removeBed(bed);
  });
}
