/**
 * What `circuit doctor` makes of how a server is configured here: the file, the address it would listen at, its metrics. Pure, as its neighbours.
 */
import { failure, type Finding, ok, warning } from './finding.js';

export interface ConfigSeen {
  /** Undefined without a file. */
  readonly path: string | undefined;
  /** How many options it sets; or what is wrong with it, or with a variable, and where. */
  readonly state: { readonly options: number } | { readonly error: string };
}

export function judgeConfig({ path, state }: ConfigSeen): readonly Finding[] {
  if ('error' in state) return [failure('config', 'the configuration cannot be used', state.error)];
  if (path === undefined) return [ok('config', 'there is no configuration file; flags, the environment and defaults hold')];
  return [ok('config', `${path} sets ${state.options} ${state.options === 1 ? 'option' : 'options'}`)];
}

export interface PortSeen {
  /** HOST:PORT, as configured. */
  readonly address: string;
  /** The system's error code of listening there; undefined if that went well. */
  readonly error: string | undefined;
  /** Whether a server of this circuit answered there. */
  readonly isOurs: boolean;
}

/** No finding where any port will do. */
export function judgePort(seen: PortSeen | undefined): readonly Finding[] {
  if (seen === undefined) return [];
  const { address, error, isOurs } = seen;
  if (error === undefined) return [ok('port', `a server can listen at ${address}`)];
  if (isOurs) return [ok('port', `a server listens at ${address}`)];
  const remedy =
    error === 'EADDRINUSE'
      ? 'see who listens there with "ss -ltnp", or choose another port'
      : error === 'EADDRNOTAVAIL'
        ? 'no interface has this address: see "ip address", or name an interface with --if'
        : 'choose another port with --port';
  return [failure('port', `no server can listen at ${address} (${error})`, remedy)];
}

export interface MetricsSeen {
  /** HOST:PORT, as configured. */
  readonly address: string;
  /** What /readyz answered, or the system's error code. */
  readonly answer: number | string;
}

const OK = 200;

/** No finding where none are served. */
export function judgeMetrics(seen: MetricsSeen | undefined): readonly Finding[] {
  if (seen === undefined) return [];
  const { address, answer } = seen;
  if (answer === OK) return [ok('metrics', `http://${address}/readyz says that the server is ready`)];
  if (typeof answer === 'number') return [warning('metrics', `http://${address}/readyz says ${answer}`, 'see the log of the server')];
  return [
    warning('metrics', `nobody serves metrics at ${address} (${answer})`, 'start the server, or restart it if --metrics was set since'),
  ];
}
