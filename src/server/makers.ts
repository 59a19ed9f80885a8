/**
 * How a server makes each kind of element, from what it has.
 */
import { makeChannel } from '../element/channel/channel.js';
import type { Containers } from '../element/container/containers.js';
import { makeLock } from '../element/lock/lock.js';
import type { InheritedEnvironment } from '../element/process/environment.js';
import type { KeptLauncher } from '../element/process/kept-launcher.js';
import { makeProcess } from '../element/process/process.js';
import type { Files } from '../element/selection/end.js';
import { makeSelection } from '../element/selection/selection.js';
import { makeSubscription, type Membership } from '../element/subscription/subscription.js';
import { makeTopic } from '../element/topic/topic.js';
import type { Host } from '../tree/host.js';
import type { Messages } from './census.js';

/** What elements of a server share. */
export interface Shared {
  readonly launcher: KeptLauncher;
  readonly inherited: InheritedEnvironment;
  readonly containers: Containers;
  /** What subscriptions see. */
  readonly membership: Membership;
  /** What selections reach. */
  readonly files: Files;
  /** A channel has gone, through which so many messages went. */
  readonly scrubbed: (counts: Messages) => void;
}

export function makersOf({ launcher, inherited, containers, membership, files, scrubbed }: Shared): Host['makers'] {
  return {
    proc: (spec, events) => makeProcess(spec, events, launcher, inherited),
    docker: (spec, events, _asker, path) => containers.make(spec, events, path),
    chan: (spec, events) => makeChannel(spec, events, scrubbed),
    // Few servers have one.
    dns: async (spec, events) => (await import('../element/name-server/name-server.js')).makeNameServer(spec, events),
    '@join': (spec) => makeSubscription('@join', spec, membership),
    '@leave': (spec) => makeSubscription('@leave', spec, membership),
    lock: (spec) => makeLock(spec),
    topic: (spec) => makeTopic(spec),
    select: (spec, events, credentials) => makeSelection(spec, events, files, credentials),
  };
}
