/**
 * A handle of a server.
 */
import type { WaitOptions } from '../base/bytes.js';
import type { ServerPeek } from '../element/server.js';
import { ElementHandle } from './element-handle.js';
import type { LogPart, ProfileName } from '../tree/server-tree.js';

/** A live server, by what its own directory shows. It cannot be scrubbed (EPERM): `suicide` stops it. */
export class Server extends ElementHandle<ServerPeek> {
  readonly kind = 'server';

  /** Its ID, `X` and 16 hex digits. */
  get id(): string {
    return this.tree.id;
  }

  /** Part of its operation log, from a byte offset: one JSON object a line. @throws CircuitError EHOSTDOWN, the signal's reason */
  async log(offset = 0, max = 65_536, options?: WaitOptions): Promise<LogPart> {
    return this.call('log', options, () => this.tree.readLog(offset, max, options));
  }

  /** The environment in which it runs, with U+FFFD for bytes that are not UTF-8; its processes get the bytes. @throws CircuitError EHOSTDOWN, the signal's reason */
  async env(options?: WaitOptions): Promise<Readonly<Record<string, string>>> {
    return this.call('env', options, () => this.tree.env(options));
  }

  /** What it has counted, in Prometheus' text format. @throws CircuitError EHOSTDOWN, the signal's reason */
  async metrics(options?: WaitOptions): Promise<string> {
    return this.call('metrics', options, () => this.tree.metrics(options));
  }

  /**
   * How it fares inside, as JSON, for those who look for a fault in it: `report` has its stacks, its memory and what it has open, `heap` the memory
   * in detail.
   * @throws CircuitError EINVAL for another name, EHOSTDOWN, the signal's reason
   */
  async profile(name: ProfileName, options?: WaitOptions): Promise<string> {
    return this.call('profile', options, () => this.tree.profile(name, options));
  }

  /**
   * Makes one circuit of this server's and that of the server at a URL.
   * @param url as `circuit start` prints it; PID and ID may lack
   * @throws CircuitError EINVAL, EOPNOTSUPP, EHOSTDOWN, the signal's reason
   */
  async join(url: string, options?: WaitOptions): Promise<void> {
    await this.perform('join', [url], options);
  }

  /** Stops it, in order; answers before it ends. @throws CircuitError EHOSTDOWN, the signal's reason */
  async suicide(options?: WaitOptions): Promise<void> {
    await this.perform('suicide', [], options);
  }
}
