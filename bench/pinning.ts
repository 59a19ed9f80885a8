/**
 * The one place that says which program of the bench runs on which cores. A hop between two cores costs more than most of what is measured, so a
 * figure means something only together with its pinning; all contenders of a figure have the same one.
 */
import { availableParallelism } from 'node:os';

/** A list of cores as taskset(1) takes it. */
export type Cores = string;

export interface Pinning {
  /** The daemon, the peer file system, or the message server. */
  readonly server: Cores;
  /** Those who use it. */
  readonly clients: Cores;
  /** For people, in the table. */
  readonly words: string;
}

const all = availableParallelism() > 1 ? `0-${availableParallelism() - 1}` : '0';

export const PINNING = {
  /** One client, who does nothing while it is served: no time is lost between two cores. */
  oneCore: { server: '0', clients: '0', words: 'all on one core' },
  /** Many clients, or programs that are to run beside the server. */
  allCores: { server: all, clients: all, words: 'all cores' },
} as const satisfies Record<string, Pinning>;
