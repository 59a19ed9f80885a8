/**
 * What a network is begun with: how the server is to be found and finds others, and what it brings along of itself.
 */
import type { Address, ServerUrl } from '../base/address.js';
import type { Log } from '../base/log.js';
import type { Group } from '../cluster/discovery/group.js';
import type { LiveDirectory } from '../remote/directory.js';
import type { Leases } from '../remote/leases.js';
import type { RemoteTrees } from '../remote/remote-trees.js';
import type { Keyring } from '../wire/transport/keyring.js';
import type { CallMetrics } from './call-metrics.js';

/** How a server is to be found, and finds others. */
export interface NetworkOptions {
  readonly listen: Address;
  /** What others are told to dial instead; a port that is undefined is the one listened at. */
  readonly advertise?: { readonly host: string; readonly port: number | undefined } | undefined;
  readonly join: readonly ServerUrl[];
  /** A DNS name that leads to servers. */
  readonly joinName: string | undefined;
  /** Undefined: no multicast. */
  readonly multicast: (Group & { readonly interfaces: readonly string[] | 'all' }) | undefined;
  /** The keys of now; undefined: without any. */
  readonly keys: () => Keyring | undefined;
  /** Where the keys are, for messages. */
  readonly keyFile: string | undefined;
  /** Where the last known servers are kept. */
  readonly var: string | undefined;
  readonly patience_ms: number;
}

/** The server that takes part. */
export interface Participant {
  readonly id: string;
  readonly host: string;
  readonly joined: Date;
  readonly directory: LiveDirectory;
  readonly trees: RemoteTrees;
  readonly leases: Leases;
  readonly calls: CallMetrics;
  readonly log: Log;
}
