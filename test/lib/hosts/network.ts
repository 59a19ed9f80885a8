/**
 * The cables and switches of a bed: one bridge for each domain of multicast, all in one namespace, which also routes between them.
 * Host I has 10.99.D.I, on port `pI` of the bridge `brD`. Multicast does not pass from one domain to another, unicast does.
 */
import { execute } from './execute.js';

interface Link {
  readonly stats64: { readonly rx: { readonly packets: number; readonly bytes: number } };
}

export class Network {
  /** The name of the namespace with the switches. */
  readonly name: string;
  /** Of each host, from 1 on, the number of its domain. */
  readonly #domains: ReadonlyMap<number, number>;

  /** @param domains the hosts of each domain */
  static async create(bed: string, domains: readonly (readonly number[])[]): Promise<Network> {
    const network = new Network(bed, domains);
    await execute('ip', ['netns', 'add', network.name]);
    await network.#ip(
      domains.flatMap((_hosts, domain) => [
        `link add br${domain} type bridge stp_state 0 forward_delay 0 mcast_snooping 0`,
        `addr add 10.99.${domain}.254/24 dev br${domain}`,
        `link set br${domain} up`,
      ]),
    );
    await execute(...network.inside('sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward'));
    return network;
  }

  private constructor(bed: string, domains: readonly (readonly number[])[]) {
    this.name = `${bed}-switch`;
    this.#domains = new Map(domains.flatMap((hosts, domain) => hosts.map((host) => [host, domain] as const)));
  }

  get hosts(): readonly number[] {
    return [...this.#domains.keys()].sort((a, b) => a - b);
  }

  /** A command line that runs where the switches are. */
  inside(...commandLine: readonly string[]): readonly [string, readonly string[]] {
    return ['nsenter', [`--net=/run/netns/${this.name}`, '--', ...commandLine]];
  }

  port(host: number): string {
    return `p${host}`;
  }

  address(host: number): string {
    return `10.99.${this.#domain(host)}.${host}`;
  }

  gateway(host: number): string {
    return `10.99.${this.#domain(host)}.254`;
  }

  /** Plugs the hosts' cables, which are there, into the switches. */
  async plug(): Promise<void> {
    await this.#ip(this.hosts.map((host) => `link set ${this.port(host)} master br${this.#domain(host)} up`));
  }

  /** Pulls a host's cable, or plugs it in again. */
  async setPort(host: number, state: 'up' | 'down'): Promise<void> {
    await this.#ip([`link set ${this.port(host)} ${state}`]);
  }

  /** What a host has sent so far. */
  async sent(host: number): Promise<{ readonly packets: number; readonly bytes: number }> {
    const text = await execute('ip', ['-n', this.name, '-statistics', '-json', 'link', 'show', this.port(host)]);
    const [link] = JSON.parse(text) as [Link];
    return { packets: link.stats64.rx.packets, bytes: link.stats64.rx.bytes };
  }

  async #ip(lines: readonly string[]): Promise<void> {
    await execute('ip', ['-n', this.name, '-batch', '-'], { input: lines.map((line) => `${line}\n`).join('') });
  }

  #domain(host: number): number {
    const domain = this.#domains.get(host);
    if (domain === undefined) throw new Error(`no host ${host} in this bed`);
    return domain;
  }
}
