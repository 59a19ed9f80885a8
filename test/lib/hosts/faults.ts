/**
 * What goes wrong on the way between hosts: rules of an nft bridge table in the switch, all of them replaced at once whenever one comes or goes.
 */
import { execute } from './execute.js';
import type { Network } from './network.js';

interface Rules {
  /** For frames that come in from a port, whomever they are for. */
  readonly prerouting?: readonly string[];
  /** From port to port in one domain. */
  readonly forward?: readonly string[];
  /** For frames that go out to a port, whoever sent them. */
  readonly postrouting?: readonly string[];
}

const CHAINS = ['prerouting', 'forward', 'postrouting'] as const;

export class Faults {
  readonly #network: Network;
  readonly #faults = new Map<string, Rules>();

  constructor(network: Network) {
    this.#network = network;
  }

  /** Drops what these hosts send to those; the other way stays open. @returns the fault's name */
  async oneWay(from: readonly number[], to: readonly number[]): Promise<string> {
    const ports = (hosts: readonly number[]): string => `{ ${hosts.map((host) => `"${this.#network.port(host)}"`).join(', ')} }`;
    const addresses = `{ ${to.map((host) => this.#network.address(host)).join(', ')} }`;
    return this.#set(`one way ${from.join()} ${to.join()}`, {
      // By address for what is routed, by port for multicast and ARP.
      prerouting: [`iifname ${ports(from)} ip daddr ${addresses} drop`],
      forward: [`iifname ${ports(from)} oifname ${ports(to)} drop`],
    });
  }

  /** Loses so many of a hundred packets, of those that come from the host and of those that go to it. @returns the fault's name */
  async loss(host: number, percent: number): Promise<string> {
    const some = `"${this.#network.port(host)}" numgen random mod 100 < ${percent} drop`;
    return this.#set(`loss ${host}`, { prerouting: [`iifname ${some}`], postrouting: [`oifname ${some}`] });
  }

  /** Nothing passes to or from this port number, TCP or UDP; of one host or of all. */
  async blockPort(port: number, host?: number): Promise<void> {
    const drops = ['tcp', 'udp'].flatMap((protocol) => [`${protocol} dport ${port} drop`, `${protocol} sport ${port} drop`]);
    const on = (way: string): string => (host === undefined ? '' : `${way} "${this.#network.port(host)}" `);
    await this.#set(`port ${port} ${host ?? ''}`, {
      prerouting: drops.map((rule) => on('iifname') + rule),
      postrouting: drops.map((rule) => on('oifname') + rule),
    });
  }

  /** Multicast passes nowhere; unicast does. */
  async blockMulticast(): Promise<void> {
    await this.#set('multicast', { prerouting: ['ip daddr 224.0.0.0/4 drop'] });
  }

  /** Ends what `oneWay` or `loss` has begun, by the name that it returned; other faults go on. */
  async end(name: string): Promise<void> {
    this.#faults.delete(name);
    await this.#load();
  }

  async heal(): Promise<void> {
    this.#faults.clear();
    await this.#load();
  }

  async #set(name: string, rules: Rules): Promise<string> {
    this.#faults.set(name, rules);
    await this.#load();
    return name;
  }

  async #load(): Promise<void> {
    const chains = CHAINS.flatMap((chain) => {
      const rules = [...this.#faults.values()].flatMap((fault) => fault[chain] ?? []);
      return [`chain ${chain} {`, `type filter hook ${chain} priority 0`, ...rules, '}'];
    });
    const table = this.#faults.size === 0 ? [] : ['table bridge faults {', ...chains, '}'];
    const lines = ['add table bridge faults', 'delete table bridge faults', ...table];
    await execute(...this.#network.inside('nft', '-f', '-'), { input: lines.map((line) => `${line}\n`).join('') });
  }
}
