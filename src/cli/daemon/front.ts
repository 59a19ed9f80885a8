/**
 * The native front of a daemon: commands of its user run in it. Where it cannot be opened the daemon does without, and commands find it as before.
 */
import { addonProblem } from '../../../native/index.js';
import type { Address } from '../../base/address.js';
import { CircuitError } from '../../base/error.js';
import { directoryOfSockets } from '../../console/directory.js';
import type { Execute } from '../../console/execute.js';
import { ConsoleService } from '../../console/service.js';
import type { Logger } from '../../server/logger.js';
import type { NetworkOptions } from '../../server/network-options.js';
import type { Server } from '../../server/server.js';
import type { KeySource } from '../options/network.js';
import { clientConfig } from '../options/client-config.js';
import { isMeant } from '../options/own-server.js';

/** What the daemon was told. */
interface Told {
  readonly execute: Execute;
  readonly keys: KeySource | undefined;
  readonly network: Pick<NetworkOptions, 'multicast'>;
}

export class Front {
  readonly #service: ConsoleService | undefined;

  static async open(server: Server, address: Address | undefined, { execute, keys, network }: Told, logger: Logger): Promise<Front> {
    const directory = directoryOfSockets(process.env);
    if (directory === undefined || addonProblem() !== undefined) return new Front(undefined); // nobody could connect, nor be known
    try {
      const config = clientConfig(undefined, process.env);
      const own = { id: server.id, keyFile: keys?.file, group: network.multicast, address, config, env: process.env };
      return new Front(
        await ConsoleService.open({
          id: server.id,
          directory,
          execute,
          circuitFor: (credentials) => server.circuitFor(credentials),
          isMeant: (console, name, given, byUrl) => isMeant(own, console, name, given, byUrl),
          log: (level, message) => logger[level](message),
        }),
      );
    } catch (error) {
      logger.warn(`commands start slower, since there is no socket for them: ${CircuitError.from(error).message}`);
      return new Front(undefined);
    }
  }

  private constructor(service: ConsoleService | undefined) {
    this.#service = service;
  }

  async close(): Promise<void> {
    await this.#service?.close();
  }
}
