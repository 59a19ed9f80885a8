/**
 * How busy the host of this server is.
 */
import { availableParallelism, loadavg } from 'node:os';
import type { ServerPeek } from '../element/server.js';

/** Hundredths are as much as the kernel tells. */
export function hostLoad(): Pick<ServerPeek, 'Load' | 'Cpus'> {
  const [minute = 0] = loadavg();
  return { Load: Math.round(minute * 100) / 100, Cpus: availableParallelism() };
}
