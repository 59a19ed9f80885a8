/**
 * Looks at how a server is configured here for `circuit doctor`: reads the file, tries the port, asks for readiness. It changes nothing and decides nothing.
 */
import { get } from 'node:http';
import { Command } from 'commander';
import { type Address, formatAddress } from '../../base/address.js';
import { CircuitError } from '../../base/error.js';
import { resolveListen } from '../options/listen.js';
import { configOption, configPath } from '../options/config-file.js';
import { settle } from '../options/settings.js';
import { tableOptions } from '../options/table.js';
import type { ConfigSeen, MetricsSeen, PortSeen } from './configuration.js';
import { lookAtPorts } from './look-at-network.js';

const ANSWER_MS = 2000;

/** What a server would be told that is started now without a flag. */
export interface Configured extends ConfigSeen {
  readonly listen: Address | undefined;
  readonly metrics: Address | undefined;
}

/** The options of a server, without what they start. */
function serverOptions(): Command {
  const command = new Command('start').addOption(configOption());
  for (const option of tableOptions('start')) command.addOption(option);
  return command;
}

export function lookAtConfig(named: string | undefined, env: NodeJS.ProcessEnv): Configured {
  const nothing = { listen: undefined, metrics: undefined };
  try {
    const { given, all, file } = settle(serverOptions().setOptionValue('config', named), 'start', env);
    const options = all.filter(({ source }) => source === 'file').length;
    const metrics = given['metrics'] as Address | undefined;
    return { path: file, state: { options }, listen: resolveListen(given), metrics };
  } catch (error) {
    return { path: configPath(named, env, true), state: { error: CircuitError.from(error).message }, ...nothing };
  }
}

/** @param server address of the server that answered, if one did */
export async function lookAtPort(listen: Address | undefined, server: string | undefined): Promise<PortSeen | undefined> {
  if (listen === undefined || listen.port === 0) return undefined;
  const error = await lookAtPorts(listen.host, listen.port);
  return { address: formatAddress(listen), error, isOurs: server?.endsWith(`:${listen.port}`) === true };
}

export function lookAtMetrics(address: Address | undefined): Promise<MetricsSeen | undefined> {
  if (address === undefined) return Promise.resolve(undefined);
  const shown = formatAddress(address);
  return new Promise((resolve) => {
    const answered = (answer: number | string): void => resolve({ address: shown, answer });
    const asked = get({ host: address.host, port: address.port, path: '/readyz', timeout: ANSWER_MS }, (response) => {
      answered(response.statusCode ?? 0);
      response.destroy();
    });
    asked.on('timeout', () => asked.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })));
    asked.on('error', (error: NodeJS.ErrnoException) => answered(error.code ?? error.message));
  });
}
