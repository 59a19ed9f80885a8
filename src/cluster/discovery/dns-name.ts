/**
 * A DNS name as a source of addresses: the SRV records of `_circuit._tcp.NAME`, or else the addresses of NAME itself with a given port. It is polled
 * with back-off, which starts over after a change.
 */
import dns from 'node:dns/promises';
import { type Address, formatAddress, parseAddress } from '../../base/address.js';
import { DNS_ADDRESSES_MAX } from '../../base/limits.js';
import { escapeControls } from '../../base/quote.js';
import { BackOff } from './back-off.js';
import { type Clock, pass } from '../../base/clock.js';
import type { Log } from '../../base/log.js';
import type { Hint, Source } from './hint.js';

/** The resolver to ask; tests provide their own. */
export interface Resolver {
  resolveSrv(name: string): Promise<readonly { readonly name: string; readonly port: number; readonly priority: number }[]>;
  /** All IP addresses of a host, /etc/hosts included. */
  lookup(host: string): Promise<readonly { readonly address: string }[]>;
}

export const SYSTEM_RESOLVER: Resolver = {
  resolveSrv: (name) => dns.resolveSrv(name),
  lookup: (host) => dns.lookup(host, { all: true }),
};

export interface DnsNameOptions {
  readonly name: string;
  /** Port for addresses of the name itself; absent: SRV records only. */
  readonly port?: number | undefined;
  readonly resolver: Resolver;
  readonly log: Log;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

export class DnsName implements Source {
  readonly #options: DnsNameOptions;
  #complained = false;

  constructor(options: DnsNameOptions) {
    this.#options = options;
  }

  async *addresses(signal: AbortSignal): AsyncGenerator<Hint, void, undefined> {
    const { clock, random } = this.#options;
    const backOff = new BackOff(random);
    const aborted = new Promise<undefined>((resolve) => signal.addEventListener('abort', () => resolve(undefined), { once: true }));
    let before = '';
    while (!signal.aborted) {
      // A look-up that hangs cannot be cancelled; it is abandoned.
      const addresses = (await Promise.race([this.#resolve(), aborted])) ?? [];
      const now = addresses.map(formatAddress).sort().join(' ');
      if (now !== before) backOff.reset();
      before = now;
      for (const address of addresses) yield { address };
      await pass(clock, backOff.next_ms(), signal);
    }
  }

  async #resolve(): Promise<readonly Address[]> {
    const { name, port, resolver } = this.#options;
    const records = await resolver.resolveSrv(`_circuit._tcp.${name}`).catch(() => []);
    const services = records.toSorted((a, b) => a.priority - b.priority).slice(0, DNS_ADDRESSES_MAX);
    const named = services.length > 0 || port === undefined ? services : [{ name, port }];
    const looked = await Promise.all(named.map((each) => this.#lookUp(each.name, each.port)));
    const addresses = looked.flat().slice(0, DNS_ADDRESSES_MAX);
    if (addresses.length === 0) this.#complain();
    return addresses;
  }

  async #lookUp(host: string, port: number): Promise<readonly Address[]> {
    const found = await this.#options.resolver.lookup(host).catch(() => []);
    return found.map(({ address }) => ({ host: address, port })).filter(isAddress);
  }

  #complain(): void {
    const { name, port, log } = this.#options;
    if (this.#complained) return;
    this.#complained = true;
    const else_ = port === undefined ? '' : `, nor an address of ${name} to use with port ${port}`;
    log('warn', escapeControls(`DNS has no SRV record _circuit._tcp.${name}${else_}; retrying, eventually once a minute`));
  }
}

/** The resolver is not trusted. */
function isAddress(address: Address): boolean {
  try {
    return parseAddress(formatAddress(address)).port > 0;
  } catch {
    return false;
  }
}
